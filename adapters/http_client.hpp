// Outgoing HTTP: one libcurl multi handle on a thread of its own, all limits explicit.
#pragma once

#include "engine/error.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep::adapters {

using header = std::pair<std::string, std::string>;

struct http_request {
  std::string method = "POST";
  std::string url;
  std::vector<header> headers;
  std::string body;
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds total_timeout{30'000};
};

// How the exchange ended, below HTTP.
enum class transport : unsigned char {
  answered,      // `status` and `body` are the server's
  not_sent,      // refused, no route, DNS, TLS: the server cannot have acted
  answer_lost,   // sent, then timed out, reset or cut: the server may have acted
  answer_too_big // sent, answer above limits::channel_response_bytes_max: the server has acted, nobody knows how
};

struct http_response {
  transport ended = transport::answered;
  long status = 0;
  std::vector<header> headers; // names in lower case
  std::string body;
  std::string what;                     // for the log when not answered
  std::chrono::microseconds elapsed{0}; // from send() to here

  // First header of that (lower-case) name; empty when there is none.
  [[nodiscard]] std::string_view header_value(std::string_view name) const;
};

class http_client {
 public:
  struct options {
    bool insecure_http = false; // allow http:// (loopback shops in tests and the demo); otherwise https only
    long connections_per_host = 8;
    long connections = 64;
  };

  explicit http_client(options chosen);
  ~http_client(); // requests under way end as answer_lost, callbacks included, before it returns
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  // Any thread. `done` is called exactly once, on the client's thread; it must not block.
  void send(http_request request, std::function<void(http_response)> done);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace lockstep::adapters
