#include "engine/channel_push.hpp"

#include "engine/limits.hpp"

#include <algorithm>
#include <utility>

namespace lockstep::engine {

namespace {

std::size_t index(push_state s) {
  return static_cast<std::size_t>(s);
}

std::size_t index(tier t) {
  return static_cast<std::size_t>(t);
}

// Fewer values have no meaningful p99.
constexpr std::uint64_t lags_needed = 20;

} // namespace

// Runs one event of a listing's protocol and brings queues, timers and counters up to date with what it
// changed.
template <class Event>
void channel_push::change(slot s, time_point now, Event event) {
  auto& p = entries_[s].push;
  const before was{p.state(), p.uncertain(), p.needs_repeat(), p.last(), p.expected()};
  event(p, moment(now));
  settle(s, was, now);
}

// --- what is listed

channel_push::slot channel_push::put(listing content, const listing_push::stored* known, bool clean,
                                     time_point now) {
  const auto* found = by_id_.find(content.id);
  const bool added = found == nullptr;
  const auto s = added ? static_cast<slot>(entries_.size()) : *found;
  if (added) {
    by_id_[content.id] = s;
    auto& e = entries_.emplace_back();
    // The last process may have sent a write just before its end: it may land for as long as its answer would
    // have been awaited, and the settle time after that.
    const auto settles_at = now + limits::channel_request_timeout + terms_.push.settle;
    if (known != nullptr) e.push = listing_push::restore(*known, clean, settles_at);
    ++count_.by_state[index(e.push.state())];
    ++count_.by_tier[index(e.speed.current())];
    if (e.push.uncertain()) ++count_.uncertain;
    e.uncertain = e.push.uncertain();
  }
  auto& e = entries_[s];
  const bool moved = !added && e.content.sku != content.sku;
  if (moved) {
    auto& others = by_sku_[e.content.sku];
    others.erase(std::remove(others.begin(), others.end(), s), others.end());
    forget_number(s, now);
  }
  if (added || moved) by_sku_[content.sku].push_back(s);
  const bool changed = !added && !(e.content.rule == content.rule);
  e.content = std::move(content);
  if (changed || moved)
    ruled(s, now); // the store has made its publication uncertain in the same commit
  else if (e.number.known)
    renumber(s, now, now);
  return s;
}

// The listing stands for another SKU, whose number is yet to be told.
void channel_push::forget_number(slot s, time_point now) {
  auto& e = entries_[s];
  e.number = {};
  e.waiting = {};
  e.suspect_at = {};
  e.rechecking = false;
  wake_up(e);
  change(s, now, [](listing_push& p, const push_moment& at) { p.forget_number(at); });
  watch_brake(e);
}

void channel_push::reserve(std::size_t listings) {
  entries_.reserve(listings);
}

const channel_push::slot* channel_push::find(listing_id id) const {
  return by_id_.find(id);
}

std::span<const channel_push::slot> channel_push::slots_of(sku_id sku) const {
  const auto* found = by_sku_.find(sku);
  if (found == nullptr) return {};
  return {found->data(), found->size()};
}

// --- what happened

void channel_push::number(const engine::number& told, time_point committed_at, time_point now) {
  for (const auto s : slots_of(told.sku)) {
    auto& e = entries_[s];
    wake_up(e);
    if (!told.known && !e.number.known) continue; // without a number nothing is pushed, not even zero
    if (e.number.known && told.version < e.number.version)
      continue; // an older number never replaces a newer one
    e.number = told;
    if (!told.known) { // a bundle whose number is shown got a component that was never counted: none can be
                       // packed
      e.number.known = true;
      e.number.available = 0;
      e.number.detail.reset();
    }
    if (std::exchange(e.relisted, false)) { // whatever moved the SKU's number, here it is a person's change
      e.number.by_person = true;
      e.number.by_sale = false;
    }
    --count_.by_tier[index(e.speed.current())];
    ++count_.by_tier[index(e.speed.update(told.velocity, now))];
    if (!told.announced) pin(s); // the fact that made it may be long past: its publication says what waits
    renumber(s, committed_at, now);
  }
}

// The number may have changed for any cause: a fact, or the listing's rule.
void channel_push::renumber(slot s, time_point committed_at, time_point now) {
  auto& e = entries_[s];
  const bool first = !e.push.has_number();
  const bool replaces = e.waiting.due != time_point::max();
  const auto wanted = shown_number(e, now);
  set_deadline(e, wanted, committed_at, now);
  change(s, now, [&](listing_push& p, const push_moment& at) { p.number(wanted, e.number.version, at); });
  const bool knew_already = !first && e.push.state() == push_state::idle;
  count_.coalesced += (replaces ? 1U : 0U) + (knew_already ? 1U : 0U);
  watch_brake(e);
}

// A storm never postpones the number that waits: the deadline only comes nearer.
void channel_push::set_deadline(entry& e, quantity wanted, time_point committed_at, time_point now) const {
  const auto previous = e.push.has_number() ? e.push.wanted() : e.push.expected().value_or(0);
  const bool urgent =
      e.speed.current() == tier::real_time || is_urgent({.wanted = wanted,
                                                         .left = units_left(e),
                                                         .previous = previous,
                                                         .per_day = e.number.velocity.per_day(now),
                                                         .lag = lag_now(),
                                                         .by_person = e.number.by_person});
  const auto due = urgent ? now : now + interval_of(e.speed.current(), terms_.intervals);
  e.waiting.due = std::min(e.waiting.due, due);
  if (urgent && e.waiting.committed_at == time_point{}) e.waiting.committed_at = committed_at;
}

quantity channel_push::shown_number(const entry& e, time_point now) const {
  const auto whole = derive(e.content, e.number);
  if (terms_.push.compare_and_set) return whole;
  const auto per_day = e.number.velocity.per_day(now);
  return std::max<quantity>(0,
                            whole - thin_margin(units_left(e), per_day, lag_now(), terms_.push.signal_lag));
}

quantity channel_push::units_left(const entry& e) const {
  return published(e.number, {.account = e.content.account, .locations = rules_.locations, .rule = {}});
}

duration channel_push::lag_now() const {
  return lag_.counted() < lags_needed ? duration{limits::lag_assumed} : lag_.quantile(0.99);
}

void channel_push::sale(const own_sale& told, time_point now) {
  const auto slots = slots_of(told.sku);
  const bool known_which =
      slots.size() == 1; // orders name the SKU; with several listings nobody knows which sold
  for (const auto s : slots) {
    pin(s);
    change(s, now, [&](listing_push& p, const push_moment& at) {
      known_which ? p.own_sale(told.units, told.occurred_at, at) : p.doubt(at);
    });
  }
}

void channel_push::quarantine(sku_id sku, bool on, time_point now) {
  for (const auto s : slots_of(sku))
    change(s, now, [&](listing_push& p, const push_moment& at) { p.quarantine(on, at); });
}

void channel_push::release(slot s, time_point now) {
  if (entries_[s].push.state() != push_state::parked) return;
  say_uncertain(s, true);
  need(entries_[s]);
  change(s, now, [](listing_push& p, const push_moment& at) { p.release(at); });
}

void channel_push::orders_read(time_point began, time_point now) {
  orders_read_ = std::max(orders_read_, began);
  raises_ = true;
  std::vector<slot> settled;
  for (const auto& [since, s] : awaiting_orders_) {
    if (since + terms_.push.signal_lag > began) break;
    settled.push_back(s);
  }
  for (const auto s : settled)
    change(s, now, [&](listing_push& p, const push_moment& at) {
      p.orders_read(at);
      auto& e = entries_[s];
      e.rechecking = e.suspect_at != time_point{} && p.state() == push_state::idle && !e.rests;
      if (e.rechecking) p.look(at); // a sale would have told itself by now
    });
}

std::optional<time_point> channel_push::orders_wanted() const {
  if (awaiting_orders_.empty()) return std::nullopt;
  return awaiting_orders_.begin()->first + terms_.push.signal_lag;
}

// --- writes

std::vector<channel_push::write_row> channel_push::next_write(time_point now) {
  std::vector<write_row> batch;
  if (brake_.check(entries_.size(), now)) return batch;
  auto& first = apart_was_last_ ? together_ : apart_;
  auto& second = apart_was_last_ ? apart_ : together_;
  auto chosen = first.take(terms_.rows_per_write, raises_, now);
  const bool from_first = !chosen.empty();
  if (!from_first) chosen = second.take(terms_.rows_per_write, raises_, now);
  apart_was_last_ = (from_first ? &first : &second) == &apart_;
  batch.reserve(chosen.size());
  for (const auto s : chosen) {
    auto& e = entries_[s];
    e.sent = std::exchange(e.waiting, {});
    change(s, now, [&](listing_push& p, const push_moment& at) { batch.push_back({s, p.take_write(at)}); });
    if (batch.back().write.value == 0) brake_.sent_zero(e.content.id, now);
  }
  count_.rows_sent += batch.size();
  return batch;
}

std::optional<time_point> channel_push::next_write_at(time_point now) const {
  if (brake_.engaged()) return std::nullopt;
  const auto together = together_.leaves_at(terms_.rows_per_write, raises_, now);
  const auto apart = apart_.leaves_at(terms_.rows_per_write, raises_, now);
  if (!together || !apart) return together ? together : apart;
  return std::min(*together, *apart);
}

void channel_push::written(const write_row& row, verdict judged, std::string reason, time_point now) {
  auto& e = entries_[row.listing];
  if (judged == verdict::applied) {
    ++count_.rows_acknowledged;
    if (e.sent.committed_at != time_point{}) lag_.count(now - e.sent.committed_at);
  } else {
    // It has waited for its time already; and its lag goes on.
    e.waiting.due = now;
    if (e.sent.committed_at != time_point{}) e.waiting.committed_at = e.sent.committed_at;
  }
  e.sent = {};
  if (judged == verdict::stale) ++count_.stale;
  const auto counter = row.write.counter;
  change(row.listing, now, [&](listing_push& p, const push_moment& at) {
    switch (judged) {
    case verdict::applied: return p.applied(counter, at);
    case verdict::not_applied: return p.not_applied(counter, at);
    case verdict::stale: return p.stale(counter, at);
    case verdict::rejected: return p.rejected(counter, std::move(reason), at);
    case verdict::lost: return p.lost(counter, at);
    }
  });
}

void channel_push::flush(time_point now) {
  together_.flush(now);
  apart_.flush(now);
}

// --- reads and the sweep

std::vector<channel_push::slot> channel_push::next_read(time_point now) {
  std::vector<slot> batch;
  while (batch.size() < terms_.rows_per_read && !reads_.empty()) {
    batch.push_back(reads_.begin()->second);
    change(batch.back(), now, [](listing_push& p, const push_moment& at) { p.take_read(at); });
  }
  return batch;
}

void channel_push::read(slot s, quantity shown, time_point now) {
  auto& e = entries_[s];
  const auto expected = e.push.expected();
  if (e.rechecking && expected && *expected != shown) {
    drift_.push_back({s, shown, *expected}); // ended by settle_drift()
    return;
  }
  if (e.rechecking) e.suspect_at = {};
  change(s, now, [&](listing_push& p, const push_moment& at) { p.seen(shown, at); });
}

void channel_push::absent(slot s, std::string reason, time_point now) {
  change(s, now, [&](listing_push& p, const push_moment& at) { p.absent(std::move(reason), at); });
}

void channel_push::unread(slot s, time_point now) {
  change(s, now, [](listing_push& p, const push_moment& at) { p.unread(at); });
}

void channel_push::swept(slot s, quantity shown, time_point asked_at, time_point now) {
  bool explained = true;
  change(s, now, [&](listing_push& p, const push_moment& at) { explained = p.swept(shown, asked_at, at); });
  if (entries_[s].rechecking) return;
  entries_[s].suspect_at = explained ? time_point{} : now;
  if (!explained) need(entries_[s]); // should it be drift, only its number tells what to do
  set_timers(s, now);
}

void channel_push::settle_drift(const drift& found, bool repair, time_point now) {
  const auto units = found.shown - found.expected;
  count_.drift_units += static_cast<std::uint64_t>(units < 0 ? -units : units);
  change(found.listing, now,
         [&](listing_push& p, const push_moment& at) { p.drifted(found.shown, repair, at); });
  entries_[found.listing].suspect_at = {};
  set_timers(found.listing, now);
}

void channel_push::wake(time_point now) {
  while (!wakes_.empty() && wakes_.begin()->first <= now) {
    const auto s = wakes_.begin()->second;
    set_timer(wakes_, entries_[s].wake_at, std::nullopt, s);
    change(s, now, [](listing_push& p, const push_moment& at) { p.wake(at); });
  }
}

std::optional<time_point> channel_push::wakes_at() const {
  return wakes_.empty() ? std::nullopt : std::optional{wakes_.begin()->first};
}

std::vector<channel_push::slot> channel_push::take_changed() {
  for (const auto s : changed_)
    entries_[s].changed = false;
  return std::exchange(changed_, {});
}

std::optional<time_point> channel_push::behind_since() const {
  return behind_.empty() ? std::nullopt : std::optional{behind_.begin()->first};
}

std::size_t channel_push::pending() const {
  return in_state(push_state::waiting) + in_state(push_state::writing) + in_state(push_state::blind) +
         in_state(push_state::reading);
}

} // namespace lockstep::engine
