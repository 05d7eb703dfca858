#include "tests/actors/console_fake.hpp"

#include <stdexcept>

namespace lockstep::tests {

namespace {

constexpr std::chrono::seconds wait_max{20};

} // namespace

actors::console_context fake_engine::context() {
  actors::console_context context;
  context.token = "secret";
  context.shutdown_asked = [this] { ++shutdowns; };
  context.statistics = [this] { return statistics; };
  context.find_sku = [](std::string_view code) { return code == "MUG" ? std::optional{mug} : std::nullopt; };
  context.find_account = [](std::string_view name) {
    return name == "eu" ? std::optional{shop} : std::nullopt;
  };
  context.code_of = [](engine::sku_id sku) { return std::string{sku == mug ? "MUG" : ""}; };
  context.account_name = [](engine::account_id account) { return std::string{account == shop ? "eu" : ""}; };
  context.location_code = [](engine::location_id location) {
    return std::string{location == east ? "east" : "main"};
  };
  context.bundle_of = [this](engine::sku_id) { return composition; };
  context.rules_of = [this](engine::account_id) { return rules; };
  context.add_sink = [this](actors::answer_sink& sink) {
    sink_ = &sink;
    return std::uint16_t{1};
  };
  context.submit = [this](actors::submission asked) { return submit(std::move(asked)); };
  context.listen = [this](std::shared_ptr<actors::fact_listener> listener) {
    const std::lock_guard held{lock_};
    listener_ = std::move(listener);
    changed_.notify_all();
  };
  context.stop_listening = [this](const std::shared_ptr<actors::fact_listener>& listener) {
    const std::lock_guard held{lock_};
    if (listener_ == listener) listener_.reset();
    changed_.notify_all();
  };
  context.channels = [this] { return channels; };
  context.explain = [this](engine::sku_id) { return explained; };
  context.look_up = [](std::string_view value) -> engine::result<std::vector<adapters::rest::lookup_match>> {
    if (value == "036000291452") return {{{mug, {{"upc", "036000291452"}, {"woo_product:eu", "036000291452"}}}}};
    return std::vector<adapters::rest::lookup_match>{};
  };
  context.channel_diff = [this](engine::account_id, std::size_t) { return differences; };
  context.order_channel = [this](engine::account_id account, actors::channel_order what) {
    const std::lock_guard held{lock_};
    orders_.emplace_back(account, what);
    return engine::result<void>{};
  };
  context.release_sku = [this](engine::sku_id sku) -> engine::result<void> {
    if (sku == mug && !released.exchange(true)) return {};
    return engine::make_error(engine::error_code::refused, "the SKU is not quarantined");
  };
  context.top = [this](std::size_t) -> engine::result<std::vector<actors::hot_sku>> {
    if (top_throws.exchange(false)) throw std::runtime_error{"broken by the test"};
    return hottest;
  };
  context.incidents = [this] { return open_incidents; };
  context.snapshot = [this]() -> engine::result<std::size_t> {
    ++snapshots;
    return std::size_t{3};
  };
  context.open_reader = [this] { return store->open_reader(); };
  return context;
}

actors::admission fake_engine::submit(actors::submission asked) {
  if (admits != actors::admission::accepted) return admits;
  if (answers_at_once) {
    answer(asked, 42);
    return admits;
  }
  const std::lock_guard held{lock_};
  submissions_.push_back(std::move(asked));
  changed_.notify_all();
  return admits;
}

actors::submission fake_engine::wait_for_submission() {
  std::unique_lock held{lock_};
  if (!changed_.wait_for(held, wait_max, [this] { return !submissions_.empty(); })) {
    throw std::runtime_error{"nothing was submitted"};
  }
  auto first = std::move(submissions_.front());
  submissions_.erase(submissions_.begin());
  return first;
}

void fake_engine::answer(const actors::submission& asked, engine::quantity available) {
  actors::answer given;
  given.to = asked.to;
  given.sku = asked.sku;
  given.figures.available = available;
  given.figures.has_number = true;
  given.detail = detail;
  sink_->deliver({given});
}

std::shared_ptr<actors::fact_listener> fake_engine::wait_for_listener(bool present) {
  std::unique_lock held{lock_};
  if (!changed_.wait_for(held, wait_max, [&] { return (listener_ != nullptr) == present; })) {
    throw std::runtime_error{"the console did not begin or end listening"};
  }
  return listener_;
}

void fake_engine::commit(std::vector<storage::sku_fact> facts) {
  wait_for_listener()->committed(std::make_shared<const std::vector<storage::sku_fact>>(std::move(facts)));
}

std::vector<std::pair<engine::account_id, actors::channel_order>> fake_engine::orders() const {
  const std::lock_guard held{lock_};
  return orders_;
}

storage::sku_fact mug_fact(engine::version version) {
  storage::sku_fact made;
  made.sku = fake_engine::mug;
  made.fact.version = version;
  made.fact.at = engine::time_point{std::chrono::seconds{1'700'000'000}};
  made.fact.kind = engine::fact_kind::ordered;
  made.fact.account = fake_engine::shop;
  made.fact.units = 2;
  made.fact.available = 40;
  made.fact.reference = "order 1001";
  return made;
}

} // namespace lockstep::tests
