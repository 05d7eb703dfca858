// Transfers, returns, supplies, fences, splits and recent movements of a snapshot.
#include "engine/codec_bytes.hpp"

namespace lockstep::engine::codec {
namespace {

constexpr std::size_t split_bytes = 16 + 4 + 8;
constexpr std::size_t transfer_bytes = 16 + 4 + 4 + 8 + 8;
constexpr std::size_t return_bytes = 16 + 16 + 4 + 4 + 4 * 8;
constexpr std::size_t supply_bytes = 16 + 4 + 8 + 8 + 8 + 1 + 8;
constexpr std::size_t fence_bytes = 4 + 8 + 8;
constexpr std::size_t movement_bytes = 8 + 4 + 8 + 8;

void write_open(writer& out, const sku_state& state) {
  for (const auto& place : state.stock)
    out.time(place.observed_at);
  for (const auto& open : state.incidents) {
    out.integer(static_cast<std::uint8_t>(open.cause));
    out.place(open.location);
  }
  out.size(state.splits.size());
  for (const auto& each : state.splits) {
    out.id(each.reservation);
    out.place(each.location);
    out.integer(each.units);
  }
  out.size(state.transfers.size());
  for (const auto& each : state.transfers) {
    out.id(each.id);
    out.place(each.from);
    out.place(each.to);
    out.integer(each.open);
    out.integer(each.opened);
  }
  out.size(state.returns.size());
  for (const auto& each : state.returns) {
    out.id(each.id);
    out.id(each.line);
    out.place(each.location);
    out.integer(static_cast<std::int32_t>(each.account));
    out.integer(each.announced);
    out.integer(each.arrived);
    out.integer(each.inspected);
    out.integer(each.opened);
  }
  out.size(state.supplies.size());
  for (const auto& each : state.supplies) {
    out.id(each.id);
    out.place(each.location);
    out.integer(each.expected);
    out.integer(each.arrived);
    out.time(each.due);
    out.integer(static_cast<std::uint8_t>(each.late));
    out.integer(each.opened);
  }
}

void write_rest(writer& out, const sku_state& state) {
  out.size(state.fences.size());
  for (const auto& each : state.fences) {
    out.integer(static_cast<std::int32_t>(each.account));
    out.integer(each.units);
    out.integer(each.taken);
  }
  const auto recent = recent_movements(state);
  out.time(observable_from(state));
  out.size(recent.size());
  for (const auto& each : recent) {
    out.time(each.second);
    out.place(each.location);
    out.integer(each.on_hand);
    out.integer(each.reserved);
  }
}

// `parse` reads one and its version, which ascends.
template <class Matter, class Parse>
void parse_matters(parser& in, const sku_state& state, std::vector<Matter>& into, std::size_t bytes, Parse parse) {
  for (auto left = in.size(bytes); left > 0 && in.ok(); --left) {
    Matter open;
    parse(open);
    open.opened = in.integer<std::int64_t>();
    in.require(open.opened > (into.empty() ? 0 : into.back().opened) && open.opened <= state.version);
    into.push_back(open);
  }
}

void parse_open(parser& in, sku_state& state) {
  for (auto& place : state.stock)
    place.observed_at = in.time();
  for (auto& open : state.incidents) {
    const auto cause = in.integer<std::uint8_t>();
    in.require(cause <= static_cast<std::uint8_t>(incident::kind::below_zero));
    open.cause = static_cast<incident::kind>(cause);
    open.location = in.place();
  }
  for (auto left = in.size(split_bytes); left > 0 && in.ok(); --left) {
    const auto id = in.id();
    const auto location = in.place();
    state.splits.push_back({id, location, in.units(1)});
  }
  parse_matters(in, state, state.transfers, transfer_bytes, [&](transfer& each) {
    each.id = in.id();
    each.from = in.place();
    each.to = in.place();
    each.open = in.units(1);
  });
  parse_matters(in, state, state.returns, return_bytes, [&](return_case& each) {
    each.id = in.id();
    each.line = in.id();
    each.location = in.place();
    each.account = static_cast<account_id>(in.integer<std::int32_t>());
    each.announced = in.units();
    each.arrived = in.units();
    each.inspected = in.units();
  });
  parse_matters(in, state, state.supplies, supply_bytes, [&](supply& each) {
    each.id = in.id();
    each.location = in.place();
    each.expected = in.units();
    each.arrived = in.units();
    each.due = in.time();
    each.late = in.flag();
  });
}

void parse_rest(parser& in, sku_state& state) {
  for (auto left = in.size(fence_bytes); left > 0 && in.ok(); --left) {
    fenced_units each;
    each.account = static_cast<account_id>(in.integer<std::int32_t>());
    each.units = in.units(1);
    each.taken = in.units(-quantity_max);
    in.require(state.fences.empty() || state.fences.back().account < each.account);
    state.fences.push_back(each);
  }
  state.movements_from = in.time();
  const auto count = in.size(movement_bytes);
  in.require(count <= limits::movements_per_sku_max);
  state.movements.reserve(in.ok() ? count : 0);
  for (auto left = count; left > 0 && in.ok(); --left) {
    movement each;
    each.second = in.time();
    each.location = in.place();
    each.on_hand = in.units(-quantity_max);
    each.reserved = in.units(-quantity_max);
    in.require(state.movements.empty() || state.movements.back().second <= each.second);
    state.movements.push_back(each);
  }
  in.require(recent_movements(state).size() == count && observable_from(state) == state.movements_from);
}

} // namespace

void write_matters(writer& out, const sku_state& state) {
  write_open(out, state);
  write_rest(out, state);
}

void parse_matters(parser& in, sku_state& state) {
  parse_open(in, state);
  parse_rest(in, state);
}

} // namespace lockstep::engine::codec
