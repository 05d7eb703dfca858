#include "adapters/sandbox/shop_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

namespace lockstep::adapters::sandbox {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

constexpr std::string_view api_path = "/admin/api/2026-04/graphql.json";
constexpr std::size_t sessions_max = 256;
constexpr std::uint64_t body_bytes_max = 8 * 1024 * 1024;
constexpr auto idle_timeout = std::chrono::seconds{60};
constexpr std::string_view page = "<!DOCTYPE html><html><body><h1>Something went wrong</h1></body></html>";

} // namespace

shop_server::shop_server(asio::io_context& io, const shop_options& options, shop_calls calls)
    : io_(io), options_(options), calls_(std::move(calls)), acceptor_(io), random_(options.seed + 1) {}

result<void> shop_server::open() {
  const asio::ip::tcp::endpoint endpoint{asio::ip::address_v4::loopback(), options_.port};
  boost::system::error_code failure;
  acceptor_.open(endpoint.protocol(), failure);
  if (!failure) acceptor_.set_option(asio::ip::tcp::acceptor::reuse_address{true}, failure);
  if (!failure) acceptor_.bind(endpoint, failure);
  if (!failure) acceptor_.listen(asio::socket_base::max_listen_connections, failure);
  if (failure)
    return engine::make_error(
        engine::error_code::unavailable,
        fmt::format("shop {}: port {}: {}", options_.name, options_.port, failure.message()));
  port_ = acceptor_.local_endpoint().port();
  return {};
}

void shop_server::start() {
  asio::co_spawn(io_, accept(), asio::detached);
}

void shop_server::misbehave(misbehaviour what, std::size_t requests) {
  const std::scoped_lock lock{mutex_};
  told_ = what;
  told_left_ = what == misbehaviour::none ? 0 : requests;
}

asio::awaitable<void> shop_server::accept() {
  for (;;) {
    auto [failure, socket] = co_await acceptor_.async_accept(use_tuple);
    if (failure || sessions_ >= sessions_max) continue; // the socket closes here
    asio::co_spawn(io_, serve(std::move(socket)), asio::detached);
  }
}

asio::awaitable<void> shop_server::serve(asio::ip::tcp::socket socket) {
  ++sessions_;
  socket.set_option(asio::ip::tcp::no_delay{true});
  beast::tcp_stream stream{std::move(socket)};
  beast::flat_buffer buffer;
  for (bool more = true; more;) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(body_bytes_max);
    stream.expires_after(idle_timeout);
    const auto [failure, bytes] = co_await http::async_read(stream, buffer, parser, use_tuple);
    more = !failure && co_await answer(stream, parser.get());
  }
  --sessions_;
}

misbehaviour shop_server::draw() {
  {
    const std::scoped_lock lock{mutex_};
    if (told_left_ > 0) {
      --told_left_;
      return told_;
    }
  }
  double at = std::uniform_real_distribution<double>{0, 1}(random_);
  const auto falls_into = [&at](double share) {
    at -= share;
    return at < 0;
  };
  if (falls_into(options_.api.server_error)) return misbehaviour::server_error;
  if (falls_into(options_.api.html)) return misbehaviour::html;
  if (falls_into(options_.api.answer_lost)) return misbehaviour::answer_lost;
  if (falls_into(options_.api.lands_late)) return misbehaviour::lands_late;
  return misbehaviour::none;
}

api_answer shop_server::judge(const request& asked) const {
  if (asked.target() != api_path) return {404, R"({"errors":"Not Found"})"};
  if (asked.method() != http::verb::post) return {405, R"({"errors":"Method Not Allowed"})"};
  const auto token = asked["X-Shopify-Access-Token"];
  if (token != options_.access_token)
    return {
        401,
        R"--({"errors":"[API] Invalid API key or access token (unrecognized login or wrong password)"})--"};
  if (!asked[http::field::content_type].starts_with("application/json"))
    return {415, R"({"errors":"Unsupported Media Type"})"};
  return {0, {}};
}

asio::awaitable<void> shop_server::wait(std::chrono::milliseconds time) {
  asio::steady_timer timer{io_, time};
  co_await timer.async_wait(use_tuple);
}

asio::awaitable<void> shop_server::land_later(std::string body) {
  co_await wait(options_.api.lateness);
  calls_.land(body);
}

asio::awaitable<bool> shop_server::answer(beast::tcp_stream& stream, const request& asked) {
  auto given = judge(asked);
  std::string_view type = "application/json; charset=utf-8";
  if (given.status == 0) {
    const auto what = draw();
    if (what == misbehaviour::down) co_return false;
    if (what == misbehaviour::lands_late) {
      calls_.begin_late(asked.body());
      asio::co_spawn(io_, land_later(asked.body()), asio::detached);
      co_return false;
    }
    if (what == misbehaviour::silent) {
      constexpr auto silence_max = std::chrono::minutes{5};
      co_await wait(silence_max);
      co_return false;
    }
    if (what == misbehaviour::server_error)
      given = {500, std::string{page}};
    else if (what == misbehaviour::html)
      given = {200, std::string{page}};
    else if (what == misbehaviour::throttled)
      given = calls_.throttle();
    else
      given = calls_.execute(asked.body());
    if (what == misbehaviour::answer_lost) co_return false;
    if (what == misbehaviour::slow) co_await wait(options_.api.lateness);
    if (what == misbehaviour::truncated) given.body.resize(given.body.size() / 2);
    if (what == misbehaviour::server_error || what == misbehaviour::html) type = "text/html";
  }
  http::response<http::string_body> response{static_cast<http::status>(given.status), asked.version()};
  response.set(http::field::content_type, boost::core::string_view{type.data(), type.size()});
  response.set("X-Shopify-API-Version", "2026-04");
  if (given.status == 429) response.set(http::field::retry_after, "1.0");
  response.keep_alive(asked.keep_alive());
  response.body() = std::move(given.body);
  response.prepare_payload();
  const auto [failure, bytes] = co_await http::async_write(stream, response, use_tuple);
  co_return !failure && response.keep_alive();
}

} // namespace lockstep::adapters::sandbox
