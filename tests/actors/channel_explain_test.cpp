// Why a listing shows what it shows.
#include "tests/actors/channel_rig.hpp"
#include "tests/catch.hpp"

using namespace lockstep;
using namespace lockstep::tests;
using namespace std::chrono_literals;
using engine::published_step;
using engine::publishing_step;
using engine::rule_level;

TEST_CASE("explain: every step of a number with who ruled it, and what the channel acknowledged") {
  channel_rig rig{{.listings = 1}};
  rig.start();
  engine::listing_rule rule;
  rule.share = std::int8_t{50};
  rig.put_rule({rig.listing(1).account, "", rule});
  CHECK(rig.write() == "i1=5/10");
  rig.answer("write", "applied");
  rig.commit({{.sku = 1, .available = 9, .by_person = true}});
  CHECK(rig.write() == "i1=4/5");
  rig.answer("write", "applied");
  const auto told = rig.explain(1);
  CHECK((told.steps == std::vector<published_step>{{publishing_step::available, 9, rule_level::nobody},
                                                   {publishing_step::share, 4, rule_level::account},
                                                   {publishing_step::shown, 4, rule_level::nobody}}));
  CHECK(told.wanted == 4);
  CHECK(told.expected == 4);
  REQUIRE(told.acknowledged);
  CHECK(told.acknowledged->value == 4);
  CHECK(told.acknowledged->counter == told.publication);
  CHECK(told.acknowledged->version == told.version);
  CHECK(told.why.empty());
}

TEST_CASE("explain: what keeps a newer number from the channel is named") {
  channel_rig rig;
  rig.start();
  SECTION("its tier") {
    rig.commit({{.sku = 1, .available = 9}});
    const auto why = rig.explain(1).why;
    INFO(why);
    CHECK(why.starts_with("waits for its tier (slow) until 20"));
  }
  SECTION("its answer") {
    rig.commit({{.sku = 1, .available = 9, .by_person = true}});
    REQUIRE(rig.write() == "i1=9/10");
    CHECK(rig.explain(1).why == "being written: its answer is awaited");
  }
  SECTION("a person") {
    REQUIRE(rig.order(actors::channel_order::pause).empty());
    rig.commit({{.sku = 1, .available = 9, .by_person = true}});
    CHECK(rig.explain(1).why == "paused");
  }
  SECTION("its way here") {
    engine::number newer;
    newer.version = 100;
    newer.available = 3;
    newer.known = true;
    const auto told = rig.explain(1, newer);
    CHECK(told.wanted == 3);
    CHECK(told.version == 100);
    CHECK(told.why == "a newer number is on its way to the channel");
  }
}

TEST_CASE("explain: raises wait for orders, an observed account for a person, a SKU for its first count") {
  SECTION("orders") {
    channel_rig rig;
    rig.begin();
    rig.commit({{.sku = 1, .available = 20, .by_person = true}});
    CHECK(rig.explain(1).why == "raises wait until the account's orders have been read");
  }
  SECTION("observed") {
    channel_rig rig{{.mode = engine::account_mode::observe}};
    rig.begin();
    rig.commit({{.sku = 1, .available = 9}});
    CHECK(rig.explain(1).why == "observing: nothing is written before the account is activated");
  }
  SECTION("no number") {
    channel_rig rig;
    rig.begin();
    const auto told = rig.explain(1);
    CHECK_FALSE(told.version);
    CHECK(told.why == "no number: never counted or received, or quarantined");
  }
}
