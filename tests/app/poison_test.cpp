// Content that every edge let pass and the store refuses for good: its SKU is quarantined, and the daemon
// comes back up though the same content is told to it again and again.
#include "tests/app/listed_shop.hpp"
#include "tests/storage/postgres_server.hpp"

using namespace lockstep;
using namespace lockstep::tests;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using storage::samples::postgres_server;

namespace {

// Somebody has given the ledger a rule of his own.
struct ruled_store {
  void forbid_five() {
    server.ask(fmt::format("ALTER TABLE {}.ledger ADD CONSTRAINT no_five CHECK (abs(units) <> 5)", schema));
  }

  void allow_five() { server.ask(fmt::format("ALTER TABLE {}.ledger DROP CONSTRAINT no_five", schema)); }

  postgres_server& server = postgres_server::shared();
  std::string schema = server.new_schema();
  installation here{server.url(schema, server.port())};
};

void check_ends_over_it(served_engine& engine) {
  CHECK(engine.program().wait() == 70);
  CHECK_THAT(engine.program().log(), Contains("the SKU is quarantined"));
}

} // namespace

TEST_CASE("poison: a request the store refuses ends the daemon once, and its repeats are refused in words") {
  ruled_store store;
  const auto hold = R"({"sku":"A","units":5,"seconds":86400})";
  {
    served_engine engine{store.here};
    engine.stock("A", 100);
    engine.stock("B", 100);
    store.forbid_five();
    CHECK(engine.ask("POST", "/v1/holds", hold, "poison").status / 100 != 2);
    check_ends_over_it(engine);
  }
  {
    served_engine engine{store.here};
    for (int again = 0; again < 3; ++again) {
      const auto told = engine.ask("POST", "/v1/holds", hold, "poison");
      CHECK(told.status / 100 == 4);
      CHECK_THAT(told.body, Contains("quarantined"));
    }
    CHECK(engine.receive("B", 1, "beside it").status == 201);
    engine.stop();
  }
  store.allow_five();
  served_engine engine{store.here};
  CHECK(engine.ask("POST", "/v1/products/A/release").status / 100 == 2);
  CHECK(engine.ask("POST", "/v1/holds", hold, "poison").status == 201);
  CHECK(engine.figure("A", "available") == 95);
  CHECK(engine.figure("A", "version") == 2);
  CHECK(engine.figure("B", "available") == 101);
  engine.stop();
}

TEST_CASE("poison: a sale the store refuses ends the daemon once, and becomes a dead letter however often it "
          "is read") {
  ruled_store store;
  listed_shop shop{store.here};
  store.here.configure(shop.section());
  {
    served_engine engine{store.here};
    engine.stock("A", 100, shop.product());
    shop.activate(engine);
    REQUIRE(shop.comes_to_show(engine, 100));
    store.forbid_five();
    shop.sell(5);
    check_ends_over_it(engine);
  }
  shop.sell(2); // good ones go on, beside it
  {
    served_engine engine{store.here};
    CHECK(comes_true([&] { return engine.figure("A", "reserved") == 2; }));
    CHECK(comes_true(
        [&] { return engine.ask("GET", "/v1/dead-letters").body.find("quarantined") != std::string::npos; }));
    shop.sell(1);
    CHECK(comes_true([&] { return engine.figure("A", "reserved") == 3; }));
    engine.stop();
  }
  store.allow_five();
  served_engine engine{store.here};
  CHECK(engine.ask("POST", "/v1/products/A/release").status / 100 == 2);
  // The store's own letter says why; the poll's holds what can be told again.
  const auto waiting = engine.get("/v1/dead-letters");
  for (const auto& each : waiting.at("dead_letters").as_array()) {
    const auto what = each.at("kind") == "store" ? "dismiss" : "replay";
    const auto path = fmt::format("/v1/dead-letters/{}/{}", each.at("id").as_int64(), what);
    CHECK(engine.ask("POST", path).status == 200);
  }
  CHECK(comes_true([&] { return engine.figure("A", "reserved") == 8; }));
  CHECK(shop.comes_to_show(engine, 92));
  engine.stop();
}
