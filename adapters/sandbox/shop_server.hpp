// The sandbox's HTTP side: accepts connections on loopback, checks path and token, misbehaves when told to.
#pragma once

#include "adapters/sandbox/admin_api.hpp"
#include "adapters/sandbox/shopify_shop.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <functional>
#include <mutex>
#include <random>
#include <string_view>

namespace lockstep::adapters::sandbox {

// What the server asks of the shop; called on the io_context's thread.
struct shop_calls {
  std::function<api_answer(std::string_view body)> execute;
  std::function<void(std::string_view body)> begin_late;
  std::function<void(std::string_view body)> land;
  std::function<api_answer()> throttle;
};

class shop_server {
 public:
  shop_server(boost::asio::io_context& io, const shop_options& options, shop_calls calls);

  [[nodiscard]] result<void> open();
  void start(); // after open()

  [[nodiscard]] std::uint16_t port() const { return port_; }

  void misbehave(misbehaviour what, std::size_t requests); // any thread

 private:
  using request = boost::beast::http::request<boost::beast::http::string_body>;

  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);
  // False: the connection ends without an answer.
  boost::asio::awaitable<bool> answer(boost::beast::tcp_stream& stream, const request& asked);
  [[nodiscard]] api_answer judge(const request& asked) const; // status 0: right, to be executed
  [[nodiscard]] misbehaviour draw();
  boost::asio::awaitable<void> wait(std::chrono::milliseconds time);
  boost::asio::awaitable<void> land_later(std::string body);

  boost::asio::io_context& io_;
  const shop_options& options_;
  shop_calls calls_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  std::size_t sessions_ = 0;
  std::mt19937_64 random_;
  std::mutex mutex_; // guards the two below
  misbehaviour told_ = misbehaviour::none;
  std::size_t told_left_ = 0;
};

} // namespace lockstep::adapters::sandbox
