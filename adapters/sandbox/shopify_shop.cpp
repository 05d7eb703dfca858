#include "adapters/sandbox/shopify_shop.hpp"

#include "adapters/sandbox/admin_api.hpp"
#include "adapters/sandbox/admin_objects.hpp"
#include "adapters/sandbox/shop_server.hpp"
#include "adapters/sandbox/webhook_sender.hpp"

#include <fmt/format.h>

#include <mutex>
#include <thread>

namespace lockstep::adapters::sandbox {

namespace {

time_point system_now() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

shop_options with_clock(shop_options options) {
  if (!options.now) options.now = system_now;
  return options;
}

} // namespace

struct shopify_shop::parts {
  explicit parts(shop_options chosen)
      : options(with_clock(std::move(chosen))),
        model(options.location, options.first_id, options.echo_levels),
        api(model, cost_bucket{options.cost_maximum, options.cost_restore_per_second},
            options.throttled_as_429),
        sender(io, options), server(io, options, calls()) {}

  ~parts() {
    io.stop();
    if (thread.joinable()) thread.join();
  }

  shop_calls calls() {
    return {.execute = [this](std::string_view body) { return execute(body); },
            .begin_late = [this](std::string_view body) { begin_late(body); },
            .land = [this](std::string_view body) { land(body); },
            .throttle = [this] { return throttle(); }};
  }

  // Changes the model under its lock, then sends what it has to tell.
  template <class Change>
  auto change(Change what) {
    std::vector<shop_event> events;
    const auto outcome = [&] {
      const std::scoped_lock lock{mutex};
      auto result = what(model, options.now());
      events = model.take_events();
      return result;
    }();
    sender.enqueue(std::move(events));
    return outcome;
  }

  api_answer execute(std::string_view body) {
    return change(
        [&](shop_model&, time_point now) { return api.execute(body, now, cost_bucket::steady::now()); });
  }

  void begin_late(std::string_view body) {
    const std::scoped_lock lock{mutex};
    api.begin(body);
  }

  void land(std::string_view body) {
    change([&](shop_model&, time_point now) {
      api.land(body, now, cost_bucket::steady::now());
      return 0;
    });
  }

  api_answer throttle() {
    const std::scoped_lock lock{mutex};
    return api.throttle();
  }

  shop_options options;
  mutable std::mutex mutex; // guards model and api
  shop_model model;
  admin_api api;
  boost::asio::io_context io{1};
  webhook_sender sender;
  shop_server server;
  std::thread thread;
};

result<std::unique_ptr<shopify_shop>> shopify_shop::start(shop_options options) {
  auto made = std::make_unique<parts>(std::move(options));
  if (auto opened = made->server.open(); !opened) return opened.error();
  made->server.start();
  made->sender.start();
  made->thread = std::thread{[io = &made->io] {
    const auto guard = boost::asio::make_work_guard(*io);
    io->run();
  }};
  return std::unique_ptr<shopify_shop>{new shopify_shop{std::move(made)}};
}

shopify_shop::shopify_shop(std::unique_ptr<parts> p) : parts_(std::move(p)) {}

shopify_shop::~shopify_shop() = default;

std::string shopify_shop::base_url() const {
  return fmt::format("http://127.0.0.1:{}", parts_->server.port());
}

std::string shopify_shop::location_id() const {
  return global_id("Location", parts_->options.location);
}

std::string shopify_shop::item_id(std::int64_t inventory_item) {
  return global_id("InventoryItem", inventory_item);
}

void shopify_shop::list(const std::vector<shop_item>& items) {
  const std::scoped_lock lock{parts_->mutex};
  for (const auto& item : items)
    parts_->model.list(item);
}

void shopify_shop::subscribe(std::string url) {
  parts_->sender.subscribe(std::move(url));
}

void shopify_shop::misbehave(misbehaviour what, std::size_t requests) {
  parts_->server.misbehave(what, requests);
}

placed_order shopify_shop::place_order(const std::vector<order_request>& lines, bool test) {
  return parts_->change(
      [&](shop_model& model, time_point now) { return model.place_order(lines, test, now); });
}

bool shopify_shop::cancel(std::int64_t order) {
  return parts_->change([&](shop_model& model, time_point now) { return model.cancel(order, now); });
}

bool shopify_shop::refund(std::int64_t order, std::int64_t line, quantity units, restock_type type) {
  return refund(order, {{line, units}}, type);
}

bool shopify_shop::refund(std::int64_t order, const std::vector<line_units>& lines, restock_type type) {
  return parts_->change(
      [&](shop_model& model, time_point now) { return model.refund_units(order, lines, type, now); });
}

bool shopify_shop::fulfil(std::int64_t order, std::int64_t line, quantity units) {
  return fulfil(order, {{line, units}});
}

bool shopify_shop::fulfil(std::int64_t order, const std::vector<line_units>& lines) {
  return parts_->change([&](shop_model& model, time_point now) { return model.fulfil(order, lines, now); });
}

bool shopify_shop::edit(std::int64_t order, std::int64_t line, quantity difference) {
  return parts_->change(
      [&](shop_model& model, time_point now) { return model.edit(order, line, difference, now); });
}

bool shopify_shop::set_by_hand(std::int64_t inventory_item, quantity available) {
  return parts_->change([&](shop_model& model, time_point now) {
    if (!model.find_item(inventory_item)) return false;
    static_cast<void>(
        model.apply({{inventory_item, parts_->options.location, available, std::nullopt}}, now));
    return true;
  });
}

std::vector<shown_row> shopify_shop::shown() const {
  const std::scoped_lock lock{parts_->mutex};
  return parts_->model.shown();
}

shop_statistics shopify_shop::statistics() const {
  shop_statistics statistics;
  {
    const std::scoped_lock lock{parts_->mutex};
    statistics = parts_->model.counts();
    parts_->api.count_into(statistics);
  }
  parts_->sender.count_into(statistics);
  return statistics;
}

} // namespace lockstep::adapters::sandbox
