// Bundles that tests use, in a rig of real actors: a gift is a cup and two of tea.
#pragma once

#include "tests/actors/rig.hpp"

#include <string>
#include <utility>
#include <vector>

namespace lockstep::tests::gifts {

inline constexpr engine::sku_id cup{1};
inline constexpr engine::sku_id tea{2};
inline constexpr engine::sku_id spoon{3};
inline constexpr engine::sku_id gift{10};
inline constexpr engine::sku_id hamper{11};

inline void compose(rig& engine, engine::sku_id id, int revision, std::vector<engine::component> leaves) {
  engine.record(engine::bundle{id, revision, leaves, leaves});
}

inline void stock(rig& engine, engine::sku_id sku, engine::quantity units) {
  engine.ask(sku, receive(numbered("stock", static_cast<int>(sku)), units));
}

// A cup and two of tea.
inline void define_gift(rig& engine, engine::quantity units = 10) {
  compose(engine, gift, 1, {{cup, 1}, {tea, 2}});
  stock(engine, cup, units);
  stock(engine, tea, 2 * units);
}

inline engine::figures figures(rig& engine, engine::sku_id sku) {
  return engine.ask(sku, read_stock()).figures;
}

inline engine::quantity available(rig& engine, engine::sku_id sku) {
  return figures(engine, sku).available;
}

inline engine::command line_of(const std::string& order, engine::record_line line = {}) {
  line.line = engine::line_key(shop, order, "1");
  auto told = keyed("", 0, line, shop);
  told.reference = order + "/1";
  return told;
}

} // namespace lockstep::tests::gifts
