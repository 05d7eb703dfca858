#include "app/demo/ledger.hpp"

#include "engine/decide.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

namespace lockstep::app::demo {

using engine::error_code;
using engine::fact_kind;
using engine::make_error;
using engine::result;

namespace {

void add_to_sums(movement_sums& sums, const engine::fact& happened) {
  switch (happened.kind) {
  case fact_kind::received:
    if (!happened.reservation.is_nil()) sums.supplied += happened.units;
    sums.received += happened.units;
    break;
  case fact_kind::counted: sums.received += happened.units; break;
  case fact_kind::adjusted: sums.adjusted += happened.units; break;
  case fact_kind::restocked: sums.restocked += happened.units; break;
  case fact_kind::shipped: sums.shipped += happened.units; break;
  case fact_kind::returned: sums.returned += happened.units; break;
  case fact_kind::scrapped: sums.scrapped += happened.units; break;
  case fact_kind::sent: sums.sent += happened.units; break;
  case fact_kind::arrived: sums.arrived += happened.units; break;
  case fact_kind::lost: sums.lost += happened.units; break;
  case fact_kind::expected: sums.expected += happened.units; break;
  default: break;
  }
}

void add_to_line(line_sums& line, engine::sku_id sku, const engine::fact& happened) {
  line.sku = sku;
  switch (happened.kind) {
  case fact_kind::ordered: line.ordered += happened.units; break;
  case fact_kind::cancelled: line.cancelled += happened.units; break;
  case fact_kind::cancelled_by_id: line.cancelled_by_id += happened.units; break;
  case fact_kind::shipped: line.shipped += happened.units; break;
  case fact_kind::returned: line.returned += happened.units; break;
  default: break;
  }
}

// An announced return has the place of a line.
bool is_of_a_line(const ledger& read, const engine::fact& happened) {
  switch (happened.kind) {
  case fact_kind::ordered:
  case fact_kind::cancelled:
  case fact_kind::cancelled_by_id:
  case fact_kind::shipped:
  case fact_kind::returned:
    return !happened.reservation.is_nil() && !read.announced.contains(happened.reservation);
  default: return false;
  }
}

} // namespace

result<ledger> read_ledger(const actors::node& from) {
  auto reader = from.open_reader();
  if (!reader) return reader.error();
  ledger read;
  std::optional<engine::error> gap;
  boost::unordered_flat_map<engine::sku_id, fact_kind> before;
  const auto done = (*reader)->scan(0, [&](const storage::stored_fact& stored) {
    const auto& happened = stored.fact;
    auto& state = read.states[stored.sku];
    if (happened.version != state.version + 1) {
      gap = make_error(error_code::corrupt,
                       fmt::format("SKU {}: version {} follows {}", static_cast<std::int64_t>(stored.sku),
                                   happened.version, state.version));
      return false;
    }
    ++read.facts;
    ++read.kinds[happened.kind];
    engine::evolve(state, happened);
    read.numbers[stored.sku].push_back({happened.at, happened.available});
    add_to_sums(read.sums[stored.sku], happened);
    if (happened.kind == fact_kind::announced) read.announced.insert(happened.key);
    if (is_of_a_line(read, happened)) add_to_line(read.lines[happened.reservation], stored.sku, happened);
    if (happened.kind == fact_kind::oversold)
      read.oversold.push_back({stored.sku, happened.reservation, happened.account, happened.units, happened.at,
                               before[stored.sku] == fact_kind::lost});
    before[stored.sku] = happened.kind;
    return true;
  });
  if (!done) return done.error();
  if (gap) return *gap;
  return read;
}

quantity most_available(const std::vector<number_since>& numbers, engine::time_point from,
                        engine::time_point to) {
  auto at = std::ranges::upper_bound(numbers, from, {}, &number_since::at);
  quantity most = at == numbers.begin() ? 0 : std::prev(at)->available;
  for (; at != numbers.end() && at->at <= to; ++at)
    most = std::max(most, at->available);
  return most;
}

} // namespace lockstep::app::demo
