// The first day of an account, and the sweep: reading, mapping, comparing, activating; drift and what is done
// about it.
#include "tests/actors/channel_rig.hpp"

using namespace lockstep;
using namespace lockstep::tests;

namespace {

channel_rig::options observing() {
  channel_rig::options chosen;
  chosen.stored = false;
  chosen.mode = engine::account_mode::observe;
  return chosen;
}

const std::string four_items = "i1=10 i2=7 i3=0 i4=12";

} // namespace

TEST_CASE("observe: listings are read page by page and compared, and nothing is written") {
  channel_rig rig{observing()};
  rig.start();
  rig.answer("list", "i1=10 i2=7 next p2");
  rig.pass(600ms);
  rig.answer("list", "i3=0 i4=-");
  rig.commit({{.sku = 1, .available = 0}});
  rig.pass(1h);
  CHECK(rig.write().empty());
  const auto rows = rig.difference();
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].shown == 10);
  CHECK(rows[0].wanted == 0);
  CHECK(rows[1].shown == 7);
  CHECK(rows[1].wanted == 10);
  CHECK_FALSE(rows[3].shown);
  CHECK(rig.status().state == "observing");
}

TEST_CASE("observe: activation waits for the first look, is recorded, and pushes what differs") {
  channel_rig rig{observing()};
  rig.start();
  CHECK_FALSE(rig.order(actors::channel_order::activate).empty());
  rig.answer("list", four_items);
  rig.pass(6s); // what is shown below the truth may have been sold: an order poll tells
  rig.answer("orders", "");
  CHECK(rig.order(actors::channel_order::activate).empty());
  REQUIRE(rig.recorded<engine::account>().size() == 1);
  CHECK(rig.recorded<engine::account>().front().mode == engine::account_mode::active);
  CHECK(rig.write() == "i4=10/12 i2=10/7 i3=10/0");
}

TEST_CASE("observe: an activation is obeyed and answered when it is durable, not before") {
  channel_rig rig{observing()};
  rig.start();
  rig.answer("list", four_items);
  rig.pass(6s);
  rig.answer("orders", "");
  rig.commits_held = true;
  rig.give(actors::channel_order::activate);
  rig.pass(1min);
  CHECK_FALSE(rig.answered_order);
  CHECK(rig.write().empty());
  CHECK(rig.status().mode == engine::account_mode::observe);
  CHECK_FALSE(rig.order(actors::channel_order::activate).empty()); // one change at a time
  rig.give(actors::channel_order::sweep);
  CHECK(rig.answered_order == "");
  rig.give(actors::channel_order::resume);
  CHECK(rig.answered_order == "the account observes: activate it");
  rig.release_commits();
  rig.run();
  CHECK(rig.status().mode == engine::account_mode::active);
  CHECK_FALSE(rig.write().empty());
}

TEST_CASE("channel: a pause is obeyed at once, and it and a resume are answered when they are durable") {
  channel_rig rig;
  rig.start();
  rig.commits_held = true;
  rig.give(actors::channel_order::pause);
  CHECK_FALSE(rig.answered_order);
  CHECK(rig.status().state == "paused");
  rig.release_commits();
  rig.run();
  CHECK(rig.answered_order == "");
  CHECK(rig.status().state == "paused");
  rig.commits_held = true;
  rig.give(actors::channel_order::resume);
  rig.pass(1h);
  CHECK_FALSE(rig.answered_order);
  CHECK(rig.waiting().empty());
  rig.release_commits();
  rig.run();
  CHECK(rig.answered_order == "");
  CHECK(rig.asks("orders"));
}

TEST_CASE("channel: a pause withdraws an activation that is not durable yet") {
  channel_rig rig{observing()};
  rig.start();
  rig.answer("list", four_items);
  rig.pass(6s);
  rig.answer("orders", "");
  rig.commits_held = true;
  rig.give(actors::channel_order::activate);
  rig.give(actors::channel_order::pause);
  CHECK(rig.status().mode == engine::account_mode::paused);
  rig.release_commits();
  rig.run();
  CHECK(rig.answered_order == "");
  CHECK(rig.status().mode == engine::account_mode::paused);
  rig.pass(1h);
  CHECK(rig.write().empty());
}

TEST_CASE("sweep: a rule that a person set while the sweep ran is kept when the variant is recorded") {
  auto chosen = observing();
  chosen.variants = false;
  channel_rig rig{chosen};
  rig.start();
  rig.answer("list", "i1=10@v1 i2=7@v2 next p2");
  auto capped = rig.listing(1);
  capped.rule.cap = 3;
  rig.put_listing(capped);
  rig.pass(600ms);
  rig.answer("list", "i3=0 i4=12");
  const auto completed = rig.recorded<engine::listing>();
  REQUIRE(completed.size() == 2);
  CHECK(completed[0].variant == "v1");
  CHECK(completed[0].rule.cap == 3);
  CHECK(completed[1].variant == "v2");
}

TEST_CASE("sweep: an item that a person has listed meanwhile keeps no other out") {
  channel_rig rig{observing()};
  rig.start();
  rig.answer("list", four_items + " n1=3:s11 n2=4:s12 next p2");
  rig.put_listing(
      {engine::listing_id{77}, engine::account_id{1}, channel_rig::sku(20), "n1", "", "here", {}});
  rig.pass(600ms);
  rig.answer("list", "n3=5:s13");
  std::vector<std::string> mapped;
  for (const auto& each : rig.recorded<engine::listing>())
    mapped.push_back(each.item);
  std::sort(mapped.begin(), mapped.end());
  CHECK(mapped == std::vector<std::string>{"n2", "n3"});
}

TEST_CASE("observe: the brake also guards the first push after activation") {
  auto chosen = observing();
  chosen.listings = 30;
  channel_rig rig{chosen};
  rig.announce(0);
  rig.answer("orders", "");
  std::string all;
  for (int i = 1; i <= 30; ++i)
    all += fmt::format("i{}=5 ", i);
  rig.answer("list", all);
  CHECK(rig.order(actors::channel_order::activate).empty());
  CHECK(rig.write().empty());
  CHECK(rig.status().state == "brake");
  CHECK(rig.order(actors::channel_order::release_brake).empty());
  CHECK(rig.write() == "i1=0 i2=0 i3=0");
}

TEST_CASE("observe: a shop that shows zero already does not brake a seller who has nothing") {
  auto chosen = observing();
  chosen.listings = 30;
  channel_rig rig{chosen};
  rig.announce(0);
  rig.answer("orders", "");
  std::string all;
  for (int i = 1; i <= 30; ++i)
    all += fmt::format("i{}=0 ", i);
  rig.answer("list", all);
  CHECK(rig.order(actors::channel_order::activate).empty());
  CHECK(rig.status().state == "ok");
  CHECK(rig.status().pending == 0);
}

TEST_CASE("observe: items are mapped by SKU text when they are the only ones, and recorded") {
  channel_rig rig{observing()};
  rig.start();
  rig.answer("list", four_items + " n1=3:s11 n2=4:s12 n3=5:s12 n4=6:nobody");
  const auto mapped = rig.recorded<engine::listing>();
  REQUIRE(mapped.size() == 1); // s12 twice: a person must say which
  CHECK(mapped.front().item == "n1");
  CHECK(mapped.front().sku == channel_rig::sku(11));
  CHECK(mapped.front().location == "here");
  CHECK(static_cast<std::int64_t>(mapped.front().id) > 0);
  rig.send(actors::listing_changed{mapped.front()});
  CHECK(rig.status().listings == 5);
}

TEST_CASE("observe: a second item of a SKU that is listed there already is not mapped") {
  channel_rig rig{observing()};
  rig.start();
  rig.answer("list", four_items + " n1=3:s1");
  CHECK(rig.recorded<engine::listing>().empty());
}

TEST_CASE("channel: pause stops everything, resume reads orders before anything is raised") {
  channel_rig rig;
  rig.start();
  CHECK(rig.order(actors::channel_order::pause).empty());
  rig.commit({{.sku = 1, .available = 30, .by_person = true}});
  rig.pass(1h);
  CHECK(rig.waiting().empty());
  CHECK(rig.status().state == "paused");
  CHECK(rig.order(actors::channel_order::resume).empty());
  CHECK(rig.write().empty());
  rig.answer("orders", "");
  CHECK(rig.write() == "i1=30/10");
}

TEST_CASE("channel: flush sends what waits for its tier") {
  channel_rig rig;
  rig.start();
  rig.commit({{.sku = 1, .available = 9}});
  CHECK(rig.write().empty());
  CHECK(rig.order(actors::channel_order::flush).empty());
  CHECK(rig.write() == "i1=9/10");
}

TEST_CASE("channel: a new listing and a new rule are pushed as they are told") {
  channel_rig rig;
  rig.start();
  engine::listing capped;
  capped.id = engine::listing_id{1};
  capped.account = engine::account_id{1};
  capped.sku = channel_rig::sku(1);
  capped.item = "i1";
  capped.location = "here";
  capped.rule.cap = 2;
  rig.send(actors::listing_changed{capped});
  rig.pass(1h);
  CHECK(rig.write() == "i1=2/10");
}

namespace {

// A sweep that sees 7 where 10 is expected, and the poll and read that confirm it.
void drift_to_seven(channel_rig& rig) {
  rig.start();
  rig.pass(1s);
  CHECK(rig.order(actors::channel_order::sweep).empty());
  rig.pass(10ms);
  rig.answer("list", "i1=7 i2=10 i3=10 i4=10");
  CHECK_FALSE(rig.asks("read")); // a sale would tell itself within the signal lag
  rig.pass(6s);
  rig.answer("orders", "");
  CHECK(rig.read() == "i1");
}

} // namespace

TEST_CASE("sweep: confirmed drift is repaired where the account says so") {
  channel_rig rig{{.drift = actors::drift_policy::repair}};
  drift_to_seven(rig);
  rig.answer("read", "i1=7");
  CHECK(rig.write() == "i1=10/7");
  CHECK(rig.status().drift_units == 3);
}

TEST_CASE("sweep: drift is left for a person where the account asks, until the number changes") {
  channel_rig rig;
  drift_to_seven(rig);
  rig.answer("read", "i1=7");
  rig.pass(2h);
  CHECK(rig.write().empty());
  CHECK(rig.difference().front().shown == 7);
  CHECK(rig.difference().front().wanted == 10);
  rig.commit({{.sku = 1, .available = 2}});
  CHECK(rig.write() == "i1=2/7");
}

TEST_CASE("sweep: adopted drift becomes an adjustment of the SKU by the difference") {
  channel_rig rig{{.drift = actors::drift_policy::adopt}};
  drift_to_seven(rig);
  rig.answer("read", "i1=7");
  REQUIRE(rig.submitted.size() == 1);
  CHECK(rig.submitted.front().sku == channel_rig::sku(1));
  CHECK(std::get<engine::adjust>(rig.submitted.front().asked.body).change == -3);
  rig.commit({{.sku = 1, .available = 7, .by_sale = false}});
  CHECK(rig.write().empty());
  CHECK(rig.status().pending == 0);
}

TEST_CASE("sweep: a sale that explains the number is no drift") {
  channel_rig rig{{.drift = actors::drift_policy::repair}};
  rig.start();
  rig.pass(1s);
  CHECK(rig.order(actors::channel_order::sweep).empty());
  rig.pass(10ms);
  rig.answer("list", "i1=7 i2=10 i3=10 i4=10");
  rig.commit({{.sku = 1, .available = 7, .sold_here = 3}});
  rig.pass(6s);
  rig.answer("orders", "");
  if (rig.asks("read")) rig.answer("read", "i1=7");
  CHECK(rig.write().empty());
  CHECK(rig.status().drift_units == 0);
}
