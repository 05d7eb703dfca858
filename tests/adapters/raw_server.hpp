// A TCP server for tests: every connection is handed to a script on a thread of its own. Blocking, loopback
// only.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <atomic>
#include <charconv>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace lockstep::tests {

class raw_server {
 public:
  using socket = boost::asio::ip::tcp::socket;

  explicit raw_server(std::function<void(socket&)> script)
      : script_(std::move(script)), acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}),
        accepting_([this] { accept(); }) {}

  ~raw_server() {
    stopping_ = true;
    boost::system::error_code ignored;
    socket knock{io_}; // the blocking accept() returns for it
    knock.connect({boost::asio::ip::address_v4::loopback(), port()}, ignored);
    accepting_.join();
    {
      const std::scoped_lock lock{mutex_};
      for (auto& open : sockets_)
        open->shutdown(socket::shutdown_both, ignored);
    }
    for (auto& talking : talking_)
      talking.join();
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

  [[nodiscard]] std::string url(const std::string& scheme = "http") const {
    return scheme + "://127.0.0.1:" + std::to_string(port_) + "/";
  }

 private:
  void accept() {
    for (;;) {
      auto open = std::make_shared<socket>(io_);
      boost::system::error_code failure;
      acceptor_.accept(*open, failure);
      if (failure || stopping_) return;
      const std::scoped_lock lock{mutex_};
      sockets_.push_back(open);
      talking_.emplace_back([this, open] {
        script_(*open);
        boost::system::error_code ignored;
        open->shutdown(socket::shutdown_both, ignored);
      });
    }
  }

  std::function<void(socket&)> script_;
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_ = acceptor_.local_endpoint().port();
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<std::shared_ptr<socket>> sockets_;
  std::vector<std::thread> talking_;
  std::thread accepting_;
};

// One request with its body. Empty when the peer is gone.
inline std::string read_whole_request(raw_server::socket& from) {
  std::string text;
  boost::system::error_code failure;
  const auto head = boost::asio::read_until(from, boost::asio::dynamic_buffer(text), "\r\n\r\n", failure);
  if (failure) return {};
  std::size_t length = 0;
  const std::string name = "Content-Length: ";
  if (const auto at = text.find(name); at != std::string::npos)
    std::from_chars(text.data() + at + name.size(), text.data() + head, length);
  if (text.size() < head + length) {
    std::string rest(head + length - text.size(), '\0');
    boost::asio::read(from, boost::asio::buffer(rest), failure);
    text += rest;
  }
  return text;
}

// The same; the head alone is returned.
inline std::string read_request(raw_server::socket& from) {
  const auto text = read_whole_request(from);
  return text.substr(0, text.find("\r\n\r\n") + 4);
}

inline void write_text(raw_server::socket& to, std::string_view text) {
  boost::system::error_code ignored;
  boost::asio::write(to, boost::asio::buffer(text.data(), text.size()), ignored);
}

} // namespace lockstep::tests
