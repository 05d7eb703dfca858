// Bundles over the API: defined, shown, held, ordered.
#include "engine/limits.hpp"
#include "tests/app/api_world.hpp"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

using namespace lockstep;
using tests::api_world;

namespace {

// GIFT is a cup and two of tea.
void define_gift(api_world& here, int cups, int teas) {
  here.stock("CUP", cups);
  here.stock("TEA", teas);
  here.stock("GIFT", 0);
  const auto defined = here.caller().put("/v1/products/GIFT/components",
                                         R"({"components":[{"sku":"TEA","units":2},{"sku":"CUP","units":1}]})");
  INFO(defined.raw.body);
  REQUIRE(defined.status == 200);
}

// True when the set was granted. An engine that has no answer yet is asked the same again.
bool buy(tests::api_caller& buyer, std::string_view set, const std::string& name) {
  const auto body =
      fmt::format(R"({{"order":"{}","mode":"request","lines":[{{"sku":"{}","units":1}}]}})", name, set);
  for (int i = 0; i < 30; ++i) {
    const auto told = buyer.post("/v1/orders", body, name);
    if (told.status == 201) return true;
    if (told.status == 409 && told.code() == "insufficient-stock") return false;
  }
  return false;
}

} // namespace

TEST_CASE("a bundle is defined, shown, and tells which component limits it") {
  api_world here;
  define_gift(here, 9, 7);
  auto all = here.caller();
  const auto shown = all.get("/v1/products/GIFT");
  CHECK(shown.number("revision") == 1);
  CHECK(shown.body.at("components").at(0).at("sku").as_string() == "CUP");
  CHECK(shown.body.at("leaves").at(1).at("units").as_int64() == 2);
  const auto stock = all.get("/v1/stock/GIFT");
  CHECK(stock.number("available") == 3);
  CHECK(stock.body.at("known").as_bool());
  CHECK_FALSE(stock.body.at("leaves").at(0).at("limits").as_bool());
  CHECK(stock.body.at("leaves").at(1).at("limits").as_bool());
  CHECK(stock.body.at("leaves").at(1).at("makes").as_int64() == 3);
}

TEST_CASE("a composition that cannot be is refused in words, and nothing changes") {
  api_world here;
  define_gift(here, 1, 2);
  here.stock("HAMPER", 0);
  auto all = here.caller();
  const auto define = [&](std::string_view sku, std::string_view components) {
    return all.put(fmt::format("/v1/products/{}/components", sku), components);
  };
  CHECK(define("HAMPER", R"({"components":[{"sku":"GIFT","units":1}]})").status == 200);
  const auto cycle = define("GIFT", R"({"components":[{"sku":"HAMPER","units":1}]})");
  CHECK(cycle.status == 409);
  CHECK(cycle.text("detail") == "a bundle cannot contain itself: GIFT > HAMPER > GIFT");
  CHECK(define("CUP", R"({"components":[{"sku":"TEA","units":1}]})").code() == "conflict"); // has stock
  const auto unknown = define("HAMPER", R"({"components":[{"sku":"CUP","units":1},{"sku":"X","units":1}]})");
  CHECK(unknown.code() == "unknown-sku");
  CHECK(unknown.pointer() == "/components/1/sku");
  CHECK(define("NOPE", R"({"components":[{"sku":"CUP","units":1}]})").status == 404);
  CHECK(define("GIFT", R"({"components":[]})").code() == "invalid-body");
  CHECK(all.get("/v1/products/HAMPER").number("revision") == 1);
}

TEST_CASE("a hold of a bundle holds its components, and ends and ships as any hold") {
  api_world here;
  define_gift(here, 5, 6);
  auto all = here.caller();
  const std::string two = R"({"seconds":60,"lines":[{"sku":"GIFT","units":2},{"sku":"CUP","units":1}]})";
  CHECK(all.post("/v1/holds", R"({"seconds":60,"sku":"GIFT","units":4})", "k0").code() == "insufficient-stock");
  const auto held = all.post("/v1/holds", two, "k1");
  INFO(held.raw.body);
  REQUIRE(held.status == 201);
  CHECK(here.available("CUP") == 2);
  CHECK(here.available("TEA") == 2);
  CHECK(all.post("/v1/holds", two, "k1").raw.header("idempotent-replayed") == "true");
  CHECK(here.available("GIFT") == 1);
  const auto path = held.raw.header("location");
  CHECK(all.post(path + "/confirm", "", "k2").status == 200);
  CHECK(all.post(path + "/ship", R"({"lines":[{"sku":"CUP","shipped":3},{"sku":"TEA","shipped":4}]})", "k3").status ==
        200);
  CHECK(all.get("/v1/stock/TEA").number("on_hand") == 2);
}

TEST_CASE("an order of a bundle is granted whole; stock cannot be put into a bundle") {
  api_world here;
  define_gift(here, 5, 6);
  auto all = here.caller();
  const auto order = [&](std::string_view id, int units) {
    return all.post(
        "/v1/orders",
        fmt::format(R"({{"order":"{}","mode":"request","lines":[{{"sku":"GIFT","units":{}}},{{"sku":"TEA","units":1}}]}})",
                    id, units),
        id);
  };
  CHECK(order("o1", 3).code() == "insufficient-stock");
  CHECK(here.available("CUP") == 5);
  CHECK(order("o2", 2).status == 201);
  CHECK(here.available("TEA") == 1);
  CHECK(all.post("/v1/orders/o2/cancel", R"({"lines":[{"sku":"GIFT","cancelled":1}]})", "c1").status == 200);
  CHECK(here.available("TEA") == 3);
  CHECK(all.post("/v1/orders/o2/ship", R"({"lines":[{"sku":"GIFT","shipped":1}]})", "s1").status == 200);
  CHECK(all.get("/v1/stock/CUP").number("on_hand") == 4);
  CHECK(all.post("/v1/receipts", R"({"sku":"GIFT","units":1})", "r1").code() == "is-bundle");
  CHECK(all.put("/v1/products/GIFT/components", R"({"components":[{"sku":"CUP","units":2}]})").number("revision") == 2);
}

TEST_CASE("buyers of two bundles that share their last components get as many as there are, over many connections") {
  constexpr int scarce = 7;
  constexpr int threads_of_buyers = 8;
  constexpr int buyers_per_thread = 20;
  api_world here;
  here.stock("CUP", 200);
  here.stock("POT", scarce);
  here.stock("TEA", 200);
  auto all = here.caller();
  for (const auto& [set, other] : {std::pair{"MORNING", "CUP"}, std::pair{"EVENING", "TEA"}}) {
    here.stock(set, 0);
    REQUIRE(all.put(fmt::format("/v1/products/{}/components", set),
                    fmt::format(R"({{"components":[{{"sku":"{}","units":1}},{{"sku":"POT","units":1}}]}})", other))
                .status == 200);
  }
  std::atomic<int> mornings{0};
  std::atomic<int> evenings{0};
  const auto from = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (int t = 0; t < threads_of_buyers; ++t)
    threads.emplace_back([&, t] {
      auto buyer = here.caller();
      for (int i = 0; i < buyers_per_thread; ++i)
        if (buy(buyer, (t + i) % 2 == 0 ? "MORNING" : "EVENING", fmt::format("o-{}-{}", t, i)))
          ++((t + i) % 2 == 0 ? mornings : evenings);
    });
  for (auto& each : threads)
    each.join();
  const auto took = std::chrono::steady_clock::now() - from;
  // On a machine that stood still two orders may have given up waiting for each other: then who comes next gets it.
  int late = 0;
  while (buy(all, "MORNING", fmt::format("late-{}", late)))
    ++late;
  if (took < limits::group_wait_max) CHECK(late == 0);
  CHECK(mornings + evenings + late == scarce);
  CHECK(all.get("/v1/stock/POT").number("available") == 0);
  CHECK(all.get("/v1/stock/POT").number("reserved") == scarce);
  CHECK(all.get("/v1/stock/CUP").number("reserved") == mornings + late);
  CHECK(all.get("/v1/stock/TEA").number("reserved") == evenings);
}
