// What the channel actor sends, and when: tiers, coalescing, own sales, throttling, the brake, restarts.
#include "tests/actors/channel_rig.hpp"

using namespace lockstep;
using namespace lockstep::tests;

TEST_CASE("channel: a fast seller's change leaves at once, a moderate one waits its quarter of an hour, a "
          "slow one its hour") {
  channel_rig rig;
  rig.start();
  rig.commit({{.sku = 1, .available = 9, .per_day = 20}});
  CHECK(rig.write() == "i1=9/10");
  rig.answer("write", "applied");

  rig.pass(16min); // a history of its own, not a rush
  rig.commit({{.sku = 2, .available = 9, .per_day = 3}});
  rig.pass(14min);
  CHECK(rig.write().empty());
  rig.pass(2min);
  CHECK(rig.write() == "i2=9/10");
  rig.answer("write", "applied");

  rig.commit({{.sku = 3, .available = 9}});
  rig.pass(59min);
  CHECK(rig.write().empty());
  rig.pass(2min);
  CHECK(rig.write() == "i3=9/10");
}

TEST_CASE("channel: to zero, from zero, thin and by a person leave at once whatever the tier") {
  channel_rig rig;
  rig.start();
  rig.commit({{.sku = 1, .available = 0}});
  CHECK(rig.write() == "i1=0"); // zero is not compared
  rig.answer("write", "applied");
  rig.commit({{.sku = 2, .available = 3}});
  CHECK(rig.write() == "i2=3/10");
  rig.answer("write", "applied");
  rig.commit({{.sku = 3, .available = 40, .by_person = true, .by_sale = false}});
  CHECK(rig.write() == "i3=40/10");
  rig.answer("write", "applied");
  rig.pass(3min); // an order poll newer than the zero
  rig.answer("orders", "");
  rig.commit({{.sku = 1, .available = 8, .by_sale = false}});
  CHECK(rig.write() == "i1=8/0");
}

TEST_CASE("channel: a batch leaves when it is full, and rides along what is not due yet") {
  channel_rig rig;
  rig.start();
  rig.commit({{.sku = 1, .available = 9}, {.sku = 2, .available = 9}});
  CHECK(rig.write().empty());
  rig.commit({{.sku = 3, .available = 9}});
  CHECK(rig.write() == "i1=9/10 i2=9/10 i3=9/10");
  rig.answer("write", "applied applied applied");
  rig.commit({{.sku = 1, .available = 8}});
  rig.commit({{.sku = 2, .available = 2}}); // thin: its call is paid for
  CHECK(rig.write() == "i2=2/9 i1=8/9");
}

TEST_CASE("channel: a storm of changes while a request is out makes one more request") {
  channel_rig rig;
  rig.start();
  for (engine::quantity left = 9'000; left > 8'000; --left)
    rig.commit({{.sku = 1, .available = left, .per_day = 500}});
  CHECK(rig.waiting().size() == 1);
  CHECK(rig.write() == "i1=9000/10");
  rig.answer("write", "applied");
  CHECK(rig.write() == "i1=8001/9000");
  rig.answer("write", "applied");
  CHECK(rig.waiting().empty());
  const auto status = rig.status();
  CHECK(status.rows_sent == 2);
  CHECK(status.coalesced == 998);
  CHECK(status.pending == 0);
}

TEST_CASE("channel: its own sale is not pushed back, a sale while a write is out sends the number again") {
  channel_rig rig;
  rig.start();
  rig.commit({{.sku = 1, .available = 8, .per_day = 50, .sold_here = 2}});
  CHECK(rig.write().empty());
  rig.commit({{.sku = 1, .available = 7, .per_day = 50}}); // elsewhere
  CHECK(rig.write() == "i1=7/8");
  rig.commit({{.sku = 1, .available = 6, .per_day = 50, .sold_here = 1}});
  rig.answer("write", "applied");
  CHECK(rig.write() == "i1=6/6");
  rig.answer("write", "stale");
  CHECK(rig.read() == "i1");
  rig.answer("read", "i1=7"); // it had sold before our write landed
  CHECK(rig.write() == "i1=6/7");
  rig.answer("write", "applied");
  CHECK(rig.status().pending == 0);
  CHECK(rig.status().stale == 1);
}

TEST_CASE("channel: a stale row goes again in a batch of its own, its innocent neighbours together") {
  channel_rig rig;
  rig.start();
  rig.commit({{.sku = 1, .available = 9, .per_day = 50}, {.sku = 2, .available = 8, .per_day = 50}});
  CHECK(rig.write() == "i2=8/10 i1=9/10"); // the likelier oversell first
  rig.answer("write", "not_applied stale");
  CHECK(rig.write() == "i2=8/10");
  CHECK(rig.read() == "i1");
  rig.answer("write", "applied");
  rig.answer("read", "i1=9"); // one unseen sale
  rig.commit({{.sku = 2, .available = 7, .per_day = 50}});
  CHECK(rig.waiting().size() == 2);
  CHECK(rig.write() == "i1=8/9");
}

TEST_CASE(
    "channel: units held back are asked for by an early order poll, and shown again when it disproves them") {
  channel_rig rig;
  rig.start();
  rig.pass(1s);
  rig.commit({{.sku = 1, .available = 9, .per_day = 50}});
  rig.answer("write", "stale");
  rig.answer("read", "i1=8");
  CHECK(rig.write() == "i1=7/8");
  rig.answer("write", "applied");
  rig.pass(4s);
  CHECK_FALSE(rig.asks("orders"));
  rig.pass(2s);
  rig.answer("orders", "");
  CHECK(rig.write() == "i1=9/7");
}

TEST_CASE("channel: no raise leaves before orders have been read to now, lower numbers and zero do") {
  channel_rig rig;
  rig.announce();
  rig.commit({{.sku = 1, .available = 30, .by_person = true},
              {.sku = 2, .available = 0},
              {.sku = 3, .available = 2}});
  CHECK(rig.write() == "i2=0 i3=2/10");
  rig.answer("write", "applied applied");
  rig.pass(30s);
  CHECK(rig.write().empty());
  CHECK(rig.status().state == "reading orders");
  rig.answer("orders", "");
  CHECK(rig.write() == "i1=30/10");
}

TEST_CASE("channel: a SKU without a number is never pushed, not even as zero") {
  channel_rig rig;
  rig.answer("orders", "");
  auto content = std::make_shared<actors::committed_numbers>();
  engine::number unknown;
  unknown.sku = channel_rig::sku(1);
  content->numbers.push_back(unknown);
  rig.send(actors::numbers_committed{content});
  rig.pass(2h);
  CHECK(rig.write().empty());
  CHECK(rig.difference().front().why == "no number yet: never counted or received");
}

TEST_CASE("channel: a lost answer is read and written again under a new key, and read back after settling") {
  channel_rig rig;
  rig.start();
  rig.commit({{.sku = 1, .available = 2}});
  const auto first = rig.key();
  rig.answer("write", "uncertain");
  CHECK(rig.status().uncertain == 1);
  rig.pass(1s);
  rig.answer("read", "i1=10");
  CHECK(rig.write() == "i1=2/10");
  CHECK(rig.key() != first);
  rig.answer("write", "applied");
  rig.pass(58s);
  CHECK_FALSE(rig.asks("read"));
  rig.pass(2s);
  rig.answer("read", "i1=2");
  CHECK(rig.status().uncertain == 0);
  CHECK(rig.status().pending == 0);
}

TEST_CASE("channel: a write still running there is repeated with the same key, and uncertain in the end") {
  channel_rig rig;
  rig.start();
  rig.commit({{.sku = 1, .available = 2}});
  const auto key = rig.key();
  for (int i = 1; i < limits::repeat_key_attempts_max; ++i) {
    rig.answer("write", "repeat_key");
    CHECK(rig.write().empty());
    rig.pass(std::chrono::seconds{i});
    CHECK(rig.key() == key);
  }
  rig.answer("write", "repeat_key");
  CHECK(rig.status().uncertain == 1);
}

TEST_CASE("channel: throttling stops requests until told, and only the newest number leaves afterwards") {
  channel_rig rig;
  rig.start();
  rig.commit({{.sku = 1, .available = 2}});
  rig.answer("write", "throttled");
  CHECK(rig.status().state.starts_with("throttled until"));
  rig.commit({{.sku = 1, .available = 1}});
  CHECK(rig.write().empty());
  rig.pass(1100ms);
  CHECK(rig.write() == "i1=1/10");
  rig.answer("write", "applied");
  CHECK(rig.status().pending == 0);
}

TEST_CASE("channel: one that is away is asked by single probes, and gets everything when it is back") {
  channel_rig rig;
  rig.start();
  rig.commit({{.sku = 1, .available = 2}});
  std::size_t tries = 0;
  for (int i = 0; i < 600; ++i) {
    if (rig.asks("write")) rig.answer("write", "retry"), ++tries;
    if (rig.asks("orders")) rig.answer("orders", "retry"), ++tries;
    rig.pass(1s);
    CHECK(rig.waiting().size() <= 1);
  }
  CHECK(tries > 5);
  CHECK(tries < 25);
  CHECK(rig.status().state.starts_with("circuit"));
  rig.pass(6min);
  if (rig.asks("orders")) rig.answer("orders", "");
  CHECK(rig.write() == "i1=2/10");
  rig.answer("write", "applied");
  CHECK(rig.status().pending == 0);
}

TEST_CASE("channel: refused credentials stop everything until resumed") {
  channel_rig rig;
  rig.start();
  rig.commit({{.sku = 1, .available = 2}});
  rig.answer("write", "unauthorized");
  rig.pass(10min);
  CHECK(rig.waiting().empty());
  CHECK(rig.status().state.starts_with("unauthorized"));
  CHECK(rig.order(actors::channel_order::resume).empty());
  rig.answer("orders", "");
  CHECK(rig.write() == "i1=2/10");
}

TEST_CASE("channel: a listing refused for good is parked and recorded, its neighbours go on") {
  channel_rig rig;
  rig.start();
  rig.commit({{.sku = 1, .available = 2}, {.sku = 2, .available = 2}});
  rig.answer("write", "rejected not_applied");
  CHECK(rig.write() == "i2=2/10");
  rig.answer("write", "applied");
  rig.pass(2s);
  CHECK(rig.status().parked == 1);
  CHECK(rig.recorded<storage::publication>().front().parked == "rejected");
}

TEST_CASE("channel: acknowledged publications and own sales are recorded within a second, many at once") {
  channel_rig rig;
  rig.start();
  rig.commit({{.sku = 1, .available = 2}, {.sku = 2, .available = 1}});
  rig.answer("write", "applied applied");
  rig.commit({{.sku = 3, .available = 9, .sold_here = 1}});
  rig.pass(1100ms);
  const auto known = rig.recorded<storage::publication>();
  REQUIRE(known.size() == 3);
  CHECK(known[0].quantity == 1); // the riskier row went first
  CHECK(known[1].quantity == 2);
  CHECK(known[1].expected == 2);
  CHECK(known[2].quantity == 10);
  CHECK(known[2].expected == 9);
}

TEST_CASE("channel: after a crash listings whose publication is older are sent again, after a drain only "
          "other numbers") {
  {
    channel_rig rig{{.clean = false}};
    rig.announce(10, 5);
    rig.answer("orders", "");
    CHECK(rig.write() == "i1=10/10 i2=10/10 i3=10/10");
  }
  channel_rig rig;
  rig.announce(10, 5);
  rig.answer("orders", "");
  rig.pass(2h);
  CHECK(rig.status().rows_sent == 0);
}

TEST_CASE("channel: a quarantined SKU is not pushed until released") {
  channel_rig rig;
  rig.start();
  rig.send(actors::sku_quarantined{channel_rig::sku(1), false});
  rig.commit({{.sku = 1, .available = 2}});
  CHECK(rig.write().empty());
  rig.send(actors::sku_quarantined{channel_rig::sku(1), true});
  CHECK(rig.write() == "i1=2/10");
}

namespace {

std::vector<channel_rig::told> to_zero(std::size_t listings, bool by_sale) {
  std::vector<channel_rig::told> changes;
  for (std::size_t i = 1; i <= listings; ++i)
    changes.push_back({.sku = i, .by_sale = by_sale});
  return changes;
}

} // namespace

TEST_CASE("channel: more than twenty listings going to zero by other causes than sales stop all pushes until "
          "released") {
  channel_rig rig{{.listings = 30}};
  rig.start();
  rig.commit(to_zero(21, false));
  CHECK(rig.write().empty());
  CHECK(rig.status().state == "brake");
  rig.commit({{.sku = 25, .available = 2}});
  rig.pass(1h);
  CHECK(rig.write().empty());
  CHECK(rig.order(actors::channel_order::release_brake).empty());
  CHECK_FALSE(rig.write().empty());
}

TEST_CASE("channel: sales may empty every listing, and twenty may go to zero by any cause") {
  channel_rig rig{{.listings = 30}};
  rig.start();
  SECTION("sales") {
    rig.commit(to_zero(30, true));
  }
  SECTION("twenty") {
    rig.commit(to_zero(20, false));
  }
  CHECK_FALSE(rig.write().empty());
}

TEST_CASE("channel: its status tells how old the oldest change is that nobody acknowledged") {
  channel_rig rig;
  rig.start();
  CHECK(rig.status().behind == 0us);
  rig.commit({{.sku = 1, .available = 9, .per_day = 20}});
  rig.pass(2s);
  rig.commit({{.sku = 1, .available = 8, .per_day = 20}, {.sku = 2, .available = 7, .per_day = 20}});
  rig.pass(3s);
  CHECK(rig.status().behind == 5s);
  rig.answer("write", "applied");
  rig.pass(1s);
  CHECK(rig.status().behind == 6s); // its newer number is on its way
}

TEST_CASE("channel: its status tells how writes ended, and how long numbers waited for the rate limit") {
  channel_rig rig;
  rig.start();
  rig.commit({{.sku = 1, .available = 9, .per_day = 20}});
  rig.answer("write", "throttled");
  rig.pass(30s);
  rig.answer("write", "applied");
  const auto now = rig.status();
  const std::vector<std::pair<std::string_view, std::uint64_t>> ended{{"ok", 1}, {"throttled", 1}};
  CHECK(now.write_outcomes == ended);
  CHECK(now.limit_waits == 1);
  CHECK(now.limit_waited > 0us);
  CHECK(now.limit_waited < 30s);
}

TEST_CASE("channel: finishing pushes what waits, records it, and only then answers") {
  channel_rig rig;
  rig.start();
  rig.commit({{.sku = 1, .available = 9}});
  CHECK(rig.write().empty());
  rig.finish();
  CHECK(rig.write() == "i1=9/10");
  CHECK_FALSE(rig.finished);
  rig.answer("write", "applied");
  CHECK(rig.finished);
  CHECK(rig.recorded<storage::publication>().front().quantity == 9);
  rig.commit({{.sku = 2, .available = 0}});
  rig.pass(10min);
  CHECK(rig.waiting().empty()); // nothing leaves any more
}

TEST_CASE("channel: finishing does not wait for what cannot leave") {
  channel_rig rig{{.mode = engine::account_mode::observe}};
  rig.announce(9, 2);
  rig.finish();
  CHECK(rig.finished);
}
