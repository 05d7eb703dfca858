// What happened to a SKU: the only thing that is stored, and the only thing that changes its state.
// A fact is flat so that a row of any store holds it. `units` is the change the fact makes; what it means per
// kind:
//
//   kind             units                       other members used
//   received         + on_hand, - incoming       location, note, reservation = supply it came with; nil: none, or
//                                                more than it had open, and incoming stays
//   adjusted         +- on_hand                  location, note (reason)
//   counted          +- on_hand (difference)     location, note, value = counted (or stated available),
//                                                expires_at = when it was observed; zero: at
//   safety_set       rule value                  value = safety_rule::kind
//   held             + reserved                  reservation, location, expires_at
//   confirmed        0                           reservation
//   released         units given back            reservation; fewer than it has open: it was confirmed in part
//   expired          units given back            reservation
//   ordered          + ordered of the line       reservation (line), location, value = cumulative ordered
//   cancelled        + cancelled of the line     reservation, value = cumulative cancelled as stated
//   cancelled_by_id  + cancelled by a refund id  reservation, value = sum of the units cancelled by ids
//   shipped          - on_hand, + shipped        reservation, location, value = cumulative shipped; negative
//                                                when a line that ships when sold is cancelled; 0 for what had
//                                                left before its account was connected
//   returned         + inspecting                reservation (line, announced return, or nil), location, note,
//                                                value = cumulative returned of a remembered line, else 0
//   restocked        inspecting -> on_hand       location, note, reservation (announced return, or nil)
//   scrapped         - inspecting                as restocked
//   oversold         units newly oversold        reservation (or nil), value = incident::kind; its version is the
//                                                incident's number
//   resolved         units of the incident       reservation (or nil), value = version of the incident, note
//   sent             on_hand -> in_transit       reservation (transfer), location, value = where to
//   arrived          in_transit -> on_hand       reservation (transfer), location
//   lost             - in_transit                reservation (transfer), note (reason)
//   announced        units that will come back   key = the return's id, reservation (line or nil), location, note
//   return_closed    announced units that will   reservation (return), note
//                    not come
//   expected         +- incoming                 reservation (supply), location, value = units expected in all,
//                                                expires_at = due
//   supply_closed    - incoming                  reservation (supply), value = incident::kind, note
//   supply_late      units outstanding when due  reservation (supply); opens an incident
//   extended         0                           reservation (hold), expires_at
//   allocated        reserved units that move    reservation, location = where to, value = where from
//   fenced           units kept for the account  account
//   below_zero       on_hand missing there       reservation (line that shipped), location; opens an incident
//
// A fact about a bundle's own order line has a `location` below `anywhere`: the revision of the composition (see
// bundle.hpp). It moves no stock: facts of the same transaction about the lines of its components do.
#pragma once

#include "engine/types.hpp"

#include <boost/container/small_vector.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace lockstep::engine {

// Numbers are stored: never change one, add at the end.
enum class fact_kind : std::uint8_t {
  received = 1,
  adjusted = 2,
  counted = 3,
  safety_set = 4,
  held = 5,
  confirmed = 6,
  released = 7,
  expired = 8,
  ordered = 9,
  cancelled = 10,
  cancelled_by_id = 11,
  shipped = 12,
  returned = 13,
  restocked = 14,
  scrapped = 15,
  oversold = 16,
  resolved = 17,
  sent = 18,
  arrived = 19,
  lost = 20,
  announced = 21,
  return_closed = 22,
  expected = 23,
  supply_closed = 24,
  supply_late = 25,
  extended = 26,
  allocated = 27,
  fenced = 28,
  below_zero = 29,
};

// Stable text for the API, the console and audits: the enumerator's own name.
[[nodiscard]] std::string_view to_string(fact_kind kind);

struct fact {
  engine::version version = 0;
  time_point at{}; // when it was decided
  fact_kind kind{};
  location_id location = main_location;
  account_id account{};
  quantity units = 0;
  quantity value = 0;
  quantity available = 0; // available of the SKU after this fact; for readers, evolve ignores it
  time_point expires_at{};
  uuid reservation{};
  uuid key{}; // business key that caused it; on the first fact of a decision only
  std::uint64_t content = 0;
  std::string reference{};
  std::string note{};
  friend bool operator==(const fact&, const fact&) = default;
};

// Nearly every decision is one or two facts.
using facts = boost::container::small_vector<fact, 1>;

} // namespace lockstep::engine
