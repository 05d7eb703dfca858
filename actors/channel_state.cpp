#include "actors/channel_state.hpp"

#include "adapters/log.hpp"
#include "engine/key.hpp"
#include "engine/limits.hpp"

#include <boost/uuid/uuid_io.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace lockstep::actors {

namespace {

using adapters::log::level;
using engine::request_kind;
using verdict = engine::channel_push::verdict;

engine::channel_terms terms_of(const channel_options& options) {
  const auto able = options.adapter->able_to();
  return {
      .push = {.compare_and_set = able.compare_and_set, .settle = able.settle, .signal_lag = able.signal_lag},
      .rows_per_write = able.rows_per_write,
      .rows_per_read = able.rows_per_read,
      .intervals = {.moderate = options.moderate_interval, .slow = options.slow_interval}};
}

// On the first day everything is looked at before anything is compared; later the sweep takes its turn.
engine::time_point first_sweep(const channel_context& context, engine::time_point now) {
  return context.account.mode == engine::account_mode::observe ? now : now + context.options.sweep_interval;
}

} // namespace

channel_state::channel_state(channel_context context, deliver answers, tell recorded, tell_all announced)
    : context_(std::move(context)), deliver_(std::move(answers)), tell_recorded_(std::move(recorded)),
      tell_announced_(std::move(announced)), push_(terms_of(context_.options)), poll_(context_, now()),
      sweep_(context_, push_, first_sweep(context_, now())), started_at_(now()),
      random_(static_cast<std::uint64_t>(started_at_.time_since_epoch().count())) {
  put_listings();
}

bool channel_state::talks() const {
  return !ended_ && suspended_.empty() && context_.account.mode != engine::account_mode::paused;
}

bool channel_state::writes() const {
  return talks() && context_.account.mode == engine::account_mode::active;
}

// While observing the sweep reads everything first; what it could not tell is read singly.
bool channel_state::reads() const {
  return writes() || (talks() && sweep_.completed_once());
}

// --- events
// -----------------------------------------------------------------------------------------------------------

void channel_state::committed(const committed_numbers& content) {
  const auto at = now();
  for (const auto& sale : content.sales)
    if (sale.account == context_.account.id) push_.sale(sale, at);
  for (const auto& number : content.numbers)
    push_.number(number, content.committed_at, at);
  facts_to_ = std::max(facts_to_, content.facts_to);
  if (announced_) push_.heard(facts_to_);
  poll_.heard(content.numbers);
}

void channel_state::delivered(std::span<const answer> answers) {
  poll_.delivered(answers, now());
}

void channel_state::listed(const engine::listing& content) {
  if (content.account != context_.account.id) return;
  if (const auto known = context_.services.catalogue(); const auto* product = known->find(content.sku))
    push_.tag(content.sku, product->tags, now());
  put_changed(content);
}

void channel_state::put_changed(const engine::listing& content) {
  const auto at = now();
  const auto slot = push_.put(content, nullptr, true, at);
  push_.release(slot, at); // whoever changed it has looked at why it was parked
}

void channel_state::ruled(const engine::account_rules& rules, const tags_by_sku& tags) {
  for (const auto& [sku, names] : tags)
    push_.tag(sku, names, now());
  if (rules.revision >= push_.rules().revision) push_.rule(rules, now()); // older ones may come last after a start
  told_to_ = {}; // the commit that made them durable has taken the cursor away
}

void channel_state::quarantined(engine::sku_id sku, bool released) {
  push_.quarantine(sku, !released, now());
}

void channel_state::finish(std::function<void()> done) {
  finished_ = std::move(done);
}

// --- requests
// ---------------------------------------------------------------------------------------------------------

void channel_state::work() {
  const auto at = now();
  push_.wake(at);
  if (const auto began = poll_.work(at)) push_.orders_read(*began, at);
  if (const auto wanted = push_.orders_wanted()) poll_.want_by(*wanted);
  settle_drift(at);
  if (auto skus = push_.take_needed(); !skus.empty()) context_.services.announce(std::move(skus), {});
  if (ask_again_at_ && at >= *ask_again_at_) ask_lost_numbers();
  if (!differences_.empty()) answer_differences(at);
  if (finished_) push_.flush(at);
  if (talks() && !finished_) send_orders(at);
  if (writes()) send_repeats(at), send_writes(at);
  if (reads()) send_reads(at);
  if (talks() && !finished_) send_list(at);
  watch_limit(at);
  watch_brake();
  if (at >= recorded_at_ + limits::publications_recorded_every) record_publications(at);
  if (finished_) finish_when_done(at);
}

// Only numbers: orders and the sweep are paced anyhow.
void channel_state::watch_limit(engine::time_point at) {
  const auto due = writes() ? push_.next_write_at(at) : std::nullopt;
  const bool limited = due && *due <= at && gate_.limited(request_kind::write, at);
  if (limited && !limited_since_) {
    limited_since_ = at;
    ++limit_waits_;
  } else if (!limited && limited_since_) {
    limit_waited_ += at - *std::exchange(limited_since_, std::nullopt);
  }
}

void channel_state::send(request content, adapters::http_request message, engine::time_point at) {
  gate_.sent(content.kind, at);
  ++requests_sent_;
  const auto sequence = ++sequence_;
  requests_.emplace(sequence, std::move(content));
  context_.services.send(std::move(message),
                         [deliver = deliver_, sequence](adapters::http_response response) {
                           deliver(sequence, std::move(response));
                         });
}

void channel_state::send_orders(engine::time_point at) {
  const auto due = poll_.request_at();
  if (!due || *due > at || !gate_.allows(request_kind::orders, at)) return;
  send({.kind = request_kind::orders}, poll_.ask(at), at);
}

void channel_state::send_writes(engine::time_point at) {
  while (gate_.allows(request_kind::write, at)) {
    auto rows = push_.next_write(at);
    if (rows.empty()) return;
    const auto name = fmt::format("push/{}/{}", started_at_.time_since_epoch().count(), sequence_ + 1);
    const auto key = to_string(engine::request_key(context_.account.name, name));
    send_write({.kind = request_kind::write, .key = key, .rows = std::move(rows)}, at);
  }
}

void channel_state::send_repeats(engine::time_point at) {
  while (!repeats_.empty() && repeats_.front().not_before <= at && gate_.allows(request_kind::write, at)) {
    auto again = std::move(repeats_.front());
    repeats_.pop_front();
    send_write(std::move(again), at);
  }
}

void channel_state::send_write(request content, engine::time_point at) {
  std::vector<adapters::write_row> rows;
  rows.reserve(content.rows.size());
  for (const auto& row : content.rows) {
    const auto& listing = push_.content(row.listing);
    rows.push_back({{listing.item, listing.location}, row.write.value, row.write.expected});
  }
  auto message = context_.options.adapter->encode_write(rows, content.key, content.key);
  send(std::move(content), std::move(message), at);
}

void channel_state::send_reads(engine::time_point at) {
  while (push_.wants_read() && gate_.allows(request_kind::read, at)) {
    auto slots = push_.next_read(at);
    std::vector<adapters::channel_item> items;
    items.reserve(slots.size());
    for (const auto slot : slots)
      items.push_back({push_.content(slot).item, push_.content(slot).location});
    auto message = context_.options.adapter->encode_read(items);
    send({.kind = request_kind::read, .slots = std::move(slots)}, std::move(message), at);
  }
}

void channel_state::send_list(engine::time_point at) {
  const auto due = sweep_.request_at();
  if (!due || *due > at || !gate_.allows(request_kind::list, at)) return;
  send({.kind = request_kind::list}, sweep_.ask(at), at);
}

engine::time_point channel_state::wake_at() const {
  const auto at = now();
  auto wake = at + std::chrono::seconds{1}; // at least once a second: the wall clock, the recorder
  const auto consider = [&](std::optional<engine::time_point> due) {
    if (due) wake = std::min(wake, *due);
  };
  const auto consider_request = [&](request_kind kind, std::optional<engine::time_point> due) {
    if (due) consider(std::max(*due, gate_.ready_at(kind, at)));
  };
  consider(push_.wakes_at());
  consider(poll_.work_at());
  if (talks() && !finished_) consider_request(request_kind::orders, poll_.request_at());
  if (talks() && !finished_) consider_request(request_kind::list, sweep_.request_at());
  if (writes()) consider_request(request_kind::write, push_.next_write_at(at));
  if (writes() && !repeats_.empty()) consider_request(request_kind::write, repeats_.front().not_before);
  if (reads() && push_.wants_read()) consider_request(request_kind::read, at);
  if (push_.has_changed()) consider(recorded_at_ + limits::publications_recorded_every);
  return wake;
}

// What cannot leave now is no reason to wait: after a clean end the next process compares the numbers.
void channel_state::finish_when_done(engine::time_point at) {
  const bool awaited = gate_.in_flight(request_kind::write) > 0 || gate_.in_flight(request_kind::read) > 0;
  const bool away = gate_.circuit().state() != engine::circuit_state::closed;
  const bool waits = push_.next_write_at(at).has_value() || push_.wants_read() || !repeats_.empty();
  if (awaited || (writes() && !away && waits)) return;
  record_publications(at);
  ended_ = true;
  std::exchange(finished_, nullptr)();
}

void channel_state::watch_brake() {
  if (std::exchange(braked_, push_.braked()) || !braked_) return;
  adapters::log::write(
      level::error, "channel-braked",
      "too many listings would go to zero by other causes than sales: nothing is pushed until "
      "the brake is released",
      {{"account", std::string_view{context_.account.name}}});
}

// --- drift
// ------------------------------------------------------------------------------------------------------------

void channel_state::settle_drift(engine::time_point at) {
  for (const auto& found : push_.take_drift()) {
    const auto& listing = push_.content(found.listing);
    adapters::log::write(level::warning, "channel-drift", "the channel shows another number than it should",
                         {{"account", std::string_view{context_.account.name}},
                          {"item", std::string_view{listing.item}},
                          {"shown", found.shown},
                          {"expected", found.expected}});
    const bool repair = context_.options.drift == drift_policy::repair;
    if (context_.options.drift == drift_policy::adopt)
      (void)adopt(found, at); // not adopted: a person is asked
    push_.settle_drift(found, repair, at);
  }
}

// The channel is right: the SKU is adjusted by the difference, so that its number becomes the one shown. A
// number that a rule or zero has clamped says nothing about the stock.
bool channel_state::adopt(const engine::channel_push::drift& found, engine::time_point at) {
  const auto& listing = push_.content(found.listing);
  if (context_.services.catalogue()->bundles().find(listing.sku) != nullptr) return false; // it has no stock
  const auto& protocol = push_.protocol(found.listing);
  const auto change = found.shown - found.expected;
  const auto& number = push_.number_of(found.listing);
  auto adjusted = number;
  adjusted.available += change;
  const auto shown = push_.derive(found.listing, number);
  const bool follows = push_.derive(found.listing, adjusted) - shown == change;
  if (protocol.wanted() != shown || !follows || found.shown < 0) return false;
  const auto name =
      fmt::format("drift/{}/{}", static_cast<std::int64_t>(listing.id), at.time_since_epoch().count());
  engine::command asked;
  asked.key = engine::request_key(context_.account.name, name);
  asked.content = engine::content_hash{}.add(change).value();
  asked.account = context_.account.id;
  asked.occurred_at = at;
  asked.reference = listing.item;
  asked.body = engine::adjust{
      .change = change,
      .reason = fmt::format("{} shows {}, expected {}", context_.account.name, found.shown, found.expected)};
  return context_.services.submit({{listing.sku, std::move(asked), {}}}) == admission::accepted;
}

} // namespace lockstep::actors
