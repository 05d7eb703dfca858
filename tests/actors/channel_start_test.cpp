// What a channel actor asks for when it starts, and what it leaves for the next start.
#include "tests/actors/channel_rig.hpp"

using namespace lockstep;
using namespace lockstep::tests;

namespace {

using numbers = std::vector<std::size_t>;

const auto told_to = channel_rig::start_time() - 1h;

// Where the cursor stands as last recorded; nothing when it was not.
std::optional<engine::time_point> cursor(const channel_rig& rig) {
  std::optional<engine::time_point> out;
  for (const auto& each : rig.recorded<storage::watermark>())
    if (each.stream == "numbers") out = each.at;
  return out;
}

engine::listing_rule capped(engine::quantity cap) {
  engine::listing_rule rule;
  rule.cap = cap;
  return rule;
}

engine::listing_rule half() {
  engine::listing_rule rule;
  rule.share = std::int8_t{50};
  return rule;
}

bool says_uncertain(const channel_rig& rig, std::size_t listing) {
  bool out = false;
  for (const auto& each : rig.recorded<storage::publication>())
    if (each.listing == rig.listing(listing).id) out = each.uncertain;
  return out;
}

} // namespace

TEST_CASE(
    "channel: a start without a cursor asks for every number, one with a cursor for those that are needed") {
  SECTION("without") {
    channel_rig rig;
    rig.begin();
    CHECK(rig.numbers_asked == numbers{1, 2, 3, 4});
    CHECK(rig.status().at_rest == 0);
  }
  SECTION("changed since, uncertain, never published; a parked one needs none") {
    channel_rig rig{{.listings = 6,
                     .clean = false,
                     .told_to = told_to,
                     .changed = {2},
                     .uncertain = 3,
                     .parked = 4,
                     .unpublished = 5}};
    rig.begin();
    CHECK(rig.numbers_asked == numbers{2, 3, 5});
    CHECK(rig.status().at_rest == 3);
    CHECK(rig.status().state == "reading orders");
  }
  SECTION("what was committed while it started") {
    channel_rig rig{{.clean = false, .told_to = told_to}};
    rig.begin({4});
    CHECK(rig.numbers_asked == numbers{4});
  }
}

TEST_CASE("channel: after a crash only what changed since the cursor is sent again, though it be equal") {
  channel_rig rig{{.clean = false, .told_to = told_to, .changed = {2}}};
  rig.begin();
  rig.commit({{.sku = 2, .available = 10, .version = 7}});
  rig.answer("orders", "");
  CHECK(rig.write() == "i2=10/10");
  rig.answer("write", "applied");
  rig.pass(2h);
  CHECK(rig.status().rows_sent == 1);
}

TEST_CASE("channel: a resting listing takes a sale of its own, and the next number, as one that was told") {
  channel_rig rig{{.clean = false, .told_to = told_to}};
  rig.begin();
  rig.answer("orders", "");
  rig.commit({{.sku = 1, .available = 9, .sold_here = 1}, {.sku = 2, .available = 0}});
  CHECK(rig.write() == "i2=0");
  rig.answer("write", "applied");
  rig.pass(2h);
  CHECK(rig.status().rows_sent == 1); // its own shop's number fell by itself
  CHECK(rig.status().at_rest == 2);
}

TEST_CASE("channel: the cursor follows what is settled, and stays before a number that waits") {
  channel_rig rig{{.told_to = told_to}};
  rig.begin();
  rig.answer("orders", "");
  rig.commit({{.sku = 1, .available = 9}}); // waits for its tier
  const auto before = rig.now();
  rig.pass(2s);
  CHECK(cursor(rig).value_or(told_to) == told_to);
  rig.commit({{.sku = 2, .available = 0}});
  rig.answer("write", "applied applied");
  rig.pass(2s);
  CHECK(cursor(rig) == before + 2s);
  CHECK_FALSE(says_uncertain(rig, 1));
}

TEST_CASE("channel: a number that waits for ever says so in its row, and holds the cursor no longer") {
  channel_rig rig{{.told_to = told_to}};
  rig.begin();
  rig.answer("orders", "retry"); // no increase may leave
  rig.commit({{.sku = 1, .available = 20}});
  rig.pass(1min);
  CHECK(cursor(rig).value_or(told_to) == told_to);
  rig.pass(3h);
  CHECK(cursor(rig) > told_to);
  CHECK(says_uncertain(rig, 1));
}

TEST_CASE("channel: the cursor does not move before the numbers that a start asked for were told") {
  channel_rig rig{{.told_to = told_to, .changed = {3}}};
  rig.tells = false;
  rig.begin();
  rig.answer("orders", "");
  rig.commit({{.sku = 1, .available = 9, .sold_here = 1}});
  rig.pass(2s);
  CHECK_FALSE(cursor(rig));
  rig.commit({{.sku = 3, .available = 10, .version = 1}});
  rig.send(actors::numbers_announced{});
  rig.pass(2s);
  CHECK(cursor(rig) > told_to);
}

TEST_CASE(
    "channel: numbers that were lost with their SKU's actor are asked for again before the cursor moves") {
  channel_rig rig{{.told_to = told_to, .changed = {3}}};
  rig.tells = false;
  rig.begin();
  rig.answer("orders", "");
  rig.send(actors::numbers_announced{.all = false});
  rig.commit({{.sku = 1, .available = 9, .sold_here = 1}});
  rig.pass(2s);
  CHECK(rig.numbers_asked == numbers{3, 3});
  CHECK_FALSE(cursor(rig));
  CHECK(rig.status().state == "waiting for numbers");
  rig.commit({{.sku = 3, .available = 10, .version = 1}});
  rig.send(actors::numbers_announced{});
  rig.pass(2s);
  CHECK(cursor(rig) > told_to);
  CHECK(rig.numbers_asked == numbers{3, 3});
}

TEST_CASE("channel: a number that waits for a slower tier than any bound holds the cursor all the while") {
  channel_rig rig{{.slow_interval = 24h, .told_to = told_to}};
  rig.begin();
  rig.answer("orders", "");
  rig.commit({{.sku = 1, .available = 9}});
  rig.pass(5h);
  CHECK(rig.write().empty());
  CHECK(cursor(rig).value_or(told_to) == told_to);
  CHECK_FALSE(says_uncertain(rig, 1));
}

TEST_CASE("channel: a changed listing is uncertain until its number is acknowledged, also when it rested") {
  channel_rig rig{{.told_to = told_to}};
  rig.begin();
  rig.answer("orders", "");
  auto capped = rig.listing(1);
  capped.rule.cap = 4;
  rig.put_listing(capped);
  rig.pass(2s);
  CHECK(says_uncertain(rig, 1));
  rig.commit({{.sku = 1, .available = 10, .version = 1}}); // persistence makes the SKU tell it
  CHECK(rig.write() == "i1=4/10");
  rig.answer("write", "applied");
  rig.pass(2s);
  CHECK_FALSE(says_uncertain(rig, 1));
}

TEST_CASE(
    "channel: a listing that was changed or added while the channel started is as the catalogue has it") {
  channel_rig rig{{.clean = false, .told_to = told_to}};
  auto moved = rig.listing(1);
  moved.sku = channel_rig::sku(9);
  auto capped = rig.listing(2);
  capped.rule.cap = 4;
  auto added = rig.listing(3);
  added.id = engine::listing_id{5};
  added.sku = channel_rig::sku(8);
  added.item = "i5";
  added.variant = "v5";
  for (const auto& each : {moved, capped, added})
    rig.put_in_catalogue(each);
  rig.begin();
  CHECK(rig.numbers_asked == numbers{2, 8, 9});
  CHECK(rig.status().listings == 5);
  rig.answer("orders", "");
  rig.commit({{.sku = 2, .available = 10, .version = 1}});
  CHECK(rig.write() == "i2=4/10");
}

TEST_CASE("channel: a row that is recorded while a change of its listing is on its way stays uncertain") {
  channel_rig rig{{.told_to = told_to}};
  rig.begin();
  rig.answer("orders", "");
  auto capped = rig.listing(1);
  capped.rule.cap = 4;
  rig.put_in_catalogue(capped);
  rig.commit({{.sku = 1, .available = 9, .sold_here = 1}});
  rig.pass(2s);
  CHECK(says_uncertain(rig, 1));
}

TEST_CASE("channel: a rule of the account reaches what rested, by its number, at once") {
  channel_rig rig{{.told_to = told_to}};
  rig.begin();
  rig.answer("orders", "");
  rig.put_rule({rig.listing(1).account, "", capped(4)});
  rig.pass(1s);
  CHECK(rig.numbers_asked == numbers{1, 2, 3, 4});
  rig.commit({{.sku = 1, .available = 10, .version = 1}, {.sku = 2, .available = 3, .version = 1}});
  CHECK(rig.write() == "i2=3/10 i1=4/10");
}

TEST_CASE("channel: a tag's rule reaches the listings of products with the tag") {
  channel_rig rig;
  rig.start();
  rig.put_rule({rig.listing(1).account, "hot", half()}, {{channel_rig::sku(2), {"hot"}}});
  rig.pass(1s);
  CHECK(rig.write() == "i2=5/10");
}

// The commit that made the rule durable took the cursor away: were it back before the rule is known here, a crash in
// between would leave the old numbers.
TEST_CASE("channel: the cursor does not come back while a rule is on its way") {
  channel_rig rig{{.told_to = told_to}};
  rig.begin();
  rig.answer("orders", "");
  rig.put_in_catalogue(engine::account_rule{rig.listing(1).account, "", capped(10)});
  rig.commit({{.sku = 1, .available = 9, .sold_here = 1}});
  rig.pass(2s);
  CHECK_FALSE(cursor(rig));
  rig.put_rule({rig.listing(1).account, "", capped(10)});
  rig.commit({{.sku = 1, .available = 9, .version = 2},
              {.sku = 2, .available = 10, .version = 1},
              {.sku = 3, .available = 10, .version = 1},
              {.sku = 4, .available = 10, .version = 1}});
  rig.pass(2s);
  CHECK(cursor(rig));
}

TEST_CASE("channel: the sweep finds drift on a resting listing and repairs it with the right number") {
  channel_rig rig{{.drift = actors::drift_policy::repair, .told_to = told_to}};
  rig.begin();
  rig.answer("orders", "");
  REQUIRE(rig.order(actors::channel_order::sweep).empty());
  rig.answer("list", "i1=10:s1@v1 i2=7:s2@v2 i3=10:s3@v3 i4=10:s4@v4");
  CHECK(rig.numbers_asked == numbers{2});
  rig.commit({{.sku = 2, .available = 10, .version = 1}}); // what was acknowledged already
  rig.pass(10s);
  rig.answer("orders", "");
  CHECK(rig.read() == "i2");
  rig.answer("read", "i2=7");
  CHECK(rig.write() == "i2=10/7");
  rig.pass(2s);
  CHECK(says_uncertain(rig, 2)); // a crash now must not forget it: no fact tells of it
  rig.answer("write", "applied");
  rig.pass(2s);
  CHECK_FALSE(says_uncertain(rig, 2));
  CHECK(rig.status().at_rest == 3);
}

TEST_CASE("channel: a parked listing that rests asks for its number when a person resumes the account") {
  channel_rig rig{{.clean = false, .told_to = told_to, .parked = 4}};
  rig.begin();
  rig.answer("orders", "");
  CHECK(rig.numbers_asked.empty());
  REQUIRE(rig.order(actors::channel_order::resume).empty());
  CHECK(rig.numbers_asked == numbers{4});
  rig.commit({{.sku = 4, .available = 3}});
  CHECK(rig.read() == "i4");
}

TEST_CASE(
    "channel: an account that observes asks for numbers when somebody wants to see them or activates it") {
  channel_rig rig{{.mode = engine::account_mode::observe, .told_to = told_to}};
  rig.begin();
  CHECK(rig.numbers_asked.empty());
  CHECK(cursor(rig) == engine::time_point{}); // withdrawn: it tells nothing of what is shown now
  rig.answer("list", "i1=10:s1@v1 i2=10:s2@v2 i3=10:s3@v3 i4=9:s4@v4");
  SECTION("diff") {
    (void)rig.difference();
    CHECK(rig.numbers_asked == numbers{1, 2, 3, 4});
    rig.announce();
    const auto rows = rig.difference();
    REQUIRE(rows.size() == 1); // what was recorded before does not hide what is shown now
    CHECK(rows.front().listing == rig.listing(4).id);
    CHECK(rows.front().shown == 9);
    CHECK(rows.front().wanted == 10);
  }
  SECTION("activate") {
    REQUIRE(rig.order(actors::channel_order::activate).empty());
    CHECK(rig.numbers_asked == numbers{1, 2, 3, 4});
  }
}

TEST_CASE(
    "channel: a difference that waits for numbers is told when they came, or after a second without them") {
  channel_rig rig{{.mode = engine::account_mode::observe, .told_to = told_to}};
  rig.tells = false;
  rig.begin();
  const auto asked = rig.ask_difference();
  CHECK_FALSE(asked->has_value());
  SECTION("they came") {
    rig.announce();
    REQUIRE(asked->has_value());
    CHECK((*asked)->empty());
  }
  SECTION("they did not") {
    rig.pass(1100ms);
    REQUIRE(asked->has_value());
    CHECK((*asked)->size() == 4);
    CHECK((*asked)->front().why == "its number is being read");
  }
}
