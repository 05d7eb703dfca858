// A receiver of webhooks for tests: keeps what comes, and answers as told. Loopback, one thread per
// connection.
#pragma once

#include "adapters/http_client.hpp"
#include "tests/adapters/raw_server.hpp"

#include <condition_variable>
#include <deque>
#include <string>
#include <vector>

namespace lockstep::tests {

struct received {
  std::vector<adapters::header> headers;
  std::string body;

  [[nodiscard]] std::string header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return value;
    }
    return {};
  }
};

class http_receiver {
 public:
  // Statuses are given out in turn, the last one for ever; 0: no answer, the connection closes.
  explicit http_receiver(std::deque<int> statuses = {200})
      : statuses_(std::move(statuses)), server_([this](raw_server::socket& peer) { talk(peer); }) {}

  [[nodiscard]] std::string url() const { return server_.url(); }

  // All received so far, once there are `count`, or after the bound.
  std::vector<received> wait_for(std::size_t count,
                                 std::chrono::milliseconds bound = std::chrono::seconds{20}) {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, bound, [&] { return got_.size() >= count; });
    return got_;
  }

 private:
  void talk(raw_server::socket& peer) {
    std::string text;
    for (;;) {
      boost::system::error_code failure;
      const auto head = boost::asio::read_until(peer, boost::asio::dynamic_buffer(text), "\r\n\r\n", failure);
      if (failure) return;
      received one;
      std::size_t length = 0;
      read_headers(text.substr(0, head), one, length);
      if (text.size() < head + length)
        boost::asio::read(peer, boost::asio::dynamic_buffer(text),
                          boost::asio::transfer_exactly(head + length - text.size()), failure);
      if (failure) return;
      one.body = text.substr(head, length);
      text.erase(0, head + length);
      const int status = keep(std::move(one));
      if (status == 0) return;
      write_text(peer, "HTTP/1.1 " + std::to_string(status) + " Said\r\nContent-Length: 0\r\n\r\n");
    }
  }

  static void read_headers(const std::string& head, received& into, std::size_t& length) {
    for (std::size_t at = head.find("\r\n") + 2; at + 2 < head.size();) {
      const auto end = head.find("\r\n", at);
      const auto colon = head.find(": ", at);
      if (colon != std::string::npos && colon < end)
        into.headers.emplace_back(head.substr(at, colon - at), head.substr(colon + 2, end - colon - 2));
      at = end + 2;
    }
    const auto text = into.header("Content-Length");
    std::from_chars(text.data(), text.data() + text.size(), length);
  }

  int keep(received one) {
    const std::scoped_lock lock{mutex_};
    got_.push_back(std::move(one));
    const int status = statuses_.front();
    if (statuses_.size() > 1) statuses_.pop_front();
    changed_.notify_all();
    return status;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<int> statuses_;
  std::vector<received> got_;
  raw_server server_;
};

} // namespace lockstep::tests
