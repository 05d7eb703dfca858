// Which listings go into the next write of an account. Ordered sets by due time and by risk: putting, taking
// and choosing a row cost O(log rows), never a walk over listings.
//
// A batch leaves when its oldest row is due, or when it is full (a channel that takes one row a call has no
// batch to fill: there a row waits for its time). Within it decreases come before increases, the likeliest
// oversell first, and every fourth row is the oldest one whatever its risk, so nothing starves; free places
// are filled with rows that are not due yet.
#pragma once

#include "engine/types.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace lockstep::engine {

class push_queue {
 public:
  // Index of a listing in its account; small and dense.
  using slot = std::uint32_t;

  enum class lane : std::uint8_t { lowering, raising };

  struct row {
    lane where = lane::lowering;
    time_point due{};
    double risk = 0; // larger goes first
  };

  // Adds the listing, or replaces what was said of it.
  void put(slot listing, const row& content);
  // Nothing when it does not wait.
  void erase(slot listing);

  // The rows of the next write, removed from the queue: at most `rows`, empty when none must leave yet.
  // `raises`: increases may leave.
  [[nodiscard]] std::vector<slot> take(std::size_t rows, bool raises, time_point now);
  // When take() gives a batch; nothing when that needs another event.
  [[nodiscard]] std::optional<time_point> leaves_at(std::size_t rows, bool raises, time_point now) const;

  // Everything that waits is due at `now`.
  void flush(time_point now);

  [[nodiscard]] std::size_t size() const { return rows_.size(); }

  // What was put; null when the listing does not wait.
  [[nodiscard]] const row* find(slot listing) const;

 private:
  using by_time = std::set<std::pair<time_point, slot>>;
  using by_risk = std::set<std::pair<double, slot>>; // negated: the riskiest first

  struct waiting {
    by_time later; // not due when last looked at
    by_time due;
    by_risk risky; // the due ones again

    [[nodiscard]] std::size_t size() const { return later.size() + due.size(); }

    [[nodiscard]] std::optional<time_point> oldest() const;
    [[nodiscard]] std::optional<slot> any() const; // the oldest, due or not
  };

  [[nodiscard]] const waiting& in(lane where) const { return lanes_[static_cast<std::size_t>(where)]; }

  [[nodiscard]] waiting& in(lane where) { return lanes_[static_cast<std::size_t>(where)]; }

  void collect_due(lane where, time_point now);
  [[nodiscard]] std::optional<slot> choose(bool raises);
  [[nodiscard]] std::optional<slot> choose_oldest(bool raises) const;

  std::array<waiting, 2> lanes_;
  boost::unordered_flat_map<slot, row> rows_;
  std::uint64_t chosen_ = 0; // rows so far, for the turn of the oldest
};

} // namespace lockstep::engine
