// A server whose handler answers what it was asked, so that a test sees what the server understood.
#pragma once

#include "adapters/http_server.hpp"
#include "tests/catch.hpp"
#include "tests/comes_true.hpp"
#include "tests/raw_http.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace lockstep::tests {

using namespace std::chrono_literals;
using adapters::http_answer;
using adapters::http_server;
using adapters::http_server_options;
using adapters::received_request;

using timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, adapters::io_executor>;

class echo final : public adapters::http_handler {
 public:
  static constexpr std::size_t body_max = 1'000;

  adapters::head_verdict admit(received_request& head) override {
    adapters::head_verdict verdict;
    head.note = 7;
    verdict.body_bytes_max = body_max;
    if (head.target == "/forbidden") verdict.refusal = plain(403, "no");
    return verdict;
  }

  adapters::io_task<http_answer> handle(const received_request& request) override {
    ++handled;
    if (request.note != 7) co_return plain(500, "the note was lost");
    if (request.target == "/throw") throw std::runtime_error{"on purpose"};
    if (request.target == "/wait") co_await wait();
    if (request.target == "/header") co_return plain(200, std::string{request.header("X-ASKED")});
    if (request.target == "/large") co_return plain(200, std::string(4 * 1024 * 1024, 'x'));
    co_return plain(200, std::string{request.target} + "|" + std::string{request.body});
  }

  http_answer refuse(unsigned status, std::string_view detail) override {
    return plain(status, std::string{detail});
  }

  static http_answer plain(unsigned status, std::string body) {
    http_answer reply;
    reply.status = status;
    reply.content_type = "text/plain; charset=utf-8";
    reply.body = std::move(body);
    return reply;
  }

  // Holds requests to /wait until the test lets them go.
  adapters::io_task<void> wait() {
    ++waiting;
    timer pause{co_await boost::asio::this_coro::executor};
    while (!let_go) {
      pause.expires_after(2ms);
      co_await pause.async_wait(boost::asio::use_awaitable_t<adapters::io_executor>{});
    }
    --waiting;
  }

  std::atomic<int> handled{0};
  std::atomic<int> waiting{0};
  std::atomic<bool> let_go{false};
};

// Limits a test can wait for, and long enough for a client that the machine keeps waiting.
inline http_server_options quick() {
  http_server_options options;
  options.threads = 2;
  options.header_timeout = 500ms;
  options.body_timeout = 500ms;
  options.idle_timeout = 2s;
  return options;
}

struct running {
  explicit running(http_server_options options = {}) : server(handler, std::move(options)) {
    REQUIRE(server.start().has_value());
  }

  ~running() { handler.let_go = true; }

  raw_http connect() const { return raw_http{server.port()}; }

  echo handler;
  http_server server;
};

} // namespace lockstep::tests
