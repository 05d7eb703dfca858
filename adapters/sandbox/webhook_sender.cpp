#include "adapters/sandbox/webhook_sender.hpp"

#include "adapters/signature.hpp"
#include "adapters/timestamp.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/url/parse.hpp>
#include <fmt/format.h>


namespace lockstep::adapters::sandbox {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
constexpr auto as_pair = asio::as_tuple(asio::use_awaitable);

// Shopify gives a receiver one second to accept a connection.
constexpr auto connect_timeout = std::chrono::seconds{1};
// Deliveries kept; beyond it the oldest world would be told to nobody anyway.
constexpr std::size_t waiting_max = 500'000;

} // namespace

webhook_sender::webhook_sender(asio::io_context& io, const shop_options& options)
    : io_(io), options_(options), random_(options.seed) {}

void webhook_sender::start() {
  for (std::size_t i = 0; i < std::max<std::size_t>(options_.webhook_connections, 1); ++i) {
    auto& self = *workers_.emplace_back(std::make_unique<worker>(io_));
    asio::co_spawn(io_, work(self), asio::detached);
  }
}

void webhook_sender::enqueue(std::vector<shop_event> events) {
  if (events.empty() || !subscribed_) return;
  waiting_ += events.size();
  asio::post(io_, [this, events = std::move(events)]() mutable {
    const auto count = events.size();
    schedule(std::move(events));
    waiting_ -= count;
  });
}

void webhook_sender::subscribe(std::string url) {
  subscribed_ = !url.empty();
  asio::post(io_, [this, url = std::move(url)] { set_target(url); });
}

void webhook_sender::count_into(shop_statistics& statistics) const {
  statistics.webhooks_sent = sent_;
  statistics.webhooks_delivered = delivered_;
  statistics.webhooks_failed = failed_;
  statistics.webhooks_lost = lost_;
  statistics.webhooks_waiting = waiting_;
  statistics.subscribed = subscribed_;
}

void webhook_sender::set_target(const std::string& url) {
  failures_in_a_row_ = 0;
  target_.reset();
  for (const auto& self : workers_) { // the old receiver's connections are of no use
    self->stream.close();
    self->connected = false;
  }
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed) {
    subscribed_ = false;
    return;
  }
  boost::system::error_code failure;
  const auto address = asio::ip::make_address(std::string{parsed->host()}, failure);
  if (failure) {
    subscribed_ = false; // only addresses: this shop lives on loopback
    return;
  }
  target_ = std::make_unique<target>();
  target_->endpoint = {address, parsed->port_number()};
  target_->host = std::string{parsed->encoded_host_and_port()};
  target_->path = std::string{parsed->encoded_target()};
  wake();
}

void webhook_sender::schedule(std::vector<shop_event> events) {
  const auto& faults = options_.webhooks;
  for (auto& event : events) {
    auto shared = std::make_shared<const shop_event>(std::move(event));
    const auto event_id = make_id();
    const bool lost = draw(faults.lost);
    const int copies = draw(faults.duplicate) ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      auto due = steady::now();
      if (draw(faults.late) && faults.lateness_max.count() > 0)
        due += std::chrono::milliseconds{
            static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(faults.lateness_max.count()))};
      if (lost || due_.size() >= waiting_max)
        ++lost_;
      else
        schedule({shared, make_id(), event_id, 0}, due);
    }
  }
  wake();
}

void webhook_sender::schedule(delivery what, steady::time_point due) {
  due_.emplace(due, std::move(what));
  ++waiting_;
}

void webhook_sender::wake() {
  for (const auto& self : workers_)
    self->alarm.cancel();
}

asio::awaitable<void> webhook_sender::work(worker& self) {
  for (;;) {
    const auto next = due_.begin();
    if (!target_ || next == due_.end() || next->first > steady::now()) {
      constexpr auto idle = std::chrono::hours{1};
      self.alarm.expires_at(target_ && next != due_.end() ? next->first : steady::now() + idle);
      co_await self.alarm.async_wait(as_pair);
      continue;
    }
    auto what = std::move(next->second);
    due_.erase(next);
    const bool delivered = co_await attempt(self, what);
    settle(std::move(what), delivered);
    --waiting_; // on its way counts as waiting
  }
}

// A kept connection may have been closed by the receiver meanwhile: then once more on a new one.
asio::awaitable<bool> webhook_sender::attempt(worker& self, const delivery& what) {
  ++sent_;
  const bool kept = self.connected;
  auto status = co_await exchange(self, what);
  if (status == 0 && kept && target_) status = co_await exchange(self, what);
  co_return status >= 200 && status < 300;
}

asio::awaitable<unsigned> webhook_sender::exchange(worker& self, const delivery& what) {
  const auto to = *target_;
  if (!self.connected) {
    self.stream.close();
    self.stream.expires_after(connect_timeout);
    const auto [failure] = co_await self.stream.async_connect(to.endpoint, as_pair);
    if (failure) co_return 0;
    self.stream.socket().set_option(asio::ip::tcp::no_delay{true});
  }
  self.connected = false; // until the answer is complete
  const auto& event = *what.event;
  http::request<http::span_body<const char>> request{http::verb::post, to.path, 11};
  request.set(http::field::host, to.host);
  request.set(http::field::content_type, "application/json");
  request.set("X-Shopify-Topic", event.topic);
  request.set("X-Shopify-Hmac-Sha256", sign(options_.webhook_secret, event.payload));
  request.set("X-Shopify-Shop-Domain", options_.name + ".myshopify.com");
  request.set("X-Shopify-API-Version", "2026-04");
  request.set("X-Shopify-Webhook-Id", what.webhook_id);
  request.set("X-Shopify-Event-Id", what.event_id);
  request.set("X-Shopify-Triggered-At", format_timestamp(event.triggered_at));
  request.body() = {event.payload.data(), event.payload.size()};
  request.prepare_payload();

  self.stream.expires_after(options_.webhook_timeout);
  const auto [write_failure, written] = co_await http::async_write(self.stream, request, as_pair);
  if (write_failure) co_return 0;
  beast::flat_buffer buffer;
  http::response<http::string_body> response;
  const auto [read_failure, read] = co_await http::async_read(self.stream, buffer, response, as_pair);
  if (read_failure) co_return 0;
  self.connected = response.keep_alive() && target_ && target_->endpoint == to.endpoint;
  co_return response.result_int();
}

void webhook_sender::settle(delivery what, bool delivered) {
  if (delivered) {
    ++delivered_;
    failures_in_a_row_ = 0;
    return;
  }
  ++failed_;
  ++failures_in_a_row_;
  if (++what.failures > options_.webhook_retries) {
    ++lost_;
  } else {
    constexpr std::size_t doublings_max = 20;
    const auto wait = options_.webhook_retry_first * (1 << std::min(what.failures - 1, doublings_max));
    schedule(std::move(what), steady::now() + wait);
  }
  if (options_.webhook_failures_max > 0 && failures_in_a_row_ >= options_.webhook_failures_max)
    remove_subscription();
}

void webhook_sender::remove_subscription() {
  target_.reset();
  subscribed_ = false;
  lost_ += due_.size();
  waiting_ -= due_.size();
  due_.clear();
}

bool webhook_sender::draw(double probability) {
  return probability > 0 && std::uniform_real_distribution<double>{0, 1}(random_) < probability;
}

std::string webhook_sender::make_id() {
  const auto high = random_();
  const auto low = random_();
  return fmt::format("{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}", high >> 32, (high >> 16) & 0xffff, high & 0xfff,
                     low >> 52, low & 0xffffffffffff);
}

} // namespace lockstep::adapters::sandbox
