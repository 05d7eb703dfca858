// The push protocol of one listing: what its channel is known to show, what it should show, and what may be
// sent next. Pure; moved by events and `now`. The channel sells too and tells us later, so nothing here takes
// the channel's number for granted:
//
//   expected   last acknowledged or read number minus the channel's own sales recorded since: what it should
//              be showing
//   held back  units the channel seems to have sold without having told us yet: they are not offered again
//              until their orders arrive or an order poll that began later disproves them
//
// The states, and the events that lead from one to the next, are a table in listing_push.cpp;
// docs/outbound.md prints it.
#pragma once

#include "engine/types.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep::engine {

enum class push_state : std::uint8_t {
  idle,    // the channel shows what it should, as far as we know
  waiting, // a number waits for its batch; a newer one replaces it
  writing, // a write is in flight; a newer number waits for its answer
  blind,   // what the channel shows must be read before anything but zero is written
  reading, // a read is in flight
  parked,  // the channel refuses this listing for good; a person must look
};
inline constexpr std::size_t push_states = 6;

enum class push_event : std::uint8_t {
  differs,     // judged: the channel must be told
  agrees,      // judged: nothing to tell
  doubted,     // judged: it must be read first
  sent,        // a write left
  asked,       // a read left
  applied,     // the write was acknowledged
  not_applied, // the write was not done: innocent row of a refused batch, throttled, channel unwell
  stale,       // compare-and-set refused: the channel shows another number than expected
  rejected,    // refused for good
  lost,        // nobody knows whether the write was done
  seen,        // the read told a number
  absent,      // the read told that there is none: not tracked, not stocked, deleted
  unread,      // the read failed
  released,    // a person unparked the listing
};
inline constexpr std::size_t push_events = 14;

[[nodiscard]] std::string_view to_string(push_state state);
[[nodiscard]] std::string_view to_string(push_event event);

// Next state, or nothing for a pair that cannot come (a late answer); such an event is ignored.
[[nodiscard]] std::optional<push_state> next_state(push_state from, push_event on);

// How the account's channel behaves.
struct push_terms {
  bool compare_and_set = false; // it refuses a write whose expected number is stale
  duration settle{};            // a write may still land this long after its answer was lost
  duration signal_lag{};        // how late it usually tells a sale
};

// What every event needs to know of the moment.
struct push_moment {
  const push_terms& terms;
  time_point now;
  time_point orders_read; // when the last complete order poll began; zero before the first
};

// Last acknowledged publication.
struct acknowledgement {
  std::int64_t counter = 0;
  engine::version version = 0; // of the SKU whose number it was
  quantity value = 0;          // as sent
  // When it was acknowledged, or a read since left. What is expected starts from then: nobody knows whether a
  // sale made before or about then is in it.
  time_point at{};
  friend bool operator==(const acknowledgement&, const acknowledgement&) = default;
};

// One listing's part of a write.
struct push_write {
  std::int64_t counter = 0; // publication
  quantity value = 0;
  std::optional<quantity> expected; // none: unchecked
};

class listing_push {
 public:
  listing_push() = default;

  // What the store knows of a listing. `clean`: the last process ended by a drain, so `expected` can be
  // relied on.
  struct stored {
    acknowledgement last;
    quantity expected = 0;
    bool uncertain = false;
    std::string parked;
  };

  // `settles_at`: when a write that the last process sent can no longer land.
  static listing_push restore(stored known, bool clean, time_point settles_at);

  // The number to show is `published`, because of the SKU's fact `of`. Any cause takes the next publication.
  void number(quantity published, version of, const push_moment& at);
  // The listing stands for another SKU from now on: there is no number to show until number() tells one, and
  // what the channel shows was another SKU's. Publications go on counting, and a request in flight is
  // awaited.
  void forget_number(const push_moment& at);
  // The channel itself sold `units` (negative: took them back) and told it now.
  void own_sale(quantity units, time_point occurred_at, const push_moment& at);
  // The channel sold units of this SKU, nobody knows whether through this listing: what it shows must be
  // read.
  void doubt(const push_moment& at);
  // An order poll that began at `at.orders_read` is complete: held-back units it did not show were never
  // sold.
  void orders_read(const push_moment& at);
  // Time passed: a read-back may be due.
  void wake(const push_moment& at);
  // A page of the sweep, asked for at `asked_at`, shows a number. False when nothing explains it so far: it
  // may be drift.
  [[nodiscard]] bool swept(quantity shown, time_point asked_at, const push_moment& at);
  // Ends a read like seen(), when no sale explains what it shows: nothing is held back. `repair`: it is to be
  // corrected; else it stays until the next cause of a new number.
  void drifted(quantity shown, bool repair, const push_moment& at);
  // Must be read before the next write.
  void look(const push_moment& at);
  // While quarantined a SKU's listings are not pushed.
  void quarantine(bool on, const push_moment& at);
  // A person says: try again.
  void release(const push_moment& at);

  // The write that leaves now. Only in state `waiting` (asserted).
  [[nodiscard]] push_write take_write(const push_moment& at);
  // A read leaves now. Only in state `blind` (asserted).
  void take_read(const push_moment& at);

  // Answers of the write with that publication; an answer of another one is late and ignored.
  void applied(std::int64_t counter, const push_moment& at);
  void not_applied(std::int64_t counter, const push_moment& at);
  void stale(std::int64_t counter, const push_moment& at);
  void rejected(std::int64_t counter, std::string reason, const push_moment& at);
  void lost(std::int64_t counter, const push_moment& at);
  // Answers of the read.
  void seen(quantity shown, const push_moment& at);
  void absent(std::string reason, const push_moment& at);
  void unread(const push_moment& at);

  [[nodiscard]] push_state state() const { return state_; }

  [[nodiscard]] const acknowledgement& last() const { return last_; }

  [[nodiscard]] std::int64_t counter() const { return counter_; }

  [[nodiscard]] bool has_number() const { return has_number_; }

  [[nodiscard]] quantity wanted() const { return wanted_; } // published number

  [[nodiscard]] quantity value() const; // wanted less the units held back

  [[nodiscard]] std::optional<quantity> expected() const { return expected_; }

  [[nodiscard]] quantity held_back() const { return held_back_; }

  [[nodiscard]] time_point held_since() const { return held_since_; }

  [[nodiscard]] bool uncertain() const { return uncertain_; }

  [[nodiscard]] bool needs_repeat() const { return repeat_; } // to be sent again though equal

  [[nodiscard]] time_point settles_at() const { return settles_at_; } // meaningful while uncertain

  [[nodiscard]] bool travels_apart() const { return apart_; } // was stale: not in a batch with others

  [[nodiscard]] bool raises() const { return !expected_ || value() > *expected_; }

  [[nodiscard]] const std::string& parked_because() const { return parked_because_; }

 private:
  struct request {
    std::int64_t counter = 0;
    version of = 0;
    quantity value = 0;
    quantity told_sold = 0; // own sales told while it was in flight
    bool sale_told = false;
    bool doubted = false; // see doubt(); while it was in flight
    time_point at{};
  };

  void move(push_event on);
  void judge(const push_moment& at);
  void acknowledge_unwritten();
  [[nodiscard]] push_event judged(const push_moment& at) const;
  [[nodiscard]] bool viewed_since_write(const push_moment& at) const;
  [[nodiscard]] bool answers(std::int64_t counter) const;
  [[nodiscard]] quantity unseen(quantity shown) const;
  void hold_back(quantity units, const push_moment& at);
  void overwrite(const push_moment& at);
  void view(quantity shown, time_point asked_at, const push_moment& at);
  void rebase(quantity shown, time_point asked_at);

  push_state state_ = push_state::idle;
  bool has_number_ = false;
  bool quarantined_ = false;
  bool repeat_ = false;     // the present number must be sent (again) though it equals what is expected
  bool uncertain_ = false;  // a lost write may still land; read back at settles_at_
  bool must_look_ = false;  // read before the next write
  bool doubtful_ = false;   // expected_ is of a process that crashed, or of an unknown share of sales
  bool crashed_ = false;    // nobody knows what the last process sent; until the first number
  bool left_alone_ = false; // drift a person is asked about
  bool apart_ = false;
  quantity wanted_ = 0;
  version version_ = 0;
  std::int64_t counter_ = 0;
  std::optional<quantity> expected_;
  quantity held_back_ = 0;
  time_point held_since_{};
  std::optional<quantity> lost_value_; // what the channel shows if the lost write landed
  time_point settles_at_{};
  time_point
      overwrote_at_{}; // an unchecked zero may have hidden sales: nothing is raised before a newer order poll
  time_point viewed_at_{};    // when the last answered read left
  time_point written_at_{};   // last write's answer, or its loss
  time_point sale_told_at_{}; // when the last sale of its own, or perhaps of its own, was told
  acknowledgement last_;
  request request_;
  std::string parked_because_;
};

} // namespace lockstep::engine
