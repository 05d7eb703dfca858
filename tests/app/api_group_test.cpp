// Requests of several lines: granted or refused as a whole. Reports of several lines: each for itself.
#include "tests/app/api_world.hpp"
#include "tests/app/gated_store.hpp"

#include <atomic>
#include <thread>
#include <vector>

using namespace lockstep;
using tests::api_answer;
using tests::api_world;

TEST_CASE("a hold of many lines is all or nothing, and so is its confirmation") {
  api_world here;
  here.stock("A", 3);
  here.stock("B", 1);
  auto all = here.caller();
  const auto refused =
      all.post("/v1/holds", R"({"seconds":60,"lines":[{"sku":"A","units":1},{"sku":"B","units":2}]})", "k1");
  CHECK(refused.status == 409);
  CHECK(refused.code() == "insufficient-stock");
  CHECK(refused.pointer() == "/lines/1/sku");
  CHECK(here.available("A") == 3);

  const std::string body = R"({"seconds":60,"lines":[{"sku":"B","units":1},{"sku":"A","units":2}]})";
  const auto granted = all.post("/v1/holds", body, "k2");
  REQUIRE(granted.status == 201);
  CHECK(here.available("A") == 1);
  CHECK(here.available("B") == 0);
  const auto repeated = all.post("/v1/holds", body, "k2");
  CHECK(repeated.status == 201);
  CHECK(repeated.raw.header("idempotent-replayed") == "true");
  CHECK(repeated.raw.body == granted.raw.body);
  CHECK(here.available("A") == 1);

  const auto path = granted.raw.header("location");
  CHECK(all.get(path).body.at("lines").as_array().size() == 2);
  CHECK(all.post(path + "/confirm", "", "k3").status == 200);
  CHECK(all.get(path).body.at("lines").at(1).at("state").as_string() == "confirmed");
  CHECK(all.post(path + "/ship", R"({"shipped":1})", "k4").code() == "invalid-body");
  CHECK(all.post(path + "/ship", R"({"lines":[{"sku":"A","shipped":2},{"sku":"B","shipped":1}]})", "k5")
            .status == 200);
  CHECK(all.get("/v1/stock/B").number("on_hand") == 0);
  CHECK(all.post(path + "/ship", R"({"lines":[{"sku":"C","shipped":2}]})", "k6").code() == "unknown-sku");
}

TEST_CASE("a hold of many lines is released as a whole, and again changes nothing") {
  api_world here;
  here.stock("A", 3);
  here.stock("B", 1);
  auto all = here.caller();
  const auto granted =
      all.post("/v1/holds", R"({"seconds":60,"lines":[{"sku":"B","units":1},{"sku":"A","units":2}]})", "k1");
  const auto path = granted.raw.header("location") + "/release";
  const auto released = all.post(path, "", "k2");
  CHECK(released.status == 200);
  CHECK(released.body.at("lines").as_array().size() == 2);
  CHECK(here.available("A") == 3);
  CHECK(here.available("B") == 1);
  const auto again = all.post(path, "", "k2");
  CHECK(again.raw.header("idempotent-replayed") == "true");
  CHECK(again.raw.body == released.raw.body);
  CHECK(all.post(path, "", "k3").code() == "unknown-reservation");
}

TEST_CASE("a shipment of a hold's lines that one of them cannot make moves none of them") {
  api_world here;
  here.stock("A", 3);
  here.stock("B", 1);
  auto all = here.caller();
  const auto path =
      all.post("/v1/holds", R"({"seconds":60,"lines":[{"sku":"B","units":1},{"sku":"A","units":2}]})", "k1")
          .raw.header("location");
  REQUIRE(all.post(path + "/confirm", "", "k2").status == 200);
  const auto refused =
      all.post(path + "/ship", R"({"lines":[{"sku":"A","shipped":1},{"sku":"B","shipped":2}]})", "k3");
  CHECK(refused.status == 409);
  CHECK(refused.code() == "below-zero");
  CHECK(refused.pointer() == "/lines/1/sku");
  CHECK(all.get("/v1/stock/A").number("on_hand") == 3);
  CHECK(all.get("/v1/stock/B").number("on_hand") == 1);
}

TEST_CASE("a cancel or shipment of several lines that one of them refuses moves none of them") {
  api_world here;
  here.stock("A", 5);
  here.stock("B", 5);
  auto all = here.caller();
  REQUIRE(all.post("/v1/orders",
                   R"({"order":"7","mode":"request","lines":[{"sku":"A","units":2},{"sku":"B","units":2}]})",
                   "k1")
              .status == 201);
  const auto cancel = all.post("/v1/orders/7/cancel",
                               R"({"lines":[{"sku":"A","cancelled":1},{"sku":"B","cancelled":3}]})", "k2");
  CHECK(cancel.status == 409);
  CHECK(cancel.pointer() == "/lines/1/sku");
  const auto ship =
      all.post("/v1/orders/7/ship", R"({"lines":[{"sku":"A","shipped":2},{"sku":"B","shipped":3}]})", "k3");
  CHECK(ship.status == 409);
  CHECK(ship.pointer() == "/lines/1/sku");
  for (const std::string sku : {"A", "B"}) {
    CHECK(here.available(sku) == 3);
    CHECK(all.get("/v1/stock/" + sku).number("on_hand") == 5);
  }

  const std::string fits = R"({"lines":[{"sku":"A","shipped":2},{"sku":"B","shipped":1}]})";
  const auto shipped = all.post("/v1/orders/7/ship", fits, "k3"); // a refusal is not remembered
  CHECK(shipped.status == 200);
  CHECK(shipped.body.at("lines").as_array().size() == 2);
  CHECK(all.post("/v1/orders/7/ship", fits, "k3").raw.header("idempotent-replayed") == "true");
  CHECK(all.get("/v1/stock/A").number("on_hand") == 3);
  CHECK(all.get("/v1/stock/B").number("on_hand") == 4);
  CHECK(all.post("/v1/orders/7/cancel",
                 R"({"lines":[{"sku":"A","line":"A","cancelled":1},{"sku":"A","line":"B","cancelled":1}]})",
                 "k4")
            .code() == "duplicate-sku");
}

TEST_CASE("of two competing multi-line requests exactly one gets the last units") {
  api_world here;
  here.stock("A", 1);
  here.stock("B", 1);
  std::atomic<int> granted{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const std::string body =
          i % 2 == 0 ? R"({"seconds":60,"lines":[{"sku":"A","units":1},{"sku":"B","units":1}]})"
                     : R"({"seconds":60,"lines":[{"sku":"B","units":1},{"sku":"A","units":1}]})";
      if (here.caller().post("/v1/holds", body, fmt::format("c{}", i)).status == 201) ++granted;
    });
  }
  for (auto& thread : threads)
    thread.join();
  CHECK(granted == 1);
}

TEST_CASE("lines of a reported order are recorded each for itself and told one by one") {
  api_world here;
  here.stock("A", 5);
  here.stock("B", 5);
  auto all = here.caller();
  const std::string body =
      R"({"order":"7","mode":"fact","lines":[{"sku":"A","units":2},{"sku":"B","units":9}]})";
  const auto first = all.post("/v1/orders", body, "k1");
  CHECK(first.status == 201);
  CHECK(first.body.at("lines").at(1).at("available").as_int64() == -4);
  const auto again = all.post("/v1/orders", body, "k1");
  CHECK(again.raw.header("idempotent-replayed") == "true");
  CHECK(here.available("A") == 3);
  const auto cancelled = all.post("/v1/orders/7/cancel",
                                  R"({"mode":"fact","occurred_at":"2020-01-01T00:00:00Z","lines":[
      {"sku":"A","cancelled":2},{"sku":"B","line":"never heard of","cancelled":1}]})",
                                  "k2");
  CHECK(cancelled.status == 207);
  CHECK(cancelled.body.at("lines").at(0).at("status").as_int64() == 200);
  CHECK(cancelled.body.at("lines").at(1).at("problem").at("code").as_string() == "older-than-window");
  CHECK(here.available("A") == 5);
}

TEST_CASE("a request whose first copy is still running is told so, and the first outcome once there is one") {
  auto content = storage::make_memory();
  engine::sku_id last{};
  {
    api_world before{tests::api_options_for_tests(), {}, storage::open_memory(content)};
    before.stock("A", 2);
    before.stock("B", 2);
    last = before.node().catalogue()->find_code("B")->id;
  }
  tests::gate gate{last};
  api_world here{tests::api_options_for_tests(),
                 {},
                 std::make_unique<tests::gated_store>(storage::open_memory(content), gate)};
  // Loaded before the request: both in one batch would stand before the gate together.
  CHECK(here.available("A") == 2);
  const std::string body = R"({"seconds":60,"lines":[{"sku":"A","units":1},{"sku":"B","units":1}]})";
  api_answer first;
  std::thread running{[&] { first = here.caller().post("/v1/holds", body, "k1"); }};
  gate.wait_until_reached();
  const auto twin = here.caller().post("/v1/holds", body, "k1");
  CHECK(twin.status == 409);
  CHECK(twin.code() == "in-progress");
  const auto line = here.caller().post("/v1/receipts", R"({"sku":"A","units":5})", "k1");
  CHECK(line.code() == "in-progress");
  gate.open();
  running.join();
  CHECK(first.status == 201);
  const auto again = here.caller().post("/v1/holds", body, "k1");
  CHECK(again.raw.header("idempotent-replayed") == "true");
  CHECK(again.raw.body == first.raw.body);
  CHECK(here.available("A") == 1);
  CHECK(here.available("B") == 1);
}
