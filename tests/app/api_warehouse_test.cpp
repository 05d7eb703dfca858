// Warehouses over the API: what moves between them, what is on its way, what comes back, and who serves whom.
#include "tests/app/api_world.hpp"
#include "tests/comes_true.hpp"
#include "tests/troubled_store.hpp"

#include <atomic>
#include <fstream>
#include <sstream>

using namespace lockstep;
using tests::api_world;

namespace {

struct warehouses : api_world {
  warehouses() {
    stock("A", 10);
    CHECK(all.put("/v1/locations/east", R"({"title":"East","priority":1})").status == 200);
  }

  tests::api_answer detail() { return all.get("/v1/skus/A"); }

  // Units on hand at a location.
  std::int64_t at(std::string_view location) {
    const auto shown = detail();
    for (const auto& each : shown.body.at("locations").as_array())
      if (each.at("location").as_string() == location) return each.at("on_hand").as_int64();
    return 0;
  }

  tests::api_caller all = caller();
};

} // namespace

TEST_CASE("locations have codes, and main is always there") {
  warehouses here;
  const auto listed = here.all.get("/v1/locations").body.at("locations").as_array();
  REQUIRE(listed.size() == 2);
  CHECK(listed[0].at("location").as_string() == "main");
  CHECK(here.all.put("/v1/locations/main", R"({"title":"Home","priority":5})").status == 200);
  CHECK(here.all.get("/v1/locations/main").text("title") == "Home");
  CHECK(here.all.get("/v1/locations").body.at("locations").at(0).at("location").as_string() == "east");
  CHECK(here.all.get("/v1/locations/west").status == 404);
  const auto wrong = here.all.post("/v1/receipts", R"({"sku":"A","units":1,"location":"west"})", "k1");
  CHECK(wrong.code() == "unknown-location");
  CHECK(wrong.text("detail") == "There is no location 'west'.");
}

TEST_CASE("a transfer is in transit until it arrives, and what never arrives is lost") {
  warehouses here;
  constexpr auto sent = R"({"sku":"A","units":4,"from":"main","to":"east"})";
  const auto first = here.all.put("/v1/transfers/T1", sent);
  CHECK(first.status == 201);
  CHECK(first.text("transfer") == "T1");
  CHECK(first.number("available") == 6);
  CHECK(here.all.put("/v1/transfers/T1", sent).raw.header("idempotent-replayed") == "true");
  CHECK(here.all.put("/v1/transfers/T1", R"({"sku":"A","units":5,"from":"main","to":"east"})").code() ==
        "key-reused");
  CHECK(here.detail().number("in_transit") == 4);
  CHECK(here.all.move("/v1/transfers/T1/receipts", R"({"sku":"A","units":1})").number("available") == 7);
  CHECK(here.detail().body.at("transfers").at(0).at("open").as_int64() == 3);
  here.all.move("/v1/transfers/T1/receipts", R"({"sku":"A","units":2,"completes":true})");
  CHECK(here.at("east") == 3);
  CHECK(here.detail().number("total") == 9);
  CHECK(here.all.post("/v1/transfers/T1/cancel", R"({"sku":"A"})", "k1").code() == "unknown-transfer");
}

TEST_CASE("a transfer that is cancelled is back where it came from") {
  warehouses here;
  here.all.put("/v1/transfers/T2", R"({"sku":"A","units":4,"from":"main","to":"east"})");
  here.all.move("/v1/transfers/T2/cancel", R"({"sku":"A"})");
  CHECK(here.at("main") == 10);
  CHECK(here.available("A") == 10);
}

TEST_CASE("a supply is incoming, may be sold ahead of, and a shortfall opens an incident that says why") {
  warehouses here;
  const auto told = here.all.send("PUT", "/v1/supplies/PO7",
                                  R"({"sku":"A","units":5,"due":"2099-01-01T00:00:00Z"})", "Idempotency-Key: s1\r\n");
  CHECK(told.status == 201);
  CHECK(here.detail().number("incoming") == 5);
  constexpr auto beyond = R"({"order":"9","mode":"request","lines":[{"sku":"A","units":14}]})";
  CHECK(here.all.post("/v1/orders", beyond, "k1").code() == "insufficient-stock");
  here.all.move("/v1/orders", R"({"order":"9","mode":"request","sells_ahead":true,"lines":[{"sku":"A","units":14}]})");
  const auto shown = here.detail();
  CHECK(shown.body.at("unserved").at(0).at("units").as_int64() == 4);
  CHECK(shown.body.at("supplies").at(0).at("due").as_string() == "2099-01-01T00:00:00.000000Z");
  here.all.move("/v1/supplies/PO7/receipts", R"({"sku":"A","units":1,"completes":true})");
  const auto open = here.all.get("/v1/incidents").body.at("incidents").as_array();
  REQUIRE(open.size() == 1);
  CHECK(open[0].at("cause").as_string() == "supply_short");
  CHECK(open[0].at("units").as_int64() == 3);
  CHECK(here.metric(R"(lockstep_incidents_by_cause{cause="supply_short"})") == "1");
}

TEST_CASE("a return is announced, arrives in part, is inspected, and the rest is given up") {
  warehouses here;
  CHECK(here.all.put("/v1/returns/R1", R"({"sku":"A","units":3,"location":"east"})").status == 201);
  CHECK(here.detail().body.at("returns").at(0).at("announced").as_int64() == 3);
  here.all.move("/v1/returns/R1/arrivals", R"({"sku":"A","units":2,"location":"east"})");
  CHECK(here.detail().number("inspecting") == 2);
  here.all.move("/v1/returns/R1/inspections", R"({"sku":"A","sellable":1,"damaged":1,"location":"east"})");
  CHECK(here.at("east") == 1);
  here.all.move("/v1/returns/R1/close", R"({"sku":"A","note":"kept by the buyer"})");
  CHECK(here.detail().body.at("returns").as_array().empty());
  CHECK(here.all.post("/v1/returns/R1/arrivals", R"({"sku":"A","units":1})", "k1").code() == "unknown-return");
}

TEST_CASE("a hold is extended, confirmed in part and served from another warehouse") {
  warehouses here;
  here.all.move("/v1/receipts", R"({"sku":"A","units":5,"location":"east"})");
  const auto path = here.all.post("/v1/holds", R"({"sku":"A","units":4,"seconds":60})", "k1").raw.header("location");
  CHECK(here.all.move(path + "/extend", R"({"seconds":900})").number("seconds") == 900);
  CHECK(here.all.move(path + "/confirm", R"({"units":3})").number("available") == 12);
  here.all.move(path + "/allocate", R"({"from":"main","to":"east","units":3})");
  here.all.move(path + "/ship", R"({"shipped":2})");
  CHECK(here.at("east") == 3);
  here.all.move(path + "/ship", R"({"shipped":3,"location":"main"})");
  CHECK(here.at("main") == 9);
}

TEST_CASE("a count of the past is corrected by what moved since, and an older one is refused") {
  warehouses here;
  CHECK(here.all.move("/v1/counts", R"({"sku":"A","counted":8})").number("available") == 8);
  CHECK(here.all.post("/v1/counts", R"({"sku":"A","counted":50,"observed_at":"2020-01-01T00:00:00Z"})", "k1").code() ==
        "stale-observation");
  CHECK(here.all.move("/v1/available", R"({"sku":"A","available":20})").number("available") == 20);
  CHECK(here.detail().body.at("locations").at(0).as_object().contains("observed_at"));
}

TEST_CASE("fenced units are for one account only") {
  warehouses here;
  here.all.move("/v1/fences", R"({"sku":"A","account":"writer","units":8})");
  constexpr auto three = R"({"order":"1","mode":"request","lines":[{"sku":"A","units":3}]})";
  CHECK(here.all.post("/v1/orders", three, "k1").code() == "insufficient-stock");
  CHECK(here.caller("writer").post("/v1/orders", three, "k1").status == 201);
  CHECK(here.detail().body.at("fences").at(0).at("left").as_int64() == 5);
  CHECK(here.all.post("/v1/fences", R"({"sku":"A","account":"nobody","units":8})", "k2").code() ==
        "unknown-account");
}

TEST_CASE("an account's orders are served by its sourcing rule, others from main") {
  warehouses here;
  here.all.move("/v1/receipts", R"({"sku":"A","units":5,"location":"east"})");
  constexpr auto rule = R"({"pick":"priority","split":true,"locations":[{"location":"east"},{"location":"main"}]})";
  CHECK(here.all.put("/v1/accounts/writer/sourcing", rule).status == 200);
  CHECK(here.all.get("/v1/accounts/writer/sourcing").body.at("locations").at(0).at("location").as_string() == "east");
  here.caller("writer").move("/v1/orders", R"({"order":"1","mode":"request","lines":[{"sku":"A","units":2}]})");
  here.all.move("/v1/orders", R"({"order":"2","mode":"request","lines":[{"sku":"A","units":1}]})");
  const auto shown = here.detail().body.at("locations").as_array();
  CHECK(shown.at(0).at("reserved").as_int64() == 1);
  CHECK(shown.at(1).at("reserved").as_int64() == 2);
  CHECK(shown.at(1).at("free").as_int64() == 3);
  CHECK(here.all.put("/v1/accounts/writer/sourcing", R"({"locations":[{"location":"west"}]})").code() ==
        "unknown-location");
  CHECK(here.all.send("DELETE", "/v1/accounts/writer/sourcing", "", "").status == 200);
  CHECK_FALSE(here.all.get("/v1/accounts/writer/sourcing").body.as_object().contains("pick"));
}

TEST_CASE("a batch speaks of transfers, supplies and returns too") {
  warehouses here;
  const auto answer = here.all.batch(R"({"key":"b1","op":"transfer","transfer":"T9","sku":"A","units":2,"from":"main","to":"east"}
{"key":"b2","op":"transfer-receipt","transfer":"T9","sku":"A","units":2}
{"key":"b3","op":"available","sku":"A","available":3}
)");
  CHECK(answer.raw.body.find("refused") == std::string::npos);
  CHECK(here.at("east") == 2);
  CHECK(here.available("A") == 3);
}

// Every example of docs/inventory.md: a request, and the status and members that came back.
TEST_CASE("the examples of the page about inventory are what happens") {
  api_world here;
  auto all = here.caller();
  std::ifstream page{LOCKSTEP_SOURCE_DIR "/docs/inventory.md"};
  tests::api_answer answer;
  int requests = 0;
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("    ")) continue;
    std::istringstream words{line.substr(4)};
    std::string first, second, rest;
    words >> first >> second;
    std::getline(words >> std::ws, rest);
    INFO(line);
    if (first != "->") {
      answer = all.send(first, second, rest, fmt::format("Idempotency-Key: example-{}\r\n", ++requests));
      continue;
    }
    INFO(answer.raw.body);
    CHECK(answer.status == std::stoi(second));
    if (rest.empty()) continue;
    const auto expected = boost::json::parse(rest);
    for (const auto& [name, value] : expected.as_object())
      CHECK(answer.body.at(name) == value);
  }
  CHECK(requests > 25);
}

TEST_CASE("what began under an id long ago does not begin again") {
  actors::node_options engine;
  engine.key_retention = std::chrono::minutes{1}; // what is younger may be forgotten: clocks differ
  api_world here{tests::api_options_for_tests(), engine};
  here.stock("A", 9);
  auto all = here.caller();
  REQUIRE(all.put("/v1/locations/east", R"({"title":"East"})").status == 200);
  const std::string sent = R"({"sku":"A","units":4,"from":"main","to":"east"})";
  REQUIRE(all.put("/v1/transfers/T1", sent).status == 201);
  all.move("/v1/transfers/T1/receipts", R"({"sku":"A","units":4,"completes":true})");
  CHECK(all.put("/v1/transfers/T1", sent).code() == "older-than-window");
  CHECK(all.put("/v1/transfers/T2", sent).status == 201);
  REQUIRE(all.put("/v1/returns/R1", R"({"sku":"A","units":1})").status == 201);
  all.move("/v1/returns/R1/close", R"({"sku":"A"})");
  CHECK(all.put("/v1/returns/R1", R"({"sku":"A","units":1})").code() == "older-than-window");
  const auto batch = all.batch(R"({"key":"b1","op":"transfer","transfer":"T3","sku":"A","units":1,"from":"main","to":"east"}
{"key":"b2","op":"transfer","transfer":"T1","sku":"A","units":1,"from":"main","to":"east"}
{"key":"b3","op":"announce-return","return":"R2","sku":"A","units":1}
)");
  INFO(batch.raw.body);
  CHECK(batch.raw.body.find(R"("line":1,"key":"b1","status":201)") != std::string::npos);
  const auto second = batch.raw.body.find(R"("line":2,)");
  CHECK(batch.raw.body.find("older-than-window") > second);
  CHECK(batch.raw.body.find(R"("line":3,"key":"b3","status":201)") != std::string::npos);
  CHECK(here.caller().get("/v1/stock/A").number("in_transit") == 5);
}

namespace {

// A reader that counts the beginnings it is asked for.
class counting_reader final : public tests::troubled_reader {
 public:
  counting_reader(std::unique_ptr<storage::reader> below, std::atomic<int>& asked)
      : troubled_reader(std::move(below), [] { return std::string{}; }), asked_(asked) {}

  storage::result<std::optional<engine::time_point>> began(engine::sku_id sku, const engine::uuid& key) override {
    ++asked_;
    return troubled_reader::began(sku, key);
  }

 private:
  std::atomic<int>& asked_;
};

// While `wanted` is above zero, it commits nothing before so many beginnings were asked for.
class waiting_store final : public storage::store {
 public:
  struct watch {
    std::atomic<int> asked{0};
    std::atomic<int> wanted{0};
    std::atomic<bool> came{true};
  };

  explicit waiting_store(watch& over) : watch_(over) {}

  storage::epoch current_epoch() const override { return below_->current_epoch(); }

  storage::commit_result commit(const storage::batch& content) override {
    if (!tests::comes_true([&] { return watch_.asked >= watch_.wanted; })) watch_.came = false;
    return below_->commit(content);
  }

  storage::result<bool> find_batch(storage::batch_number number) override { return below_->find_batch(number); }

  storage::result<std::unique_ptr<storage::reader>> open_reader() override {
    auto opened = below_->open_reader();
    if (!opened) return opened.error();
    return std::unique_ptr<storage::reader>{new counting_reader{std::move(*opened), watch_.asked}};
  }

 private:
  watch& watch_;
  std::unique_ptr<storage::store> below_ = storage::open_memory(storage::make_memory());
};

} // namespace

TEST_CASE("the transfers and returns of a batch do not wait for each other's commit") {
  waiting_store::watch watch;
  api_world here{tests::api_options_for_tests(), {}, std::make_unique<waiting_store>(watch)};
  here.stock("A", 9);
  auto all = here.caller();
  REQUIRE(all.put("/v1/locations/east", R"({"title":"East"})").status == 200);
  watch.wanted = 3;
  const auto answer = all.batch(R"({"key":"b1","op":"transfer","transfer":"T1","sku":"A","units":2,"from":"main","to":"east"}
{"key":"b2","op":"announce-return","return":"R1","sku":"A","units":1}
{"key":"b3","op":"transfer","transfer":"T2","sku":"A","units":2,"from":"main","to":"east"}
)");
  INFO(answer.raw.body);
  CHECK(watch.came);
  CHECK(answer.raw.body.find("problem") == std::string::npos);
  CHECK(all.get("/v1/stock/A").number("in_transit") == 4);
}
