// Order lines, and confirmed holds, which are lines of our own. Every message states cumulative values; the
// facts are the differences to what is recorded, so duplicates and any order of delivery end in the same
// place.
#include "engine/bundle.hpp"
#include "engine/draft.hpp"
#include "engine/limits.hpp"

#include <algorithm>

namespace lockstep::engine {
namespace {

bool is_cumulative(quantity value) {
  return value >= 0 && value <= limits::units_per_movement_max;
}

bool quantities_fit(const record_line& asked) {
  return is_cumulative(asked.ordered.value_or(0)) && is_cumulative(asked.cancelled.value_or(0)) &&
         is_cumulative(asked.shipped.value_or(0)) && is_cumulative(asked.cancelled_now);
}

reservation blank_line(const command& asked, location_id location) {
  reservation blank;
  blank.state = reservation::kind::order_line;
  blank.location = location;
  blank.account = asked.account;
  return blank;
}

// Units the line still takes from its shop: what it has sold.
quantity demand(const reservation& line) {
  return std::max<quantity>(0, line.ordered - line.cancelled_units());
}

// The line after the message. A lower cumulative value is old news. A line that ships when sold has always
// shipped what it demands: a cancel brings units back.
reservation told(reservation line, const record_line& asked) {
  line.ordered = std::max(line.ordered, asked.ordered.value_or(0));
  line.cancelled = std::max(line.cancelled, asked.cancelled.value_or(0));
  line.cancelled_by_id += asked.cancelled_now;
  line.shipped = asked.ships_when_sold ? demand(line) : std::max(line.shipped, asked.shipped.value_or(0));
  return line;
}

// Units that leave available when the line turns from `before` into `after`.
quantity taken(const reservation& before, const reservation& after) {
  return after.open() - before.open() + after.shipped - before.shipped;
}

bool cancels_what_has_left(const reservation& before, const reservation& after) {
  return after.cancelled_units() > before.cancelled_units() && after.cancelled_units() <= after.ordered &&
         after.cancelled_units() > after.ordered - before.shipped;
}

// More is cancelled and shipped than was ever ordered.
bool exceeds_ordered(const reservation& before, const reservation& after) {
  const bool raises = after.cancelled_units() > before.cancelled_units() || after.shipped > before.shipped;
  return raises && after.cancelled_units() + after.shipped > after.ordered;
}

bool line_fits(const draft& writing, const reservation& before, const reservation& after) {
  return after.cancelled_by_id <= limits::stock_max && writing.total_fits(before.shipped - after.shipped);
}

// Where the units that `after` has shipped more than `before` leave: from `location`, or (anywhere) from where
// they are promised, the line's own location first.
places leaving_from(const draft& writing, const uuid& id, const reservation& before, const reservation& after,
                    location_id location) {
  auto left = after.shipped - before.shipped;
  if (location != anywhere) return {{location, left}};
  if (writing.state.splits.empty()) return {{before.location, left}};
  auto at_home = before.open();
  for (const auto& each : writing.state.splits)
    if (each.reservation == id) at_home -= each.units;
  places from{{before.location, std::min(left, at_home)}};
  left -= from.own.units;
  for (const auto& each : writing.state.splits) {
    const auto units = std::min(left, each.units);
    if (each.reservation != id || units <= 0) continue;
    from.others.push_back({each.location, units});
    left -= units;
  }
  from.own.units += left;
  return from;
}

// A unit on a shelf is shipped by one member of a group only.
bool exceeds_on_hand(const draft& writing, const places& leaving) {
  const auto exceeds = [&](const placed& each) {
    auto there = writing.on_hand(each.location);
    for (const auto& other : writing.around.leaving)
      if (other.location == each.location) there -= other.units;
    return each.units > 0 && each.units > there;
  };
  return exceeds(leaving.own) || std::ranges::any_of(leaving.others, exceeds);
}

// Limits are for requests: what has happened is recorded beyond any of them.
refusal check_request(const draft& writing, const record_line& asked, const reservation* known,
                      const reservation& before, const reservation& after) {
  const auto units = taken(before, after);
  const auto free = writing.free_to_sell(asked.location, asked.sells_ahead);
  if (writing.forbids(units > 0 && units > free)) return refusal::insufficient_stock;
  if (!writing.has_location(asked.location)) return refusal::unknown_location;
  if (known == nullptr && after.ordered == 0) return refusal::unknown_reservation;
  if (before.state == reservation::kind::hold) return refusal::not_confirmed;
  if (writing.forbids(!asked.ships_when_sold && cancels_what_has_left(before, after)))
    return refusal::below_shipped;
  if (writing.forbids(exceeds_ordered(before, after))) return refusal::below_zero;
  if (writing.forbids(exceeds_on_hand(writing, leaving_from(writing, asked.line, before, after, asked.location))))
    return refusal::below_zero;
  if (after == before) return refusal::none;
  if (writing.forbids(!line_fits(writing, before, after))) return refusal::stock_limit;
  if (writing.forbids(known == nullptr && writing.reservations_full())) return refusal::too_many_reservations;
  return refusal::none;
}

// An order that may have had its line here, and nobody remembers it.
bool may_be_forgotten(const draft& writing) {
  const auto placed_at = writing.asked.occurred_at;
  return is_too_old(writing) || (placed_at != time_point{} && placed_at < writing.state.forgotten_to);
}

// A line that a cancel or return opened has not met its order: it does not prove that the order is
// remembered.
bool is_unknown(const reservation* known) {
  return known == nullptr || known->ordered == 0;
}

void write_shipped(draft& writing, const uuid& id, const reservation& before, const places& leaving) {
  auto shipped = before.shipped;
  const auto write = [&](const placed& each) {
    if (each.units == 0) return;
    shipped += each.units;
    writing.add(fact_kind::shipped, id, each.location, each.units).value = shipped;
    if (!is_composed(each.location)) writing.change_total(-each.units);
  };
  write(leaving.own);
  std::ranges::for_each(leaving.others, write);
}

void write_promise(draft& writing, const uuid& id, const reservation& before, const reservation& after) {
  const auto write = [&](fact_kind kind, quantity was, quantity is) {
    if (was != is) writing.add(kind, id, before.location, is - was).value = is;
  };
  write(fact_kind::ordered, before.ordered, after.ordered);
  write(fact_kind::cancelled, before.cancelled, after.cancelled);
  write(fact_kind::cancelled_by_id, before.cancelled_by_id, after.cancelled_by_id);
  if (!is_composed(before.location)) writing.change_reserved(after.open() - before.open());
}

void write_change(draft& writing, const uuid& id, const reservation& before, const reservation& after,
                  const places& leaving) {
  write_promise(writing, id, before, after);
  write_shipped(writing, id, before, leaving);
}

// A line as it stood when its account was connected: what it has shipped left before, and its sale is no
// news.
refusal take_over(draft& writing, const record_line& asked, const reservation& before,
                  const reservation& after) {
  if (after.open() == 0 && may_be_forgotten(writing)) return refusal::none;
  write_promise(writing, asked.line, before, after);
  if (after.shipped > 0) writing.add(fact_kind::shipped, asked.line, before.location, 0).value = after.shipped;
  return refusal::none;
}

} // namespace

refusal judge(draft& writing, const record_line& asked) {
  if (!quantities_fit(asked)) return refusal::invalid_quantity;
  if (!writing.texts_fit({})) return refusal::invalid_text;
  const auto* known = writing.find(asked.line);
  const auto where = known != nullptr ? places{{known->location, 0}}
                                      : place(writing, asked.location, asked.ordered.value_or(0));
  const auto before = known != nullptr ? *known : blank_line(writing.asked, where.own.location);
  const auto after = told(before, asked);
  if (asked.mode == line_mode::request) {
    const auto reason = check_request(writing, asked, known, before, after);
    if (reason != refusal::none) return reason;
  }
  if (before.state == reservation::kind::hold) return refusal::not_confirmed;
  if (after == before) return refusal::none;
  if (asked.found_open && known == nullptr) return take_over(writing, asked, before, after);
  if (writing.forbids(is_unknown(known) && may_be_forgotten(writing))) return refusal::older_than_window;
  if (writing.forbids(asked.cancelled_now > 0 && is_too_old(writing))) return refusal::older_than_window;

  write_change(writing, asked.line, before, after,
               leaving_from(writing, asked.line, before, after, asked.location));
  if (after.open() == after.ordered) write_splits(writing, asked.line, where);
  if (asked.mode == line_mode::fact) writing.set_sold(demand(after) - demand(before));
  return refusal::none;
}

refusal judge(draft& writing, const ship& asked) {
  if (!is_movement(asked.shipped)) return refusal::invalid_quantity;
  if (!writing.texts_fit({})) return refusal::invalid_text;
  const auto* known = writing.find(asked.reservation);
  if (known == nullptr) return refusal::unknown_reservation;
  if (asked.shipped <= known->shipped) return refusal::none;
  if (known->open() == 0) return refusal::reservation_closed;
  if (known->state == reservation::kind::hold) return refusal::not_confirmed;
  auto after = *known;
  after.shipped = asked.shipped;
  const auto leaving = leaving_from(writing, asked.reservation, *known, after, asked.location);
  const bool too_many = after.shipped - known->shipped > known->open() || exceeds_on_hand(writing, leaving);
  if (writing.forbids(too_many)) return refusal::below_zero;

  write_change(writing, asked.reservation, *known, after, leaving);
  return refusal::none;
}

} // namespace lockstep::engine
