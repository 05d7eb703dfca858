#include "engine/codec.hpp"

#include "engine/bundle.hpp"
#include "engine/codec_bytes.hpp"
#include "engine/limits.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace lockstep::engine {
namespace {

constexpr std::uint8_t format_version = 3; // 1 ends with the incidents, 2 with what is past
constexpr std::size_t stock_bytes = 4 + 8 + 8;
constexpr std::size_t reservation_bytes = 16 + 1 + 4 + 4 + 8 * 8;
constexpr std::size_t incident_bytes = 8 + 16 + 8 + 8;

using codec::parser;
using codec::writer;

void write_reservation(writer& out, const uuid& id, const reservation& kept) {
  out.id(id);
  out.integer(static_cast<std::uint8_t>(kept.state));
  out.integer(static_cast<std::int32_t>(kept.location));
  out.integer(static_cast<std::int32_t>(kept.account));
  out.integer(kept.ordered);
  out.integer(kept.cancelled);
  out.integer(kept.cancelled_by_id);
  out.integer(kept.shipped);
  out.time(kept.expires_at);
  out.time(kept.touched_at);
  out.integer(kept.opened);
  out.integer(kept.returned);
}

// Ascending by the fact that opened them, so that equal states have equal bytes.
void write_reservations(writer& out, const sku_state& state) {
  using entry = std::pair<const uuid, reservation>;
  std::vector<const entry*> ordered;
  ordered.reserve(state.reservations.size());
  for (const auto& each : state.reservations)
    ordered.push_back(&each);
  std::ranges::sort(ordered, {}, [](const entry* each) { return each->second.opened; });
  out.size(ordered.size());
  for (const auto* each : ordered)
    write_reservation(out, each->first, each->second);
}

void parse_stock(parser& in, sku_state& state) {
  for (auto left = in.size(stock_bytes); left > 0 && in.ok(); --left) {
    stock_at place;
    place.location = static_cast<location_id>(in.integer<std::int32_t>());
    place.on_hand = in.units(-codec::quantity_max);
    place.reserved = in.units();
    in.require(state.stock.empty() || state.stock.back().location < place.location);
    state.stock.push_back(place);
  }
}

void parse_safety(parser& in, sku_state& state) {
  const auto mode = in.integer<std::uint8_t>();
  in.require(mode <= static_cast<std::uint8_t>(safety_rule::kind::dynamic));
  state.safety.mode = static_cast<safety_rule::kind>(mode);
  state.safety.value = in.units();
}

void parse_velocity(parser& in, sku_state& state) {
  const auto weight = std::bit_cast<double>(in.integer<std::uint64_t>());
  in.require(std::isfinite(weight) && weight >= 0);
  state.velocity = velocity::restore(weight, in.time());
}

reservation parse_reservation(parser& in) {
  reservation kept;
  const auto kind = in.integer<std::uint8_t>();
  in.require(kind <= static_cast<std::uint8_t>(reservation::kind::order_line));
  kept.state = static_cast<reservation::kind>(kind);
  kept.location = static_cast<location_id>(in.integer<std::int32_t>());
  kept.account = static_cast<account_id>(in.integer<std::int32_t>());
  kept.ordered = in.units();
  kept.cancelled = in.units();
  kept.cancelled_by_id = in.units();
  kept.shipped = in.units();
  kept.expires_at = in.time();
  kept.touched_at = in.time();
  kept.opened = in.integer<std::int64_t>();
  kept.returned = in.units();
  in.require(kept.state == reservation::kind::order_line || kept.open() > 0);
  return kept;
}

void parse_reservations(parser& in, sku_state& state) {
  const auto count = in.size(reservation_bytes);
  state.reservations.reserve(count);
  version last_opened = 0;
  for (auto left = count; left > 0 && in.ok(); --left) {
    const auto id = in.id();
    const auto kept = parse_reservation(in);
    in.require(kept.opened > last_opened && kept.opened <= state.version);
    last_opened = kept.opened;
    in.require(state.reservations.emplace(id, kept).second);
  }
}

void parse_incidents(parser& in, sku_state& state) {
  for (auto left = in.size(incident_bytes); left > 0 && in.ok(); --left) {
    incident open;
    open.opened = in.integer<std::int64_t>();
    open.line = in.id();
    open.units = in.units(1);
    open.since = in.time();
    in.require(open.opened > 0 && open.opened <= state.version);
    in.require(state.incidents.empty() || state.incidents.back().opened < open.opened);
    state.incidents.push_back(open);
  }
}

void parse_past(parser& in, sku_state& state) {
  state.forgotten_to = in.time();
  state.moved_by_sale = in.flag();
}

// What is promised from each location must be what its reservations have open.
bool reserved_agrees(const sku_state& state) {
  auto left = state.stock;
  const auto take = [&](location_id location, quantity units) {
    const auto place = std::ranges::lower_bound(left, location, {}, &stock_at::location);
    if (place == left.end() || place->location != location) return false;
    place->reserved -= units;
    return true;
  };
  boost::unordered_flat_map<uuid, quantity, boost::hash<uuid>> elsewhere;
  for (const auto& each : state.splits) {
    elsewhere[each.reservation] += each.units;
    if (!state.reservations.contains(each.reservation) || !take(each.location, each.units)) return false;
  }
  for (const auto& [id, kept] : state.reservations) {
    if (is_composed(kept.location)) continue;
    const auto split = elsewhere.find(id);
    const auto at_home = kept.open() - (split == elsewhere.end() ? 0 : split->second);
    if (at_home < 0 || !take(kept.location, at_home)) return false;
  }
  return std::ranges::all_of(left, [](const stock_at& place) { return place.reserved == 0; });
}

void derive(sku_state& state) {
  for (const auto& open : state.incidents)
    if (open.is_shortage()) state.incident_units += open.units;
  std::vector<std::pair<time_point, uuid>> closed;
  for (const auto& [id, kept] : state.reservations) {
    if (kept.open() > 0) {
      ++state.open_reservations;
    } else {
      closed.emplace_back(kept.touched_at, id);
    }
    if (kept.state == reservation::kind::hold) state.expiries.emplace_back(kept.expires_at, id);
  }
  std::ranges::sort(closed);
  state.closed_lines.assign(closed.begin(), closed.end());
  std::ranges::make_heap(state.expiries, std::greater{});
}

error corrupt(const char* what) {
  return make_error(error_code::corrupt,
                    std::string{"snapshot: "} + what + "; remove it to recover from the facts");
}

} // namespace

std::string encode_snapshot(const sku_state& state) {
  writer out;
  out.reserve(128 + state.reservations.size() * reservation_bytes + state.incidents.size() * incident_bytes);
  out.integer(format_version);
  out.integer(state.version);
  out.time(state.last_at);
  out.size(state.stock.size());
  for (const auto& place : state.stock) {
    out.integer(static_cast<std::int32_t>(place.location));
    out.integer(place.on_hand);
    out.integer(place.reserved);
  }
  out.integer(state.inspecting);
  out.integer(static_cast<std::uint8_t>(state.safety.mode));
  out.integer(state.safety.value);
  out.integer(static_cast<std::uint8_t>(state.has_number));
  out.integer(std::bit_cast<std::uint64_t>(state.velocity.weight()));
  out.time(state.velocity.as_of());
  write_reservations(out, state);
  out.size(state.incidents.size());
  for (const auto& open : state.incidents) {
    out.integer(open.opened);
    out.id(open.line);
    out.integer(open.units);
    out.time(open.since);
  }
  out.time(state.forgotten_to);
  out.integer(static_cast<std::uint8_t>(state.moved_by_sale));
  codec::write_matters(out, state);
  return out.take();
}

result<sku_state> decode_snapshot(std::string_view bytes, duration retention) {
  parser in{bytes};
  const auto format = in.integer<std::uint8_t>();
  if (!in.ok() || format == 0) return corrupt("no format version");
  if (format > format_version) {
    return make_error(error_code::too_new, "snapshot: written by a newer program; update this one");
  }
  sku_state state;
  state.retention = retention;
  state.version = in.integer<std::int64_t>();
  in.require(state.version >= 0 && state.version <= codec::version_max);
  state.last_at = in.time();
  parse_stock(in, state);
  state.inspecting = in.units(-codec::quantity_max);
  parse_safety(in, state);
  state.has_number = in.flag();
  parse_velocity(in, state);
  parse_reservations(in, state);
  parse_incidents(in, state);
  if (format > 1) parse_past(in, state);
  if (format > 2)
    codec::parse_matters(in, state);
  else
    state.movements_from = state.last_at + std::chrono::seconds{1}; // nothing is known of what moved before
  if (!in.ok()) return corrupt("cut short or with impossible values");
  if (!in.at_end()) return corrupt("longer than its content");
  if (!reserved_agrees(state)) return corrupt("reservations and reserved units disagree");
  derive(state);
  return state;
}

} // namespace lockstep::engine
