// Stops an account's pushes when so many listings would go to zero at once that a mistake (a bad import, a
// wrong mapping) is likelier than an empty warehouse. Sales never count: a sold-out listing goes to zero
// whatever happens.
#pragma once

#include "engine/types.hpp"

#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

namespace lockstep::engine {

class brake {
 public:
  // The channel shows some of `which` and is to show none, by another cause than sales. Counts once however
  // often told.
  void going_to_zero(listing_id which);
  // Its number is above zero again, or the channel shows zero already: there is nothing to stop.
  void recovered(listing_id which);
  // Its zero has left: it counts for limits::brake_window more.
  void sent_zero(listing_id which, time_point now);

  // Asked before anything is pushed: engages when more than max(20, 5 %) of the account's `listings` count.
  bool check(std::size_t listings, time_point now);

  // True from then on until release().
  [[nodiscard]] bool engaged() const { return engaged_; }

  // A person looked: what is waiting may go, and counting starts anew.
  void release();

  // Listings that count at `now`.
  [[nodiscard]] std::size_t counted(time_point now);

 private:
  void forget_before(time_point now);

  boost::unordered_flat_map<listing_id, std::optional<time_point>>
      counted_;                                        // none: its zero has not left yet
  std::deque<std::pair<time_point, listing_id>> sent_; // oldest first, may hold outdated entries
  bool engaged_ = false;
};

} // namespace lockstep::engine
