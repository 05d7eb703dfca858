#include "engine/listing_push.hpp"

#include "engine/assertion.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lockstep::engine {

namespace {

using state = push_state;
using event = push_event;

struct transition {
  state from;
  event on;
  state to;
};

constexpr transition table[] = {
    // Nothing to tell until a judgement says so.
    {state::idle, event::differs, state::waiting},
    {state::idle, event::agrees, state::idle},
    {state::idle, event::doubted, state::blind},
    // One pending value: a newer number takes its place, and may make it needless or doubtful.
    {state::waiting, event::differs, state::waiting},
    {state::waiting, event::agrees, state::idle},
    {state::waiting, event::doubted, state::blind},
    {state::waiting, event::sent, state::writing},
    // At most one request in flight: a newer number waits for the answer, which is judged again afterwards.
    {state::writing, event::differs, state::writing},
    {state::writing, event::agrees, state::writing},
    {state::writing, event::doubted, state::writing},
    {state::writing, event::applied, state::idle},
    {state::writing, event::not_applied, state::idle},
    {state::writing, event::stale, state::blind},
    {state::writing, event::rejected, state::parked},
    {state::writing, event::lost, state::idle},
    // Only zero may be written unread.
    {state::blind, event::differs, state::waiting},
    {state::blind, event::agrees, state::idle},
    {state::blind, event::doubted, state::blind},
    {state::blind, event::asked, state::reading},
    {state::reading, event::differs, state::reading},
    {state::reading, event::agrees, state::reading},
    {state::reading, event::doubted, state::reading},
    {state::reading, event::seen, state::idle},
    {state::reading, event::absent, state::parked},
    {state::reading, event::unread, state::blind},
    // Numbers go on being kept; nothing leaves before a person releases the listing.
    {state::parked, event::differs, state::parked},
    {state::parked, event::agrees, state::parked},
    {state::parked, event::doubted, state::parked},
    {state::parked, event::released, state::idle},
};

using row = std::array<std::optional<state>, push_events>;

constexpr std::array<row, push_states> by_pair = [] {
  std::array<row, push_states> pairs{};
  for (const auto& t : table)
    pairs[static_cast<std::size_t>(t.from)][static_cast<std::size_t>(t.on)] = t.to;
  return pairs;
}();

} // namespace

std::string_view to_string(push_state s) {
  constexpr std::string_view names[] = {"idle", "waiting", "writing", "blind", "reading", "parked"};
  return names[static_cast<std::size_t>(s)];
}

std::string_view to_string(push_event e) {
  constexpr std::string_view names[] = {"differs", "agrees",      "doubted", "sent",     "asked",
                                        "applied", "not_applied", "stale",   "rejected", "lost",
                                        "seen",    "absent",      "unread",  "released"};
  return names[static_cast<std::size_t>(e)];
}

std::optional<push_state> next_state(push_state from, push_event on) {
  return by_pair[static_cast<std::size_t>(from)][static_cast<std::size_t>(on)];
}

listing_push listing_push::restore(stored known, bool clean, time_point settles_at) {
  listing_push made;
  made.last_ = known.last;
  made.counter_ = known.last.counter;
  made.written_at_ = known.last.at;
  if (known.last.counter > 0) made.expected_ = known.expected;
  made.doubtful_ = !clean || known.uncertain;
  made.uncertain_ = made.must_look_ = made.repeat_ = known.uncertain;
  made.crashed_ = !clean;
  made.settles_at_ = settles_at;
  if (!known.parked.empty()) {
    made.state_ = state::parked;
    made.parked_because_ = std::move(known.parked);
  }
  return made;
}

// --- causes of a new number
// -------------------------------------------------------------------------------------

void listing_push::number(quantity published, version of, const push_moment& at) {
  const bool first = !std::exchange(has_number_, true);
  // After a crash nobody knows what left after the last acknowledgement, and it may still land: the number is
  // sent by version, though it be equal, and read back.
  if (std::exchange(crashed_, false) && of > last_.version) repeat_ = uncertain_ = true;
  if (first || published != wanted_ || of != version_) ++counter_;
  if (published != wanted_) left_alone_ = false;
  wanted_ = published;
  version_ = of;
  if (overwrote_at_ + at.terms.signal_lag <= at.orders_read) overwrote_at_ = {};
  if (overwrote_at_ != time_point{} && wanted_ > held_back_) {
    held_back_ = wanted_;
    held_since_ = overwrote_at_;
  }
  judge(at);
}

void listing_push::forget_number(const push_moment& at) {
  listing_push fresh;
  if (state_ == state::writing || state_ == state::reading) fresh.state_ = state_;
  fresh.counter_ = counter_;
  fresh.request_ = request_;
  fresh.request_.of = 0;
  fresh.last_ = last_;
  fresh.last_.version = 0;
  fresh.written_at_ = written_at_;
  fresh.overwrote_at_ = overwrote_at_;
  fresh.uncertain_ = uncertain_;
  fresh.crashed_ = crashed_;
  fresh.settles_at_ = settles_at_;
  fresh.must_look_ = fresh.repeat_ = true;
  *this = std::move(fresh);
  judge(at);
}

void listing_push::own_sale(quantity units, time_point occurred_at, const push_moment& at) {
  // Units held back were missing from the shown number already when they were found: what was sold a signal
  // lag later is not among them, and of what was sold about then only another checked write can tell.
  const bool found_missing = occurred_at <= held_since_ + at.terms.signal_lag;
  const auto announced = found_missing ? std::clamp<quantity>(units, 0, held_back_) : 0;
  held_back_ -= announced;
  if (announced > 0) repeat_ = true;
  const auto moved = units - announced;
  if (expected_) *expected_ -= moved;
  const bool in_flight = state_ == state::writing || state_ == state::reading;
  if (in_flight) request_.told_sold += moved;
  if (state_ == state::writing) request_.sale_told = true;
  if (uncertain_ && lost_value_) *lost_value_ -= moved;
  const bool near_last = occurred_at <= last_.at + at.terms.signal_lag;
  if (state_ == state::writing || uncertain_ || near_last) repeat_ = true;
  sale_told_at_ = at.now;
  judge(at);
}

void listing_push::doubt(const push_moment& at) {
  doubtful_ = must_look_ = true;
  sale_told_at_ = at.now;
  request_.doubted = true;
  judge(at);
}

void listing_push::look(const push_moment& at) {
  must_look_ = true;
  judge(at);
}

void listing_push::orders_read(const push_moment& at) {
  if (held_back_ > 0 && held_since_ + at.terms.signal_lag <= at.orders_read) held_back_ = 0;
  judge(at);
}

void listing_push::wake(const push_moment& at) {
  judge(at);
}

void listing_push::quarantine(bool on, const push_moment& at) {
  quarantined_ = on;
  judge(at);
}

void listing_push::release(const push_moment& at) {
  if (state_ != state::parked) return;
  move(event::released);
  parked_because_.clear();
  must_look_ = true; // whoever repaired the listing has changed what it shows
  doubtful_ = true;
  judge(at);
}

// --- the sweep
// ----------------------------------------------------------------------------------------------------

bool listing_push::swept(quantity shown, time_point asked_at, const push_moment& at) {
  const bool busy = state_ == state::writing || state_ == state::reading || state_ == state::parked;
  // Perhaps the echo of our own write, or older than a sale that is known by now.
  if (busy || written_at_ >= asked_at || sale_told_at_ >= asked_at) return true;
  if (!expected_ || must_look_ || doubtful_) {
    view(shown, asked_at, at);
    judge(at);
    return true;
  }
  if (shown == *expected_) {
    viewed_at_ = asked_at;
    return true;
  }
  return state_ != state::idle || held_back_ > 0 || uncertain_; // under way anyhow: the protocol settles it
}

void listing_push::drifted(quantity shown, bool repair, const push_moment& at) {
  if (state_ != state::reading) return;
  move(event::seen);
  rebase(shown, request_.at);
  left_alone_ = !repair;
  judge(at);
}

// --- requests and answers
// -----------------------------------------------------------------------------------------

push_write listing_push::take_write(const push_moment& at) {
  ensure(state_ == state::waiting, "only a waiting number is sent", static_cast<std::int64_t>(state_));
  ensure(has_number_, "a SKU without a number is never pushed");
  move(event::sent);
  // Each write is a publication of its own, so that its answer is told from the answer of an earlier try.
  counter_ = std::max(counter_, std::max(last_.counter, request_.counter) + 1);
  request_ = {.counter = counter_, .of = version_, .value = value(), .at = at.now};
  const bool checked = at.terms.compare_and_set && request_.value != 0;
  if (at.terms.compare_and_set && !checked) overwrite(at);
  return {request_.counter, request_.value, checked ? expected_ : std::nullopt};
}

void listing_push::take_read(const push_moment& at) {
  ensure(state_ == state::blind, "only a listing in doubt is read", static_cast<std::int64_t>(state_));
  move(event::asked);
  request_ = {.counter = request_.counter, .at = at.now};
}

bool listing_push::answers(std::int64_t counter) const {
  return state_ == state::writing && counter == request_.counter;
}

void listing_push::applied(std::int64_t counter, const push_moment& at) {
  if (!answers(counter) || counter <= last_.counter) return; // late: what is known is newer
  move(event::applied);
  last_ = {counter, request_.of, request_.value, at.now};
  written_at_ = at.now;
  if (at.terms.compare_and_set && request_.value == 0) overwrite(at);
  expected_ = request_.value - request_.told_sold;
  repeat_ = request_.sale_told;
  doubtful_ = must_look_ = apart_ = false;
  if (!uncertain_) lost_value_.reset();
  judge(at);
}

void listing_push::not_applied(std::int64_t counter, const push_moment& at) {
  if (!answers(counter)) return;
  move(event::not_applied);
  judge(at);
}

void listing_push::stale(std::int64_t counter, const push_moment& at) {
  if (!answers(counter)) return;
  move(event::stale);
  must_look_ = apart_ = true;
  judge(at);
}

void listing_push::rejected(std::int64_t counter, std::string reason, const push_moment& at) {
  if (!answers(counter)) return;
  move(event::rejected);
  parked_because_ = std::move(reason);
  judge(at);
}

void listing_push::lost(std::int64_t counter, const push_moment& at) {
  if (!answers(counter)) return;
  move(event::lost);
  uncertain_ = repeat_ = true;
  must_look_ = must_look_ || at.terms.compare_and_set; // the next write needs to know from what it writes
  lost_value_ = request_.value - request_.told_sold;
  settles_at_ = at.now + at.terms.settle;
  written_at_ = at.now;
  if (at.terms.compare_and_set && request_.value == 0) overwrite(at);
  judge(at);
}

void listing_push::seen(quantity shown, const push_moment& at) {
  if (state_ != state::reading) return;
  move(event::seen);
  // The read may be older than a sale that was told while it ran.
  if (expected_ && request_.told_sold > 0 && shown == *expected_ + request_.told_sold) shown = *expected_;
  view(shown, request_.at, at);
  if (request_.doubted) doubtful_ = must_look_ = true; // what was read may be older than that sale
  judge(at);
}

void listing_push::view(quantity shown, time_point asked_at, const push_moment& at) {
  hold_back(unseen(shown), at);
  if (uncertain_ && asked_at >= settles_at_) {
    uncertain_ = false;
    lost_value_.reset();
  }
  rebase(shown, asked_at);
  doubtful_ = false;
}

// What is expected starts from the number read, which may have sales in it that were not told yet.
void listing_push::rebase(quantity shown, time_point asked_at) {
  last_.at = asked_at;
  expected_ = shown;
  viewed_at_ = asked_at;
  must_look_ = false;
}

void listing_push::absent(std::string reason, const push_moment& at) {
  if (state_ != state::reading) return;
  move(event::absent);
  parked_because_ = std::move(reason);
  judge(at);
}

void listing_push::unread(const push_moment& at) {
  if (state_ != state::reading) return;
  move(event::unread);
  judge(at);
}

// --- judgement
// ----------------------------------------------------------------------------------------------------

quantity listing_push::value() const {
  return std::max<quantity>(0, wanted_ - held_back_);
}

// Units that are missing from the shown number without an order that explains them.
quantity listing_push::unseen(quantity shown) const {
  // Without a number to rely on, everything above the shown one may have been sold meanwhile.
  if (!expected_ || doubtful_) return has_number_ ? std::max<quantity>(0, wanted_ - held_back_ - shown) : 0;
  const auto& landed = lost_value_;
  if (shown == *expected_ || (landed && shown == *landed)) return 0;
  // A lost write leaves two numbers to start from: the nearest above the shown one is the likelier.
  quantity from = *expected_;
  if (landed && *landed > shown && (*expected_ < shown || *landed < *expected_)) from = *landed;
  return std::max<quantity>(0, from - shown);
}

void listing_push::hold_back(quantity units, const push_moment& at) {
  if (units == 0) return;
  held_back_ += units;
  held_since_ = at.now;
}

// An unchecked zero hides what was sold before it: everything above zero is held back until a poll that began
// later.
void listing_push::overwrite(const push_moment& at) {
  overwrote_at_ = at.now;
  if (held_back_ > 0) held_since_ = at.now;
}

// A read or an order poll that began after the last write was answered: what is expected can be relied on for
// a raise.
bool listing_push::viewed_since_write(const push_moment& at) const {
  const auto last_view = std::max(viewed_at_, at.orders_read);
  return last_view != time_point{} && last_view >= written_at_;
}

push_event listing_push::judged(const push_moment& at) const {
  if (!has_number_ || quarantined_) return event::agrees;
  const auto target = value();
  const bool settled = expected_ == target && !repeat_;
  if (target == 0 && !settled) return event::differs; // zero is always allowed, unchecked
  if (must_look_ || !expected_) return event::doubted;
  if (uncertain_ && at.now >= settles_at_) return event::doubted;
  if (settled) return event::agrees;
  if (left_alone_) return event::agrees;
  if (target > *expected_ && !at.terms.compare_and_set && !viewed_since_write(at)) return event::doubted;
  return event::differs;
}

void listing_push::judge(const push_moment& at) {
  move(judged(at));
  if (last_.counter == 0) acknowledge_unwritten();
}

// At first contact the channel showed what it should: nothing will be written that could be acknowledged, and
// the next process needs to know all the same.
void listing_push::acknowledge_unwritten() {
  const bool judgeable = has_number_ && !quarantined_ && state_ == state::idle;
  const bool certain = !uncertain_ && !repeat_ && held_back_ == 0;
  if (judgeable && certain && expected_ == wanted_) last_ = {counter_, version_, wanted_, viewed_at_};
}

// An unlisted pair is an answer that came too late to matter.
void listing_push::move(push_event on) {
  if (const auto next = next_state(state_, on)) state_ = *next;
}

} // namespace lockstep::engine
