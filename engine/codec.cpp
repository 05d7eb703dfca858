#include "engine/codec.hpp"

#include "engine/limits.hpp"

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

constexpr std::uint8_t format_version = 2; // 1 ends with the incidents
// No sum of stored quantities comes near the edge of 64 bits while each stays below this (a thousand times
// stock_max).
constexpr quantity quantity_max = 1'000 * limits::stock_max;
// A thousand facts a second for thirty thousand years.
constexpr version version_max = 1'000'000'000'000'000;
// Year 6400: far from the edge when a retention is added or taken away.
constexpr std::int64_t microseconds_max = 140'000'000'000'000'000;

constexpr std::size_t stock_bytes = 4 + 8 + 8;
constexpr std::size_t reservation_bytes = 16 + 1 + 4 + 4 + 8 * 8;
constexpr std::size_t incident_bytes = 8 + 16 + 8 + 8;

class writer {
 public:
  template <class Integer>
  void integer(Integer value) {
    const auto bits = static_cast<std::uint64_t>(value);
    std::array<char, sizeof value> little{};
    for (std::size_t i = 0; i < sizeof value; ++i)
      little[i] = static_cast<char>(bits >> (8 * i) & 0xff);
    bytes_.append(little.data(), little.size());
  }

  void time(time_point at) { integer(at.time_since_epoch().count()); }

  void id(const uuid& value) {
    std::array<char, 16> bytes{};
    std::ranges::transform(value, bytes.begin(), [](std::uint8_t byte) { return static_cast<char>(byte); });
    bytes_.append(bytes.data(), bytes.size());
  }

  void size(std::size_t count) { integer(static_cast<std::uint32_t>(count)); }

  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }

  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads until the first thing wrong; from then on everything reads as zero and ok() is false.
class parser {
 public:
  explicit parser(std::string_view bytes) : bytes_(bytes) {}

  template <class Integer>
  Integer integer() {
    if (!take_bytes(sizeof(Integer))) return {};
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < sizeof(Integer); ++i) {
      bits |= static_cast<std::uint64_t>(static_cast<unsigned char>(taken_[i])) << (8 * i);
    }
    return static_cast<Integer>(bits);
  }

  quantity units(quantity lowest = 0) {
    const auto value = integer<std::int64_t>();
    require(value >= lowest && value <= quantity_max);
    return ok_ ? value : 0;
  }

  time_point time() {
    const auto value = integer<std::int64_t>();
    require(value >= -microseconds_max && value <= microseconds_max);
    return time_point{duration{ok_ ? value : 0}};
  }

  bool flag() {
    const auto value = integer<std::uint8_t>();
    require(value <= 1);
    return value == 1;
  }

  uuid id() {
    uuid value{};
    if (take_bytes(value.size())) {
      std::ranges::transform(taken_, value.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
    }
    return value;
  }

  // A count of things of which each takes `bytes_each`: never more than the rest of the text can hold.
  std::size_t size(std::size_t bytes_each) {
    const std::size_t count = integer<std::uint32_t>();
    require(count <= bytes_.size() / bytes_each);
    return ok_ ? count : 0;
  }

  void require(bool holds) { ok_ = ok_ && holds; }

  [[nodiscard]] bool ok() const { return ok_; }

  [[nodiscard]] bool at_end() const { return bytes_.empty(); }

 private:
  bool take_bytes(std::size_t count) {
    require(count <= bytes_.size());
    if (!ok_) return false;
    taken_ = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return true;
  }

  std::string_view bytes_;
  std::string_view taken_;
  bool ok_ = true;
};

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
    place.on_hand = in.units(-quantity_max);
    place.reserved = in.units();
    in.require(state.stock.empty() || state.stock.back().location < place.location);
    state.stock.push_back(place);
  }
}

void parse_safety(parser& in, sku_state& state) {
  const auto mode = in.integer<std::uint8_t>();
  in.require(mode <= static_cast<std::uint8_t>(safety_rule::kind::percent));
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
  for (const auto& [id, kept] : state.reservations) {
    const auto place = std::ranges::lower_bound(left, kept.location, {}, &stock_at::location);
    if (place == left.end() || place->location != kept.location) return false;
    place->reserved -= kept.open();
  }
  return std::ranges::all_of(left, [](const stock_at& place) { return place.reserved == 0; });
}

void derive(sku_state& state) {
  for (const auto& open : state.incidents)
    state.incident_units += open.units;
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
  in.require(state.version >= 0 && state.version <= version_max);
  state.last_at = in.time();
  parse_stock(in, state);
  state.inspecting = in.units(-quantity_max);
  parse_safety(in, state);
  state.has_number = in.flag();
  parse_velocity(in, state);
  parse_reservations(in, state);
  parse_incidents(in, state);
  if (format > 1) parse_past(in, state);
  if (!in.ok()) return corrupt("cut short or with impossible values");
  if (!in.at_end()) return corrupt("longer than its content");
  if (!reserved_agrees(state)) return corrupt("reservations and reserved units disagree");
  derive(state);
  return state;
}

} // namespace lockstep::engine
