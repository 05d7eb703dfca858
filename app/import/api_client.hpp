// Talks to an engine's HTTP API for commands that run beside it.
#pragma once

#include "adapters/http_client.hpp"
#include "app/secret.hpp"
#include "engine/error.hpp"

#include <boost/json/value.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::app {

struct api_request {
  std::string method = "GET";
  std::string target; // "/v1/products?limit=500"
  std::string content_type;
  std::string body;
};

struct api_answer {
  long status = 0;
  std::string body;

  [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }

  // What a person should read when it is not: the problem's own words (RFC 9457), or the status.
  [[nodiscard]] std::string reason() const;
};

// One thread. An engine that is busy (503) is asked again a bounded number of times.
class api_client {
 public:
  // `base_url` without a path, such as "http://127.0.0.1:8080".
  api_client(std::string base_url, secret token);

  // unavailable: no answer came. Requests must be safe to repeat.
  [[nodiscard]] engine::result<api_answer> ask(const api_request& request);

  // Sends all, several at once, in any order; tells each answer with its request's place. Ends at the first
  // request that gets no answer.
  [[nodiscard]] engine::result<void>
  ask_all(const std::vector<api_request>& requests,
          const std::function<void(std::size_t, const api_answer&)>& answered);

  // Visits the elements of the list `name` on all pages, from `target` on. refused: an answer that is no such
  // list.
  [[nodiscard]] engine::result<void>
  each_of_list(std::string target, std::string_view name,
               const std::function<void(const boost::json::value&)>& visit);

 private:
  [[nodiscard]] adapters::http_request encode(const api_request& request) const;

  std::string base_url_;
  secret token_;
  adapters::http_client client_;
};

// As every segment of a path must be written, RFC 3986.
[[nodiscard]] std::string path_segment(std::string_view text);

} // namespace lockstep::app
