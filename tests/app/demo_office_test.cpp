// What the demo adds to a log: an article still to come, a set, a second warehouse.
#include "app/demo/order_generator.hpp"
#include "app/demo/world.hpp"
#include "tests/catch.hpp"

using namespace lockstep::app::demo;

namespace {

log_event order_of(std::vector<event_line> lines) {
  log_event event;
  event.kind = event_kind::order;
  event.lines = std::move(lines);
  return event;
}

} // namespace

TEST_CASE("demo: the set is made of what will be left over, and never of the article still to come") {
  order_log log;
  log.skus = {{"10000", ""}, {"10001", ""}, {"10002", ""}};
  log.events = {order_of({{1, 0, 10}, {2, 1, 10}, {3, 2, 10}, {4, 1, 5}})};
  add_novelty(log);
  REQUIRE(log.skus.size() == 4);
  CHECK(asked_units(log) == shelf{10, 15, 10, 0});
  const auto parts = parts_of_set(log, {shelf{10, 20, 4, 0}, shelf{0, 0, 9, 0}});
  REQUIRE(parts.size() == 2);
  CHECK(parts[0].sku == 1); // 5 more than asked for
  CHECK(parts[1].sku == 2); // 3, of both warehouses
  CHECK(parts[1].units == 2);

  log.skus = {{"10000", ""}};
  log.events = {order_of({{1, 0, 1}})};
  add_novelty(log);
  CHECK(parts_of_set(log, {shelf{1, 0}, shelf{0, 0}}).empty());
}

TEST_CASE("demo: opening stock is within its share of what is asked for, a part of it in the depot") {
  auto log = generate_orders(1);
  add_novelty(log);
  const auto asked = asked_units(log);
  const auto [main, depot] = draw_opening_stock(log, 1);
  std::size_t in_depot = 0;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto units = static_cast<double>(main[i] + depot[i]);
    CHECK(units >= opening_share_min * static_cast<double>(asked[i]) - 0.5);
    CHECK(units <= opening_share_max * static_cast<double>(asked[i]) + 0.5);
    CHECK(depot[i] >= 0);
    CHECK(main[i] >= depot[i]);
    in_depot += depot[i] > 0;
  }
  CHECK(in_depot > asked.size() / depot_every / 2);
  CHECK(in_depot <= asked.size() / depot_every + 1);
  CHECK(main.back() == 0); // the article still to come
  CHECK(depot.back() == 0);
}
