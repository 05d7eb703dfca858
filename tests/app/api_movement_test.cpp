#include "tests/app/api_world.hpp"

#include <atomic>
#include <thread>
#include <vector>

using namespace lockstep;
using tests::api_world;

TEST_CASE("a receipt is durable when it is answered, and raises what is available") {
  api_world here;
  here.stock("A", 0);
  auto all = here.caller();
  const auto answer = all.post("/v1/receipts", R"({"sku":"A","units":5,"note":"pallet 7"})", "k1");
  CHECK(answer.status == 201);
  CHECK(answer.text("op") == "receipt");
  CHECK(answer.number("version") == 1);
  CHECK(answer.number("available") == 5);
  CHECK(all.get("/v1/stock/A").number("on_hand") == 5);
}

TEST_CASE("every kind of movement moves what it says") {
  api_world here;
  here.stock("A", 10);
  auto all = here.caller();
  CHECK(all.move("/v1/adjustments", R"({"sku":"A","change":-1,"reason":"broken"})").number("available") == 9);
  CHECK(all.move("/v1/counts", R"({"sku":"A","counted":20})").number("available") == 20);
  CHECK(all.move("/v1/safety", R"({"sku":"A","units":5})").number("available") == 15);
  CHECK(all.move("/v1/safety", R"({"sku":"A","percent":10})").number("available") == 18);
  CHECK(all.move("/v1/orders", R"({"order":"1","mode":"request","lines":[{"sku":"A","units":4}]})")
            .number("available") == 14);
  CHECK(all.move("/v1/orders/1/cancel", R"({"lines":[{"sku":"A","cancelled":1}]})").number("available") ==
        15);
  CHECK(all.move("/v1/orders/1/ship", R"({"lines":[{"sku":"A","shipped":3}]})").status == 200);
  CHECK(all.move("/v1/returns", R"({"sku":"A","units":2,"order":"1"})").status == 201);
  CHECK(all.get("/v1/stock/A").number("inspecting") == 2);
  all.move("/v1/inspections", R"({"sku":"A","sellable":1,"damaged":1})");
  const auto stock = all.get("/v1/stock/A");
  CHECK(stock.number("inspecting") == 0);
  CHECK(stock.number("on_hand") == 18);
  CHECK(stock.number("reserved") == 0);
}

TEST_CASE("a hold is granted, shown, confirmed and shipped") {
  api_world here;
  here.stock("A", 3);
  auto all = here.caller();
  const auto granted = all.post("/v1/holds", R"({"sku":"A","units":2,"seconds":900})", "k1");
  REQUIRE(granted.status == 201);
  const auto path = granted.raw.header("location");
  CHECK(path == "/v1/holds/" + granted.text("hold"));
  CHECK(granted.number("available") == 1);
  CHECK(all.get(path).body.at("lines").at(0).at("state").as_string() == "held");
  CHECK(all.post(path + "/ship", R"({"shipped":2})", "k2").code() == "not-confirmed");
  CHECK(all.post(path + "/confirm", "", "k3").status == 200);
  CHECK(all.get(path).body.at("lines").at(0).at("state").as_string() == "confirmed");
  CHECK(all.post(path + "/release", "", "k4").code() == "reservation-confirmed");
  CHECK(all.post(path + "/ship", R"({"shipped":2})", "k5").status == 200);
  CHECK(all.get("/v1/stock/A").number("on_hand") == 1);
  CHECK(all.get("/v1/stock/A").number("reserved") == 0);
}

TEST_CASE("a hold that is released gives its units back, and a second release says that it has ended") {
  api_world here;
  here.stock("A", 3);
  auto all = here.caller();
  const auto path =
      all.post("/v1/holds", R"({"sku":"A","units":3,"seconds":900})", "k1").raw.header("location");
  CHECK(all.post("/v1/holds", R"({"sku":"A","units":1,"seconds":900})", "k2").code() == "insufficient-stock");
  CHECK(all.post(path + "/release", "{}", "k3").status == 200);
  CHECK(here.available("A") == 3);
  const auto again = all.post(path + "/release", "{}", "k4");
  CHECK((again.code() == "reservation-closed" || again.code() == "unknown-reservation"));
  CHECK(all.get("/v1/holds/nonsense").code() == "unknown-hold");
  CHECK(all.post("/v1/holds/nonsense/confirm", "", "k5").code() == "unknown-hold");
}

TEST_CASE("the last unit goes to exactly one of many parallel clients") {
  api_world here;
  here.stock("LAST", 1);
  constexpr int clients = 24;
  std::atomic<int> granted{0};
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < clients; ++i) {
    threads.emplace_back([&, i] {
      auto all = here.caller();
      const auto answer =
          all.post("/v1/holds", R"({"sku":"LAST","units":1,"seconds":60})", fmt::format("client-{}", i));
      if (answer.status == 201) ++granted;
      if (answer.status == 409 && answer.code() == "insufficient-stock") ++refused;
    });
  }
  for (auto& thread : threads)
    thread.join();
  CHECK(granted == 1);
  CHECK(refused == clients - 1);
  CHECK(here.available("LAST") == 0);
}

TEST_CASE("a repeat gets the first outcome, whatever has happened since") {
  api_world here;
  here.stock("A", 5);
  auto all = here.caller();
  const std::string body = R"({"sku":"A","units":2,"seconds":900})";
  const auto first = all.post("/v1/holds", body, "k1");
  all.move("/v1/receipts", R"({"sku":"A","units":100})");
  const auto again = all.post("/v1/holds", R"( { "seconds": 900, "units": 2, "sku": "\u0041" } )", "k1");
  CHECK(again.status == 201);
  CHECK(again.raw.header("idempotent-replayed") == "true");
  CHECK(again.raw.body == first.raw.body);
  CHECK(first.raw.header("idempotent-replayed").empty());
  CHECK(here.available("A") == 103);
}

TEST_CASE("a key that is used for something else is refused, across SKUs and operations too") {
  api_world here;
  here.stock("A", 5);
  here.stock("B", 5);
  auto all = here.caller();
  REQUIRE(all.post("/v1/receipts", R"({"sku":"A","units":1})", "k1").status == 201);
  CHECK(all.post("/v1/receipts", R"({"sku":"A","units":2})", "k1").code() == "key-reused");
  CHECK(all.post("/v1/receipts", R"({"sku":"B","units":1})", "k1").code() == "key-reused");
  CHECK(all.post("/v1/counts", R"({"sku":"A","counted":1})", "k1").status == 422);
  CHECK(all.post("/v1/holds", R"({"seconds":9,"lines":[{"sku":"A","units":1},{"sku":"B","units":1}]})", "k1")
            .code() == "key-reused");
  CHECK(here.available("A") == 6);
  CHECK(here.available("B") == 5);
}

TEST_CASE("keys belong to their caller") {
  api_world here;
  here.stock("A", 5);
  CHECK(here.caller("all").post("/v1/receipts", R"({"sku":"A","units":1})", "k1").status == 201);
  const auto other = here.caller("writer").post("/v1/receipts", R"({"sku":"A","units":2})", "k1");
  CHECK(other.status == 201);
  CHECK(here.available("A") == 8);
}

TEST_CASE("a refusal is not remembered: the same request may be granted later") {
  api_world here;
  here.stock("A", 0);
  auto all = here.caller();
  const std::string body = R"({"sku":"A","units":1,"seconds":60})";
  CHECK(all.post("/v1/holds", body, "k1").status == 409);
  all.move("/v1/receipts", R"({"sku":"A","units":1})");
  CHECK(all.post("/v1/holds", body, "k1").status == 201);
}

TEST_CASE("a movement without a usable key is refused") {
  api_world here;
  here.stock("A", 1);
  auto all = here.caller();
  const std::string body = R"({"sku":"A","units":1})";
  CHECK(all.post("/v1/receipts", body).code() == "key-missing");
  CHECK(all.post("/v1/receipts", body, std::string(256, 'k')).code() == "key-malformed");
  CHECK(all.post("/v1/receipts", body, "t\xc3\xa4st").code() == "key-malformed");
  CHECK(all.send("POST", "/v1/receipts", body, "Idempotency-Key: a\r\nIdempotency-Key: b\r\n").code() ==
        "key-malformed");
  CHECK(all.post("/v1/receipts", body, std::string(255, 'k')).status == 201);
  CHECK(all.post("/v1/receipts", body, "\"quoted\"").status == 201);
  CHECK(all.post("/v1/receipts", body, "quoted").raw.header("idempotent-replayed") == "true");
}

TEST_CASE(
    "a request never goes beyond what is available, a fact is recorded all the same and opens an incident") {
  api_world here;
  here.stock("A", 1);
  auto all = here.caller();
  CHECK(all.post("/v1/orders", R"({"order":"1","mode":"request","lines":[{"sku":"A","units":2}]})", "k1")
            .code() == "insufficient-stock");
  const auto fact =
      all.post("/v1/orders", R"({"order":"2","mode":"fact","lines":[{"sku":"A","units":3}]})", "k2");
  CHECK(fact.status == 201);
  CHECK(fact.number("available") == -2);
  const auto incidents = all.get("/v1/incidents").body.at("incidents").as_array();
  REQUIRE(incidents.size() == 1);
  CHECK(incidents[0].at("units").as_int64() == 2);
  const auto path = fmt::format("/v1/incidents/A/{}/resolve", incidents[0].at("incident").as_int64());
  CHECK(all.post(path, R"({"note":"bought more"})", "k3").status == 200);
  CHECK(all.get("/v1/incidents").body.at("incidents").as_array().empty());
  CHECK(all.post("/v1/incidents/A/99/resolve", R"({"note":"x"})", "k4").code() == "unknown-incident");
  CHECK(all.post("/v1/incidents/A/x/resolve", R"({"note":"x"})", "k5").code() == "unknown-incident");
}

TEST_CASE("other content under a multi-line key stops the whole request") {
  api_world here;
  here.stock("A", 5);
  here.stock("B", 5);
  auto all = here.caller();
  REQUIRE(
      all.post("/v1/orders", R"({"order":"7","mode":"fact","lines":[{"sku":"A","units":1}]})", "k1").status ==
      201);
  const auto other =
      all.post("/v1/orders",
               R"({"order":"7","mode":"fact","lines":[{"sku":"A","units":1},{"sku":"B","units":1}]})", "k1");
  CHECK(other.status == 422);
  CHECK(other.code() == "key-reused");
  CHECK(here.available("B") == 5);
}

TEST_CASE("unknown SKUs are told all at once and nothing is done") {
  api_world here;
  here.stock("A", 5);
  auto all = here.caller();
  const auto answer = all.post(
      "/v1/orders",
      R"({"order":"7","mode":"fact","lines":[{"sku":"X","units":1},{"sku":"A","units":1},{"sku":"Y","units":1}]})",
      "k1");
  CHECK(answer.status == 404);
  CHECK(answer.code() == "unknown-sku");
  CHECK(answer.body.at("errors").as_array().size() == 2);
  CHECK(answer.body.at("errors").at(1).at("pointer").as_string() == "/lines/2/sku");
  CHECK(here.available("A") == 5);
}

TEST_CASE("bodies that break the rules are refused with code and place, and the connection lives on") {
  struct bad {
    std::string body;
    int status;
    std::string code;
  };

  const std::vector<bad> cases{
      {R"({"sku":"A","units":1)", 400, "malformed-json"},
      {R"(["sku"])", 400, "malformed-json"},
      {R"({"sku":"A","units":1.5})", 400, "malformed-json"},
      {R"({"sku":"A","units":1e309})", 400, "malformed-json"},
      {R"({"sku":"A","units":NaN})", 400, "malformed-json"},
      {R"({"sku":"A","units":1,"units":1})", 400, "malformed-json"},
      {R"({"sku":"A","units":99999999999999999999})", 400, "malformed-json"},
      {"{\"sku\":\"\xff\",\"units\":1}", 400, "malformed-json"},
      {std::string(50'000, '['), 400, "malformed-json"},
      {R"({"sku":"A","units":-1})", 422, "invalid-body"},
      {R"({"sku":"A","units":9223372036854775807})", 422, "invalid-body"},
      {R"({"sku":"A","units":"1"})", 422, "invalid-body"},
      {R"({"sku":"A","units":1,"colour":"red"})", 422, "invalid-body"},
      {R"({"sku":"A' OR 1=1 --","units":1})", 404, "unknown-sku"},
      {R"({"sku":"../../etc/passwd","units":1})", 404, "unknown-sku"},
      {"{\"sku\":\"\\u001b[31m\\u202e\",\"units\":1}", 404, "unknown-sku"},
  };
  api_world here;
  here.stock("A", 5);
  auto all = here.caller();
  for (const auto& each : cases) {
    INFO(each.body.substr(0, 100));
    const auto answer = all.post("/v1/receipts", each.body, "k1");
    CHECK(answer.status == each.status);
    REQUIRE(answer.body.is_object());
    CHECK(answer.code() == each.code);
    CHECK(answer.raw.header("content-type") == "application/problem+json; charset=utf-8");
  }
  CHECK(here.available("A") == 5);
}

TEST_CASE("a key outlives the process: after a restart the repeat gets the first outcome") {
  const auto content = storage::make_memory();
  const std::string body = R"({"sku":"A","units":2,"seconds":900})";
  std::string first;
  {
    api_world before{tests::api_options_for_tests(), {}, storage::open_memory(content)};
    before.stock("A", 5);
    first = before.caller().post("/v1/holds", body, "k1").raw.body;
  }
  api_world after{tests::api_options_for_tests(), {}, storage::open_memory(content)};
  const auto again = after.caller().post("/v1/holds", body, "k1");
  CHECK(again.raw.header("idempotent-replayed") == "true");
  CHECK(again.raw.body == first);
  CHECK(after.available("A") == 3);
}
