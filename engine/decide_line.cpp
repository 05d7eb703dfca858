// Order lines, and confirmed holds, which are lines of our own. Every message states cumulative values; the
// facts are the differences to what is recorded, so duplicates and any order of delivery end in the same
// place.
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

// Limits are for requests: what has happened is recorded beyond any of them.
refusal check_request(const draft& writing, const record_line& asked, const reservation* known,
                      const reservation& before, const reservation& after) {
  const auto units = taken(before, after);
  if (writing.forbids(units > 0 && units > writing.free())) return refusal::insufficient_stock;
  if (!writing.has_location(asked.location)) return refusal::unknown_location;
  if (known == nullptr && after.ordered == 0) return refusal::unknown_reservation;
  if (before.state == reservation::kind::hold) return refusal::not_confirmed;
  if (writing.forbids(!asked.ships_when_sold && cancels_what_has_left(before, after)))
    return refusal::below_shipped;
  if (writing.forbids(exceeds_ordered(before, after))) return refusal::below_zero;
  const auto leaving = after.shipped - before.shipped;
  if (writing.forbids(leaving > 0 && leaving > writing.on_hand(asked.location))) return refusal::below_zero;
  if (after == before) return refusal::none;
  if (writing.forbids(!line_fits(writing, before, after))) return refusal::stock_limit;
  if (writing.forbids(known == nullptr && writing.reservations_full())) return refusal::too_many_reservations;
  return refusal::none;
}

// Older than its key is remembered: a repeat cannot be told from news.
bool is_too_old(const draft& writing) {
  const auto occurred_at = writing.asked.occurred_at;
  return occurred_at != time_point{} && occurred_at < writing.around.now - writing.state.retention;
}

// The same of an order that may have had its line here.
bool may_be_forgotten(const draft& writing) {
  const auto placed_at = writing.asked.occurred_at;
  return is_too_old(writing) || (placed_at != time_point{} && placed_at < writing.state.forgotten_to);
}

// A line that a cancel or return opened has not met its order: it does not prove that the order is
// remembered.
bool is_unknown(const reservation* known) {
  return known == nullptr || known->ordered == 0;
}

// `left_from`: where shipped units were taken. `leaves`: those the message ships leave now.
void write_change(draft& writing, const uuid& id, location_id left_from, const reservation& before,
                  const reservation& after, bool leaves = true) {
  const auto write = [&](fact_kind kind, location_id location, quantity was, quantity is) {
    if (was != is) writing.add(kind, id, location, is - was).value = is;
  };

  write(fact_kind::ordered, before.location, before.ordered, after.ordered);
  write(fact_kind::cancelled, before.location, before.cancelled, after.cancelled);
  write(fact_kind::cancelled_by_id, before.location, before.cancelled_by_id, after.cancelled_by_id);
  writing.change_reserved(after.open() - before.open());
  if (leaves) {
    write(fact_kind::shipped, left_from, before.shipped, after.shipped);
    writing.change_total(before.shipped - after.shipped);
  } else if (after.shipped > 0) {
    writing.add(fact_kind::shipped, id, left_from, 0).value = after.shipped;
  }
}

// A line as it stood when its account was connected: what it has shipped left before, and its sale is no
// news.
refusal take_over(draft& writing, const record_line& asked, const reservation& before,
                  const reservation& after) {
  if (after.open() > 0 || !may_be_forgotten(writing))
    write_change(writing, asked.line, asked.location, before, after, false);
  return refusal::none;
}

} // namespace

refusal judge(draft& writing, const record_line& asked) {
  if (!quantities_fit(asked)) return refusal::invalid_quantity;
  if (!writing.texts_fit({})) return refusal::invalid_text;
  const auto* known = writing.find(asked.line);
  const auto before = known != nullptr ? *known : blank_line(writing.asked, asked.location);
  const auto after = told(before, asked);
  if (asked.mode == line_mode::request) {
    const auto reason = check_request(writing, asked, known, before, after);
    if (reason != refusal::none) return reason;
  }
  if (before.state == reservation::kind::hold) return refusal::not_confirmed;
  if (after == before) return refusal::none;
  if (asked.found_open && known == nullptr) return take_over(writing, asked, before, after);
  if (is_unknown(known) && may_be_forgotten(writing)) return refusal::older_than_window;
  if (asked.cancelled_now > 0 && is_too_old(writing)) return refusal::older_than_window;

  write_change(writing, asked.line, asked.location, before, after);
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
  const auto leaving = asked.shipped - known->shipped;
  if (writing.forbids(leaving > known->open() || leaving > writing.on_hand(known->location))) {
    return refusal::below_zero;
  }

  auto after = *known;
  after.shipped = asked.shipped;
  write_change(writing, asked.reservation, known->location, *known, after);
  return refusal::none;
}

refusal judge(draft& writing, const take_return& asked) {
  if (!is_movement(asked.units)) return refusal::invalid_quantity;
  if (!writing.texts_fit(asked.note)) return refusal::invalid_text;
  if (is_too_old(writing)) return refusal::older_than_window;

  const auto* known = asked.line.is_nil() ? nullptr : writing.find(asked.line);
  const bool opens = !asked.line.is_nil() && writing.asked.occurred_at != time_point{};
  auto& returned = writing.add(fact_kind::returned, asked.line, asked.location, asked.units);
  returned.note = asked.note;
  if (known != nullptr || opens) returned.value = (known != nullptr ? known->returned : 0) + asked.units;
  return refusal::none;
}

} // namespace lockstep::engine
