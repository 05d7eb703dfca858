// What must hold when everything has settled, checked from outside: the ledger through a reader of its own,
// the actors' figures, what the shops show, what they sold, and the warehouse's shelves.
#pragma once

#include "app/demo/world.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace lockstep::app::demo {

// One question with its answer.
struct check {
  std::string name;      // "listings agree"
  std::size_t asked = 0; // listings, movements, SKUs looked at
  std::size_t wrong = 0;
  std::vector<std::string> examples; // what and where, the first of them

  void fault(std::string what);
};

// Units promised beyond the stock by one sale, and how it came.
struct oversold_case {
  std::uint32_t sku = 0;
  std::uint8_t shop = 0;
  quantity units = 0;
  std::string story;
};

struct verification {
  std::vector<check> checks;
  std::vector<oversold_case> oversold;
  std::array<quantity, shop_names.size()> oversold_units{};
  std::size_t facts = 0;

  [[nodiscard]] bool passed() const;
};

// Blocks until all that is under way has ended: the shops' messages, an order poll, the warehouse's tasks,
// pushes. Empty: settled; else what was still open when `patience` ended.
[[nodiscard]] std::string settle(world& in, std::chrono::seconds patience);

// error: the ledger or the actors could not be asked.
[[nodiscard]] engine::result<verification> verify(world& in, const order_log& log,
                                                  const storefronts& selling);

} // namespace lockstep::app::demo
