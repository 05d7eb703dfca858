// What must hold when everything has settled, checked from outside: the ledger through a reader of its own,
// the actors' figures, what the shops show, what they sold, and the warehouse's shelves.
#pragma once

#include "app/demo/world.hpp"
#include "engine/fact.hpp"

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
  std::chrono::milliseconds staleness_max{0}; // see verify()
  std::size_t facts = 0;
  std::map<engine::fact_kind, std::size_t> kinds; // facts of each

  [[nodiscard]] bool passed() const;
};

// Blocks until all that is under way has ended: the shops' messages, an order poll, the warehouse's tasks,
// pushes. Empty: settled; else what was still open when `patience` ended.
[[nodiscard]] std::string settle(world& in, std::chrono::seconds patience);

// How old a number may be that a shop sells from: a slow listing waits for its interval and a push takes its
// time, here ten times what 99 of 100 take (of the shop in the middle, so that one that is stuck does not
// stretch it) and a second for a machine that is busy with other things.
[[nodiscard]] std::chrono::milliseconds staleness_bound(const std::vector<actors::channel_status>& channels,
                                                        std::chrono::milliseconds slow_interval);

// `staleness_max`: an oversold case is explained only when the shop showed what had been the truth within
// that time before the sale, so that rivals took the units meanwhile. error: the ledger or the actors could
// not be asked.
[[nodiscard]] engine::result<verification> verify(world& in, const order_log& log, const storefronts& selling,
                                                  std::chrono::milliseconds staleness_max);

} // namespace lockstep::app::demo
