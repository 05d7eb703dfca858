// Incoming HTTP/1.1: a strict Beast parser, one coroutine per connection, N threads with an io_context each.
// It knows nothing of what is served: a handler is given whole requests with their raw bodies and completes
// when it can.
#pragma once

#include "engine/error.hpp"
#include "engine/limits.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep::adapters {

using io_executor = boost::asio::io_context::executor_type;

// A coroutine on an I/O thread. It must not block.
template <class T>
using io_task = boost::asio::awaitable<T, io_executor>;

enum class http_method : std::uint8_t { get, post, put, remove, other };

// One request. The views are valid until the handler's coroutine ends.
struct received_request {
  http_method method = http_method::get; // HEAD arrives as `get`; the server drops the body of its answer
  std::string_view target;               // as sent, percent-encoded, always begins with '/'
  std::span<const std::pair<std::string_view, std::string_view>> headers;
  std::string_view body;     // raw bytes, chunks joined; empty in http_handler::admit
  std::size_t io_thread = 0; // which of the server's threads runs this connection
  std::uint64_t note = 0;    // what admit() left for handle()

  // First header of that name, case-insensitive; empty when there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
  [[nodiscard]] std::size_t count(std::string_view name) const;
};

struct http_answer {
  unsigned status = 200;
  std::string_view content_type; // static text; empty: no body
  std::string body;
  std::vector<std::pair<std::string_view, std::string>> headers; // names are static text
};

// Before the body is read: how long it may be, or the answer right away.
struct head_verdict {
  std::size_t body_bytes_max = 0;
  std::optional<http_answer> refusal;
};

class http_handler {
 public:
  virtual ~http_handler() = default;
  // On the connection's I/O thread, with the head only. May set `head.note`.
  [[nodiscard]] virtual head_verdict admit(received_request& head) = 0;
  // On the same thread, with the body. Called when admit() refused nothing.
  [[nodiscard]] virtual io_task<http_answer> handle(const received_request& request) = 0;
  // The server's own answers: 400, 408, 413, 417, 431. `detail` is a sentence for the client.
  [[nodiscard]] virtual http_answer refuse(unsigned status, std::string_view detail) = 0;
};

struct http_server_options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0; // 0: any free one
  std::size_t threads = 1;
  std::size_t connections_max = limits::http_connections_max; // more are answered 503 and closed
  std::size_t requests_per_connection_max = limits::http_requests_per_connection_max;
  std::size_t header_bytes_max = limits::http_header_bytes_max;
  std::chrono::milliseconds header_timeout = limits::http_header_timeout; // from the first byte of a request
  std::chrono::milliseconds body_timeout =
      limits::http_body_timeout; // whole body; also for writing an answer
  std::chrono::milliseconds idle_timeout = limits::http_idle_timeout; // between requests
};

struct http_server_statistics {
  std::size_t connections = 0;
  std::uint64_t accepted = 0;
  std::uint64_t turned_away = 0; // beyond connections_max
  std::uint64_t malformed = 0;   // answered by refuse()
  std::uint64_t timeouts = 0;
};

class http_server {
 public:
  // `handler` outlives the server.
  http_server(http_handler& handler, http_server_options options);
  ~http_server(); // stops
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  // Binds, listens and starts the threads. unavailable: the address cannot be bound.
  [[nodiscard]] engine::result<void> start();
  // The bound port.
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::size_t threads() const;
  // Where the coroutines of thread `index` run: to post to it from elsewhere. Valid from construction.
  [[nodiscard]] io_executor executor(std::size_t index) const;

  // Takes no new connection, closes idle ones, lets requests under way finish. True when all did within
  // `deadline`. Blocks; any thread but the server's own.
  bool drain(std::chrono::milliseconds deadline);
  // Closes every connection, waits until every handler's coroutine has ended, joins the threads. Whoever
  // keeps handlers waiting must let them go first.
  void stop();

  [[nodiscard]] http_server_statistics statistics() const;
  // When each thread last turned its loop; a thread that is stuck shows an old time.
  [[nodiscard]] std::chrono::steady_clock::time_point last_turn(std::size_t index) const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace lockstep::adapters
