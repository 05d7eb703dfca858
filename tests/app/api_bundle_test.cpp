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

TEST_CASE("a SKU with anything open is not made a bundle, though it has no number") {
  api_world here;
  here.stock("CUP", 5);
  auto all = here.caller();
  const auto compose = [&](std::string_view sku) {
    return all.put(fmt::format("/v1/products/{}/components", sku), R"({"components":[{"sku":"CUP","units":1}]})");
  };
  for (const auto* sku : {"SOLD", "CANCELLED", "COMING-BACK", "BARE"})
    here.stock(sku, 0);
  const auto of_sku = [](std::string_view name, std::string_view sku, std::string_view of, int units) {
    return fmt::format(R"({{{}"lines":[{{"sku":"{}","{}":{}}}]}})", name, sku, of, units);
  };
  // It was sold without a number, and has left: a unit below zero, and nothing promised.
  all.move("/v1/orders", of_sku(R"("order":"o1","mode":"fact",)", "SOLD", "units", 1));
  all.move("/v1/orders/o1/ship", of_sku(R"("mode":"fact",)", "SOLD", "shipped", 1));
  CHECK(all.get("/v1/stock/SOLD").number("on_hand") == -1);
  // Whatever is told of this line later is of the plain SKU.
  all.move("/v1/orders", of_sku(R"("order":"o2","mode":"fact",)", "CANCELLED", "units", 1));
  all.move("/v1/orders/o2/cancel", of_sku("", "CANCELLED", "cancelled", 1));
  REQUIRE(all.put("/v1/returns/R1", R"({"sku":"COMING-BACK","units":1})").status == 201);
  for (const auto* sku : {"SOLD", "CANCELLED", "COMING-BACK"}) {
    const auto refused = compose(sku);
    INFO(sku << ": " << refused.raw.body);
    CHECK(refused.status == 409);
    CHECK(refused.code() == "conflict");
  }
  CHECK(compose("BARE").status == 200);
  all.move("/v1/returns/R1/close", R"({"sku":"COMING-BACK"})");
  CHECK(compose("COMING-BACK").status == 200);
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

TEST_CASE("whoever refuses a bundle is named, with what is wanted of it in all lines") {
  api_world here;
  define_gift(here, 9, 5);
  here.stock("SPOON", 9);
  auto all = here.caller();
  const auto refused = all.post("/v1/orders",
                                R"({"order":"o1","mode":"request","lines":[{"sku":"SPOON","units":1},)"
                                R"({"sku":"GIFT","units":2},{"sku":"TEA","units":2}]})",
                                "k1");
  CHECK(refused.code() == "insufficient-stock");
  CHECK(refused.text("detail") == "SKU 'TEA': 6 asked for, 5 available.");
  const auto& errors = refused.body.at("errors").as_array();
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].at("pointer").as_string() == "/lines/1/sku");
  CHECK(errors[1].at("pointer").as_string() == "/lines/2/sku");
  const auto held = all.post("/v1/holds", R"({"seconds":60,"sku":"GIFT","units":3})", "k2");
  CHECK(held.text("detail") == "SKU 'TEA': 6 asked for, 5 available.");
}

TEST_CASE("what is answered of a bundle is not told with the figures of a component") {
  api_world here;
  define_gift(here, 9, 5);
  auto all = here.caller();
  const auto held = all.move("/v1/holds", R"({"seconds":60,"sku":"GIFT","units":1})");
  CHECK(held.text("sku") == "GIFT");
  CHECK_FALSE(held.body.as_object().contains("available"));
  CHECK_FALSE(held.body.as_object().contains("version"));
  const auto ordered =
      all.move("/v1/orders", R"({"order":"o1","mode":"request","lines":[{"sku":"GIFT","units":1}]})");
  CHECK(ordered.number("version") == 1);
  CHECK_FALSE(ordered.body.as_object().contains("available"));
}

TEST_CASE("a bundle is explained by its components") {
  api_world here;
  define_gift(here, 9, 7);
  auto all = here.caller();
  all.move("/v1/adjustments", R"({"sku":"TEA","change":-1,"reason":"broken"})");
  const auto told = all.get("/v1/skus/GIFT/explain");
  INFO(told.raw.body);
  REQUIRE(told.status == 200);
  CHECK(told.number("available") == 3);
  CHECK(told.body.at("leaves").at(1).at("makes").as_int64() == 3);
  CHECK_FALSE(told.body.as_object().contains("on_hand"));
  CHECK_FALSE(told.body.as_object().contains("locations"));
  CHECK(told.body.at("moved").at("sku").as_string() == "TEA");
  CHECK(told.body.at("moved").at("kind").as_string() == "adjusted");
  const auto shown = all.get("/v1/skus/GIFT");
  CHECK(shown.number("available") == 3);
  CHECK_FALSE(shown.body.as_object().contains("on_hand"));
}

TEST_CASE("the return of a bundle is announced, arrives and ends as one of its components") {
  api_world here;
  define_gift(here, 9, 9);
  auto all = here.caller();
  all.move("/v1/orders", R"({"order":"o1","mode":"request","lines":[{"sku":"GIFT","units":2}]})");
  all.move("/v1/orders/o1/ship", R"({"lines":[{"sku":"GIFT","shipped":2}]})");
  const std::string announced = R"({"sku":"GIFT","units":2,"order":"o1"})";
  const auto first = all.put("/v1/returns/R1", announced);
  INFO(first.raw.body);
  REQUIRE(first.status == 201);
  const auto again = all.put("/v1/returns/R1", announced);
  CHECK(again.status == 201);
  CHECK(again.raw.header("idempotent-replayed") == "true");
  CHECK(all.put("/v1/returns/R1", R"({"sku":"GIFT","units":1,"order":"o1"})").code() == "key-reused");
  CHECK(all.get("/v1/skus/TEA").body.at("returns").at(0).at("announced").as_int64() == 4);
  all.move("/v1/returns/R1/arrivals", R"({"sku":"GIFT","units":1})");
  CHECK(all.get("/v1/stock/TEA").number("inspecting") == 2);
  CHECK(all.get("/v1/stock/CUP").number("inspecting") == 1);
  all.move("/v1/returns/R1/inspections", R"({"sku":"TEA","sellable":2})");
  CHECK(all.get("/v1/stock/TEA").number("on_hand") == 7);
  CHECK(all.post("/v1/returns/R1/inspections", R"({"sku":"GIFT","sellable":1})", "i").code() == "is-bundle");
  all.move("/v1/returns/R1/close", R"({"sku":"GIFT","note":"kept by the buyer"})");
  CHECK(all.get("/v1/skus/TEA").body.at("returns").as_array().empty());
  CHECK(all.batch("{\"key\":\"b1\",\"op\":\"announce-return\",\"return\":\"R2\",\"sku\":\"GIFT\",\"units\":1}\n").raw.body.find("\"done\"") !=
        std::string::npos);
}

TEST_CASE("a bundle composed anew takes back what was announced before at the components it had") {
  api_world here;
  define_gift(here, 9, 9);
  here.stock("POT", 9);
  auto all = here.caller();
  REQUIRE(all.put("/v1/returns/R1", R"({"sku":"GIFT","units":2})").status == 201);
  REQUIRE(all.put("/v1/products/GIFT/components",
                  R"({"components":[{"sku":"CUP","units":1},{"sku":"POT","units":1}]})").status == 200);
  for (const auto* what : {"arrivals", "close"}) {
    const auto body = fmt::format(R"({{"sku":"GIFT"{}}})", what == std::string_view{"close"} ? "" : R"(,"units":1)");
    const auto refused = all.post(fmt::format("/v1/returns/R1/{}", what), body, what);
    CHECK(refused.code() == "unknown-return");
    CHECK(refused.text("detail") == "It is not open at SKU 'POT', which 'GIFT' is made of now. When the bundle was composed anew "
                                    "after the return was announced, name the SKUs that it was made of then.");
  }
  CHECK(all.get("/v1/stock/CUP").number("inspecting") == 0);
  for (const auto* sku : {"CUP", "TEA"}) {
    all.move("/v1/returns/R1/arrivals", fmt::format(R"({{"sku":"{}","units":1}})", sku));
    all.move("/v1/returns/R1/inspections", fmt::format(R"({{"sku":"{}","sellable":1}})", sku));
    all.move("/v1/returns/R1/close", fmt::format(R"({{"sku":"{}"}})", sku));
    CHECK(all.get(fmt::format("/v1/skus/{}", sku)).body.at("returns").as_array().empty());
    CHECK(here.available(sku) == 10);
  }
}

TEST_CASE("a SKU that turns into a bundle while stock comes has one or the other") {
  api_world here;
  here.stock("CUP", 5);
  for (int i = 0; i < 20; ++i) {
    const auto sku = fmt::format("GIFT-{}", i);
    here.stock(sku, 0);
    std::atomic<bool> begun{false};
    int received = 0; // status
    std::thread warehouse{[&] {
      auto other = here.caller();
      const auto body = fmt::format(R"({{"sku":"{}","units":1}})", sku);
      begun = true;
      for (int attempt = 0; attempt < 50; ++attempt) {
        received = other.post("/v1/receipts", body, fmt::format("{}-{}", sku, attempt)).status;
        if (received != 503) return; // 503: not done
      }
    }};
    while (!begun)
      std::this_thread::yield();
    const auto composed = here.caller().put(fmt::format("/v1/products/{}/components", sku),
                                            R"({"components":[{"sku":"CUP","units":1}]})");
    warehouse.join();
    INFO(composed.raw.body);
    CHECK((composed.status == 200) != (received == 201));
    CHECK(composed.status == (received == 201 ? 409 : 200));
  }
}
