#include "storage/postgres/many_skus.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ranges>

namespace lockstep::storage::postgres {

std::string array_of(std::span<const engine::sku_id> skus) {
  const auto numbers =
      skus | std::views::transform([](engine::sku_id sku) { return static_cast<std::int64_t>(sku); });
  return fmt::format("{{{}}}", fmt::join(numbers, ","));
}

sku_pasts::sku_pasts(std::span<const engine::sku_id> skus) : pasts_(skus.size()) {
  place_of_.reserve(skus.size());
  for (std::size_t place = 0; place < skus.size(); ++place)
    place_of_.emplace(skus[place], place);
}

void sku_pasts::add_snapshots(const rows& answered) {
  for (int row = 0; row < answered.size(); ++row) {
    const auto sku = static_cast<engine::sku_id>(answered.integer(row, 0));
    pasts_[place_of_.at(sku)].newest = {sku, answered.integer(row, 1), time_at(answered, row, 2),
                                        std::string{answered.text(row, 3)}};
  }
}

std::string sku_pasts::versions() const {
  const auto versions = pasts_ | std::views::transform([](const sku_past& past) {
                          return past.newest ? past.newest->version : 0;
                        });
  return fmt::format("{{{}}}", fmt::join(versions, ","));
}

void sku_pasts::add_facts(const rows& answered) {
  const auto size = answered.size();
  for (int row = 0; row < size;) {
    const auto sku = answered.integer(row, 0);
    int end = row + 1;
    while (end < size && answered.integer(end, 0) == sku)
      ++end;
    auto& facts = pasts_[place_of_.at(static_cast<engine::sku_id>(sku))].facts;
    facts.reserve(static_cast<std::size_t>(end - row));
    for (; row < end; ++row)
      facts.push_back(read_folded_fact(answered, row));
  }
}

} // namespace lockstep::storage::postgres
