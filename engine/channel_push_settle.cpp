// What follows every event of a listing: its place in the queues, its timers, the counts.
#include "engine/channel_push.hpp"

#include <algorithm>
#include <utility>

namespace lockstep::engine {

namespace {

std::size_t index(push_state s) {
  return static_cast<std::size_t>(s);
}

} // namespace

void channel_push::settle(slot s, const before& was, time_point now) {
  auto& e = entries_[s];
  const auto state = e.push.state();
  --count_.by_state[index(was.state)];
  ++count_.by_state[index(state)];
  if (was.uncertain) --count_.uncertain;
  if (e.push.uncertain()) ++count_.uncertain;
  if (state == push_state::idle) e.waiting = {};
  if (state != push_state::blind && state != push_state::reading) e.rechecking = false;
  if (state != push_state::idle && !e.rechecking)
    e.suspect_at = {}; // under way anyhow: the protocol settles it
  judge_uncertain(s);
  enqueue(s, now);
  set_timers(s, now);
  const bool known_changed = was.last != e.push.last() || was.expected != e.push.expected() ||
                             was.uncertain != e.push.uncertain() || was.repeat != e.push.needs_repeat();
  const bool parking = (was.state == push_state::parked) != (state == push_state::parked);
  if (parking || (known_changed && e.push.last().counter > 0)) mark_changed(s);
  if (was.expected != e.push.expected()) watch_brake(e);
}

void channel_push::enqueue(slot s, time_point now) {
  auto& e = entries_[s];
  together_.erase(s);
  apart_.erase(s);
  if (e.push.state() != push_state::waiting) return;
  // No new number, or in doubt what the last write did: the number must be sent again, and has waited
  // already.
  if (e.waiting.due == time_point::max() || e.push.needs_repeat())
    e.waiting.due = std::min(e.waiting.due, now);
  const auto value = e.push.value();
  const auto per_day = e.number.velocity.per_day(now);
  const bool raises = value > 0 && e.push.raises();
  const auto risk =
      raises ? per_day : oversell_risk(e.push.expected().value_or(value + 1), value, per_day, lag_now());
  auto& queue = e.push.travels_apart() ? apart_ : together_;
  queue.put(s, {raises ? push_queue::lane::raising : push_queue::lane::lowering, e.waiting.due, risk});
}

void channel_push::watch_brake(const entry& e) {
  const auto& p = e.push;
  const bool shows_some = p.expected().value_or(1) > 0 && p.state() != push_state::parked;
  if (!p.has_number() || p.wanted() > 0 || !shows_some) return brake_.recovered(e.content.id);
  if (!e.number.by_sale) brake_.going_to_zero(e.content.id);
}

void channel_push::set_timers(slot s, time_point now) {
  auto& e = entries_[s];
  const auto& p = e.push;
  const bool settles = p.uncertain() && p.settles_at() > now;
  set_timer(wakes_, e.wake_at, settles ? std::optional{p.settles_at()} : std::nullopt, s);
  const bool behind = p.has_number() && p.state() != push_state::idle && p.state() != push_state::parked;
  set_timer(behind_, e.behind, behind ? std::optional{e.behind.value_or(now)} : std::nullopt, s);
  const bool blind = p.state() == push_state::blind;
  set_timer(reads_, e.read_due, blind ? std::optional{e.read_due.value_or(now)} : std::nullopt, s);
  std::optional<time_point> since;
  if (e.suspect_at != time_point{}) since = e.suspect_at;
  if (p.held_back() > 0) since = p.held_since();
  set_timer(awaiting_orders_, e.since, since, s);
}

void channel_push::set_timer(timers& in, std::optional<time_point>& place, std::optional<time_point> at,
                             slot s) {
  if (place == at) return;
  if (place) in.erase({*place, s});
  if (at) in.emplace(*at, s);
  place = at;
}

// --- what the next process must know
// ----------------------------------------------------------------------------------------

// A fact is about to be told: nothing that it makes is settled yet.
void channel_push::pin(slot s) {
  auto& e = entries_[s];
  if (!e.pin && !e.uncertain) set_timer(pins_, e.pin, heard_to_, s);
}

// What is not settled either waits for a number that a fact made, or its publication must say so: the fact
// that made its number may be long past.
void channel_push::judge_uncertain(slot s) {
  auto& e = entries_[s];
  const auto& p = e.push;
  const bool waits = p.has_number() && p.state() != push_state::idle && p.state() != push_state::parked;
  // Drift that is left alone is in no fact either.
  const bool differs = p.has_number() && p.state() == push_state::idle && p.expected() != p.value();
  const bool doubted = p.uncertain() || p.needs_repeat() || p.held_back() > 0 || differs;
  if (doubted || (waits && !e.pin))
    say_uncertain(s, true);
  else if (!waits && p.has_number())
    say_uncertain(s, false);
  if (!waits || e.uncertain) set_timer(pins_, e.pin, std::nullopt, s);
}

// A listing without a publication tells its number at every start anyhow.
void channel_push::say_uncertain(slot s, bool uncertain) {
  auto& e = entries_[s];
  if (std::exchange(e.uncertain, uncertain) != uncertain && e.push.last().counter > 0) mark_changed(s);
}

time_point channel_push::told_to(time_point oldest) {
  while (!pins_.empty()) {
    const auto s = pins_.begin()->second;
    if (entries_[s].behind.value_or(oldest) >= oldest) break;
    say_uncertain(s, true);
    set_timer(pins_, entries_[s].pin, std::nullopt, s);
  }
  return pins_.empty() ? heard_to_ : pins_.begin()->first;
}

void channel_push::rest(slot s) {
  auto& e = entries_[s];
  if (!std::exchange(e.rests, true)) ++count_.resting;
}

void channel_push::wake_up(entry& e) {
  if (std::exchange(e.rests, false)) --count_.resting;
}

void channel_push::need(const entry& e) {
  if (e.rests) needed_.push_back(e.content.sku);
}

void channel_push::mark_changed(slot s) {
  if (std::exchange(entries_[s].changed, true)) return;
  changed_.push_back(s);
}

} // namespace lockstep::engine
