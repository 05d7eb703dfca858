// Everything one account pushes: its listings' protocols, their tiers, the queue, the brake, the measured
// lag. Pure; the channel actor hosts it and carries the requests. A changed number costs O(log listings);
// nothing walks them all.
//
// The account sends what next_write() and next_read() give, and tells each row's answer back with the row
// itself.
//
// A start must not ask every SKU for its number. So every listing is, at any time, one of these:
//
//   settled    its channel shows what the facts up to told_to() make of it, and nothing of ours may still land
//   pinned     a fact made its number: told_to() stays before that fact
//   uncertain  its publication says that it cannot be relied on: whatever else must still be done
//   parked     its publication says that
//
// What is recorded together, publications and then told_to(), is enough for the next process: only SKUs with
// facts after told_to(), and those of listings without a publication to rely on, tell their numbers. The other
// listings rest: what is known is what they show, and a number is asked for when one is needed.
#pragma once

#include "engine/brake.hpp"
#include "engine/catalogue.hpp"
#include "engine/id_table.hpp"
#include "engine/latency.hpp"
#include "engine/listing_push.hpp"
#include "engine/number.hpp"
#include "engine/publishing.hpp"
#include "engine/push_queue.hpp"
#include "engine/tier.hpp"

#include <boost/container/small_vector.hpp>

#include <array>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace lockstep::engine {

struct channel_terms {
  push_terms push;
  std::size_t rows_per_write = 1;
  std::size_t rows_per_read = 1;
  tier_intervals intervals;
};

class channel_push {
 public:
  using slot = push_queue::slot;

  struct write_row {
    slot listing = 0;
    push_write write;
  };

  // How the channel judged a row of a write, see push_event.
  enum class verdict : std::uint8_t { applied, not_applied, stale, rejected, lost };

  // A number on the channel that no sale of its own and no write of ours explains.
  struct drift {
    slot listing = 0;
    quantity shown = 0;
    quantity expected = 0;
  };

  struct counters {
    std::uint64_t rows_sent = 0;
    std::uint64_t rows_acknowledged = 0;
    std::uint64_t coalesced = 0; // numbers replaced before they were sent, or that the channel knew already
    std::uint64_t stale = 0;
    std::uint64_t drift_units = 0;
    std::array<std::size_t, push_states> by_state{};
    std::array<std::size_t, 3> by_tier{};
    std::size_t uncertain = 0;
    std::size_t resting = 0;
  };

  explicit channel_push(channel_terms terms) : terms_(terms) {}

  // --- what is listed
  // Adds a listing, or takes over its new SKU and rule: a person's change. `known`: what the store has of it;
  // `clean`: see listing_push::restore.
  slot put(listing content, const listing_push::stored* known, bool clean, time_point now);
  // The account has other rules: a person's change of every listing that shows another number by them.
  void rule(account_rules rules, time_point now);

  [[nodiscard]] const account_rules& rules() const { return rules_; }

  // The product's tags from now on: a person's change, as above.
  void tag(sku_id sku, std::vector<std::string> tags, time_point now);
  // How the listing's number comes about. `steps`: see engine/publishing.hpp.
  [[nodiscard]] quantity derive(slot s, const engine::number& from,
                                std::vector<published_step>* steps = nullptr) const {
    return derive(entries_[s].content, from, steps);
  }

  // Its publication is settled: its number was not told, and is not needed before something asks.
  void rest(slot s);

  [[nodiscard]] bool rests(slot s) const { return entries_[s].rests; }

  void reserve(std::size_t listings);
  [[nodiscard]] const slot* find(listing_id id) const;

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

  [[nodiscard]] const listing& content(slot s) const { return entries_[s].content; }

  [[nodiscard]] const listing_push& protocol(slot s) const { return entries_[s].push; }

  [[nodiscard]] std::span<const slot> slots_of(sku_id sku) const;

  [[nodiscard]] tier tier_of(slot s) const { return entries_[s].speed.current(); }

  // By when the number that waits must leave; max(): none does.
  [[nodiscard]] time_point due_at(slot s) const { return entries_[s].waiting.due; }

  // The number as last told; `known` is false before the first.
  [[nodiscard]] const engine::number& number_of(slot s) const { return entries_[s].number; }

  // --- what happened
  void number(const engine::number& told, time_point committed_at, time_point now);
  // Before the number of the same commit.
  void sale(const own_sale& told, time_point now);
  void quarantine(sku_id sku, bool on, time_point now);
  void release(slot s, time_point now);
  // Every number that facts up to then made was told. Called after them.
  void heard(time_point facts_to) { heard_to_ = std::max(heard_to_, facts_to); }

  // An order poll that began at `began` is complete and all it told is durable and known here: increases may
  // leave.
  void orders_read(time_point began, time_point now);

  // Orders may have been missed: no increase leaves before the next orders_read().
  void orders_missed() { raises_ = false; }

  [[nodiscard]] bool raises_allowed() const { return raises_; }

  // A poll that begins then would free units held back; nothing when none are.
  [[nodiscard]] std::optional<time_point> orders_wanted() const;

  // --- writes and reads
  [[nodiscard]] std::vector<write_row> next_write(time_point now);
  void written(const write_row& row, verdict judged, std::string reason, time_point now);
  [[nodiscard]] std::vector<slot> next_read(time_point now);
  void read(slot s, quantity shown, time_point now);
  void absent(slot s, std::string reason, time_point now);
  void unread(slot s, time_point now);
  // When next_write() gives something; nothing when that needs another event.
  [[nodiscard]] std::optional<time_point> next_write_at(time_point now) const;

  [[nodiscard]] bool wants_read() const { return !reads_.empty(); }

  // Must be called at wakes_at(): read-backs become due.
  void wake(time_point now);
  [[nodiscard]] std::optional<time_point> wakes_at() const;
  // Everything that waits leaves as soon as it may.
  void flush(time_point now);

  // --- the sweep
  // A page asked for at `asked_at` shows this number. A mismatch is read again when a sale would have told
  // itself.
  void swept(slot s, quantity shown, time_point asked_at, time_point now);

  // Drift confirmed since the last call; each must be ended by settle_drift().
  [[nodiscard]] std::vector<drift> take_drift() { return std::exchange(drift_, {}); }

  void settle_drift(const drift& found, bool repair, time_point now);

  // --- the brake
  [[nodiscard]] bool braked() const { return brake_.engaged(); }

  void release_brake() { brake_.release(); }

  // Listings whose acknowledged publication changed since the last call, each once.
  [[nodiscard]] std::vector<slot> take_changed();

  // Whether its publication can be relied on by the next process without the number of its SKU.
  [[nodiscard]] bool says_uncertain(slot s) const { return entries_[s].uncertain; }

  // Facts up to then are settled, or a publication says what is not. A listing that has been waiting
  // since before `oldest` becomes uncertain, so that one that waits for ever does not hold everything up: to be
  // called before take_changed().
  [[nodiscard]] time_point told_to(time_point oldest);

  // SKUs of resting listings whose numbers are needed now.
  [[nodiscard]] std::vector<sku_id> take_needed() { return std::exchange(needed_, {}); }

  [[nodiscard]] bool has_changed() const { return !changed_.empty(); }

  [[nodiscard]] const counters& count() const { return count_; }

  // Numbers whose acknowledgement is missing.
  [[nodiscard]] std::size_t pending() const;

  [[nodiscard]] std::size_t in_state(push_state state) const {
    return count_.by_state[static_cast<std::size_t>(state)];
  }

  // Since when the listing that waits longest for its acknowledgement has been behind; nothing when none is.
  [[nodiscard]] std::optional<time_point> behind_since() const;

  // From commit to acknowledgement, of numbers that were due at once.
  [[nodiscard]] const latency& lag() const { return lag_; }

  // From a sale anywhere to the acknowledged push here, 99 times in 100: the channel that sold tells it, and then the
  // number leaves.
  [[nodiscard]] duration sale_to_shown() const { return lag_now() + terms_.push.signal_lag; }

 private:
  // By when a number must leave, and since when it is durable.
  struct deadline {
    time_point due = time_point::max();
    time_point committed_at{}; // of the oldest number in it that was due at once; zero: none was
  };

  struct entry {
    listing content;
    listing_push push;
    tier_class speed;
    engine::number number;
    deadline waiting;                   // of the number that has not left
    deadline sent;                      // of the one in flight
    time_point suspect_at{};            // the sweep saw a mismatch then; zero: none
    std::optional<time_point> wake_at;  // its place in wakes_
    std::optional<time_point> read_due; // its place in reads_
    std::optional<time_point> since;    // its place in awaiting_orders_
    std::optional<time_point> behind;   // its place in behind_
    std::optional<time_point> pin;      // its place in pins_
    bool rechecking = false;            // read again because of suspect_at
    bool relisted = false;              // a person changed it, and no number was told since
    bool changed = false;
    bool uncertain = false; // as its publication is to say
    bool rests = false;
  };

  // What the protocol looked like before an event, so that settle() finds what the event changed.
  struct before {
    push_state state;
    bool uncertain;
    bool repeat;
    acknowledgement last;
    std::optional<quantity> expected;
  };

  using timers = std::set<std::pair<time_point, slot>>;

  [[nodiscard]] push_moment moment(time_point now) const { return {terms_.push, now, orders_read_}; }

  [[nodiscard]] duration lag_now() const;
  [[nodiscard]] quantity shown_number(const entry& e, time_point now) const;
  // For this account, before any rule; no less than zero.
  [[nodiscard]] quantity units_left(const entry& e) const;
  [[nodiscard]] effective_rule rule_of(const listing& content) const;
  [[nodiscard]] quantity derive(const listing& content, const engine::number& from,
                                std::vector<published_step>* steps = nullptr) const;
  void ruled(slot s, time_point now);
  void forget_number(slot s, time_point now);
  void renumber(slot s, time_point committed_at, time_point now);
  void set_deadline(entry& e, quantity wanted, time_point committed_at, time_point now) const;
  template <class Event>
  void change(slot s, time_point now, Event event);
  void settle(slot s, const before& was, time_point now);
  void enqueue(slot s, time_point now);
  void watch_brake(const entry& e);
  void pin(slot s);
  void judge_uncertain(slot s);
  void say_uncertain(slot s, bool uncertain);
  void wake_up(entry& e);
  void need(const entry& e);
  void set_timers(slot s, time_point now);
  static void set_timer(timers& in, std::optional<time_point>& place, std::optional<time_point> at, slot s);
  void mark_changed(slot s);

  channel_terms terms_;
  account_rules rules_;
  boost::unordered_flat_map<sku_id, std::vector<std::string>> tags_; // of the products that have some
  std::vector<entry> entries_;
  id_table<listing_id, slot> by_id_;
  id_table<sku_id, boost::container::small_vector<slot, 1>> by_sku_;
  push_queue together_;
  push_queue apart_; // rows that were stale: one of them makes the channel refuse a whole batch
  bool apart_was_last_ = false;
  timers reads_;           // blind listings, the one in doubt for longest first
  timers wakes_;           // uncertain listings by the time they are read back
  timers awaiting_orders_; // listings that an order poll begun a signal lag later will settle
  timers behind_;          // listings whose number is not acknowledged, by when that began
  timers pins_;            // listings that hold told_to() before a fact
  time_point heard_to_{};
  std::vector<sku_id> needed_;
  std::vector<slot> changed_;
  std::vector<drift> drift_;
  brake brake_;
  latency lag_;
  time_point orders_read_{};
  bool raises_ = false;
  counters count_;
};

} // namespace lockstep::engine
