// Reading all rare facts in one pass costs less than asking for each of very many SKUs.
#pragma once

#include "engine/types.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <vector>

namespace lockstep::storage {

// Those of the SKUs asked about that were found, ascending; `found` is ascending.
[[nodiscard]] inline std::vector<engine::sku_id> those_asked(std::span<const engine::sku_id> found,
                                                             std::span<const engine::sku_id> asked) {
  std::vector<engine::sku_id> both;
  std::ranges::copy_if(asked, std::back_inserter(both),
                       [found](engine::sku_id sku) { return std::ranges::binary_search(found, sku); });
  std::ranges::sort(both);
  return both;
}

} // namespace lockstep::storage
