// Talks to an engine's HTTP API for commands that run beside it.
#pragma once

#include "adapters/http_client.hpp"
#include "app/secret.hpp"
#include "engine/error.hpp"

#include <boost/json/array.hpp>

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

 private:
  [[nodiscard]] adapters::http_request encode(const api_request& request) const;

  std::string base_url_;
  secret token_;
  adapters::http_client client_;
};

// The elements of a list of the API, page by page.
class api_list {
 public:
  // `target`: of its first page; `name`: of the member that has the elements. The client outlives the list.
  api_list(api_client& api, std::string target, std::string_view name)
      : api_(api), target_(std::move(target)), name_(name) {}

  // The next element, valid until the one after it is asked for; null at the end. refused: an answer that is
  // no such list.
  [[nodiscard]] engine::result<const boost::json::value*> next();

 private:
  [[nodiscard]] engine::result<void> read_page();

  api_client& api_;
  std::string target_; // of the next page; empty: there is none
  const std::string name_;
  boost::json::array page_;
  std::size_t used_ = 0;
};

// As every segment of a path must be written, RFC 3986.
[[nodiscard]] std::string path_segment(std::string_view text);

} // namespace lockstep::app
