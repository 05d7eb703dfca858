// What an account's listings leave for the next start: the cursor, and what their publications say.
#include "engine/channel_push.hpp"
#include "engine/limits.hpp"
#include "tests/catch.hpp"

using namespace lockstep;
using namespace lockstep::engine;
using namespace std::chrono_literals;

namespace {

const time_point start{std::chrono::hours{24 * 365 * 56}};
const time_point cursor = start - 1h;
constexpr auto shop = account_id{1};
using slot = channel_push::slot;
using verdict = channel_push::verdict;

listing make_listing(std::int64_t i) {
  listing made;
  made.id = listing_id{i};
  made.account = shop;
  made.sku = sku_id{i};
  made.item = std::to_string(i);
  return made;
}

number make_number(std::int64_t sku, version of, quantity available) {
  number made;
  made.sku = sku_id{sku};
  made.version = of;
  made.available = available;
  made.known = true;
  made.by_sale = true;
  return made;
}

// Three listings at rest that show 100, facts heard up to `cursor`, increases allowed.
channel_push resting() {
  channel_push push{{.push = {.compare_and_set = true, .settle = 60s, .signal_lag = 5s},
                     .rows_per_write = 10,
                     .rows_per_read = 10,
                     .intervals = {}}};
  const listing_push::stored known{
      .last = {1, 1, 100, start - 24h}, .expected = 100, .uncertain = false, .parked = {}};
  for (std::int64_t i = 1; i <= 3; ++i)
    push.rest(push.put(make_listing(i), &known, true, start));
  push.heard(cursor);
  push.orders_read(start, start);
  return push;
}

time_point told_to(channel_push& push, time_point now) {
  return push.told_to(now - 2h);
}

void acknowledge(channel_push& push, time_point now) {
  for (const auto& row : push.next_write(now))
    push.written(row, verdict::applied, {}, now);
}

} // namespace

TEST_CASE("start: the cursor is the latest fact that was heard while everything is settled") {
  auto push = resting();
  CHECK(told_to(push, start) == cursor);
  push.heard(start);
  CHECK(told_to(push, start) == start);
  push.heard(start - 1s); // decided earlier, committed later
  CHECK(told_to(push, start) == start);
  CHECK(push.take_changed().empty());
}

TEST_CASE("start: a number that waits holds the cursor before its fact until it is acknowledged") {
  auto push = resting();
  push.number(make_number(1, 2, 90), start, start);
  push.heard(start);
  push.number(make_number(2, 2, 0), start + 1s, start + 1s);
  push.heard(start + 1s);
  CHECK(told_to(push, start + 1s) == cursor);
  const auto rows = push.next_write(start + 2s);
  REQUIRE(rows.size() == 2);
  CHECK(told_to(push, start + 2s) == cursor); // in flight
  push.written(rows[0], verdict::applied, {}, start + 2s);
  push.written(rows[1], verdict::not_applied, {}, start + 2s);
  CHECK(told_to(push, start + 2s) < start + 1s);
  acknowledge(push, start + 3s);
  CHECK(told_to(push, start + 3s) == start + 1s);
}

TEST_CASE("start: a number that the channel shows already holds nothing, nor does its own sale") {
  auto push = resting();
  push.number(make_number(1, 2, 100), start, start);
  push.sale({shop, sku_id{2}, 3, start - 1min}, start);
  push.number(make_number(2, 2, 97), start, start);
  push.heard(start);
  CHECK(told_to(push, start) == start);
  CHECK(push.take_changed() == std::vector<slot>{1}); // what is expected there was lowered
  CHECK_FALSE(push.says_uncertain(1));
}

TEST_CASE("start: a number that is told again differs by no fact, so its publication says that it waits") {
  auto push = resting();
  auto told = make_number(1, 1, 90); // a margin that grew with the lag
  told.announced = true;
  push.number(told, start, start);
  push.heard(start);
  REQUIRE(push.pending() == 1);
  CHECK(told_to(push, start) == start);
  CHECK(push.says_uncertain(0));
  CHECK(push.take_changed() == std::vector<slot>{0});
  push.flush(start);
  acknowledge(push, start);
  CHECK_FALSE(push.says_uncertain(0));
}

TEST_CASE("start: what is uncertain is read back when no write of the last process can land any more") {
  channel_push push{{.push = {.compare_and_set = true, .settle = 60s, .signal_lag = 5s}, .intervals = {}}};
  const listing_push::stored known{
      .last = {1, 1, 100, start - 24h}, .expected = 100, .uncertain = true, .parked = {}};
  push.put(make_listing(1), &known, true, start);
  push.number(make_number(1, 1, 100), start + 1s, start + 1s);
  CHECK(push.wakes_at() == start + limits::channel_request_timeout + 60s);
}

TEST_CASE("start: a listing that agrees at first contact has a publication to rely on") {
  channel_push push{{.push = {.compare_and_set = true, .settle = 60s, .signal_lag = 5s}, .intervals = {}}};
  const auto s = push.put(make_listing(1), nullptr, true, start);
  SECTION("read") {
    push.number(make_number(1, 3, 100), start, start);
    REQUIRE(push.next_read(start) == std::vector<slot>{s});
    push.read(s, 100, start + 1s);
  }
  SECTION("swept before its number is told") {
    push.swept(s, 100, start, start + 1s);
    CHECK(push.take_changed().empty());
    push.number(make_number(1, 3, 100), start + 1s, start + 1s);
  }
  CHECK(push.pending() == 0);
  CHECK(push.take_changed() == std::vector<slot>{s});
  CHECK(push.protocol(s).last() == acknowledgement{1, 3, 100, start});
  CHECK_FALSE(push.says_uncertain(s));
}

TEST_CASE("start: a sale that the last process may have read, and the next is told, sends the number again") {
  auto push = resting();
  push.number(make_number(1, 2, 105), start, start);
  push.heard(start);
  push.flush(start);
  push.written(push.next_write(start).front(), verdict::stale, {}, start);
  REQUIRE(push.next_read(start) == std::vector<slot>{0});
  push.read(0, 105, start + 1s); // the shop has taken five back, and not told it yet
  REQUIRE(push.take_changed() == std::vector<slot>{0});
  REQUIRE_FALSE(push.says_uncertain(0));
  REQUIRE(told_to(push, start + 1s) == start);

  const auto& p = push.protocol(0);
  const listing_push::stored known{
      .last = p.last(), .expected = *p.expected(), .uncertain = false, .parked = {}};
  channel_push next{{.push = {.compare_and_set = true, .settle = 60s, .signal_lag = 5s}, .intervals = {}}};
  next.rest(next.put(make_listing(1), &known, true, start + 2s));
  next.orders_read(start + 2s, start + 2s);
  next.sale({shop, sku_id{1}, -5, start - 1s}, start + 3s);
  next.number(make_number(1, 3, 110), start + 3s, start + 3s);
  const auto rows = next.next_write(start + 3s);
  REQUIRE(rows.size() == 1);
  CHECK(rows.front().write.value == 110);
}

TEST_CASE("start: what waits longer than its bound is said by its publication instead") {
  auto push = resting();
  push.number(make_number(1, 2, 90), start, start);
  push.heard(start);
  CHECK(told_to(push, start + 2h) == cursor);
  CHECK(push.take_changed().empty());
  CHECK(told_to(push, start + 2h + 1s) == start);
  CHECK(push.take_changed() == std::vector<slot>{0});
  CHECK(push.says_uncertain(0));
  acknowledge(push, start + 3h);
  CHECK_FALSE(push.says_uncertain(0));
}

TEST_CASE("start: a lost answer makes the publication uncertain, and lets the cursor go with it") {
  auto push = resting();
  push.number(make_number(1, 2, 0), start, start);
  push.heard(start);
  const auto rows = push.next_write(start);
  push.written(rows.front(), verdict::lost, {}, start);
  CHECK(push.says_uncertain(0));
  CHECK(push.take_changed() == std::vector<slot>{0});
  CHECK(told_to(push, start) == start);
}

TEST_CASE("start: units held back are in no fact, so the publication is uncertain until they are settled") {
  auto push = resting();
  push.number(make_number(1, 2, 90), start, start);
  push.heard(start);
  push.flush(start);
  push.written(push.next_write(start).front(), verdict::stale, {}, start);
  for (const auto s : push.next_read(start))
    push.read(s, 85, start); // fifteen were sold that no order has told
  acknowledge(push, start);
  CHECK(push.protocol(0).last().value == 75);
  CHECK(push.pending() == 0);
  CHECK(push.says_uncertain(0));
  CHECK(told_to(push, start) == start);
  push.orders_read(start + 5s, start + 6s); // no order did: they were never sold
  CHECK(push.says_uncertain(0));
  acknowledge(push, start + 6s);
  CHECK(push.protocol(0).last().value == 90);
  CHECK_FALSE(push.says_uncertain(0));
}

TEST_CASE("start: drift under repair is in no fact, so the publication is uncertain until it is done") {
  auto push = resting();
  push.number(make_number(1, 1, 100), start, start);
  push.swept(0, 95, start, start);
  push.orders_read(start + 6s, start + 6s);
  for (const auto s : push.next_read(start + 6s))
    push.read(s, 95, start + 6s);
  const auto found = push.take_drift();
  REQUIRE(found.size() == 1);
  push.settle_drift(found.front(), true, start + 6s);
  CHECK(push.says_uncertain(0));
  acknowledge(push, start + 7s);
  CHECK_FALSE(push.says_uncertain(0));
}

TEST_CASE("start: drift that a person is asked about is left until the next change, and said by its "
          "publication") {
  auto push = resting();
  push.number(make_number(1, 1, 100), start, start);
  push.swept(0, 95, start, start);
  push.orders_read(start + 6s, start + 6s);
  for (const auto s : push.next_read(start + 6s))
    push.read(s, 95, start + 6s);
  push.settle_drift(push.take_drift().front(), false, start + 6s);
  CHECK(push.says_uncertain(0));
  CHECK(push.pending() == 0);
  push.number(make_number(1, 2, 95), start + 7s, start + 7s); // the person has adjusted the stock
  CHECK_FALSE(push.says_uncertain(0));
  CHECK(push.pending() == 0);
}

TEST_CASE(
    "start: a listing at rest asks for its number when the sweep finds it different, once it needs it") {
  auto push = resting();
  push.swept(0, 100, start, start);
  CHECK(push.take_needed().empty());
  push.swept(1, 95, start, start);
  CHECK(push.take_needed() == std::vector<sku_id>{sku_id{2}});
  push.orders_read(start + 6s, start + 6s);
  CHECK_FALSE(push.wants_read()); // without a number nobody could say what is right
  push.number(make_number(2, 1, 100), start + 7s, start + 7s);
  push.orders_read(start + 12s, start + 12s);
  CHECK(push.next_read(start + 12s) == std::vector<slot>{1});
  push.read(1, 95, start + 12s);
  const auto found = push.take_drift();
  REQUIRE(found.size() == 1);
  CHECK(found.front().expected == 100);
}

TEST_CASE("start: a changed listing is uncertain and due at once when its number is told") {
  auto push = resting();
  auto capped = make_listing(1);
  capped.rule.cap = 4;
  push.put(capped, nullptr, true, start);
  CHECK(push.says_uncertain(0));
  CHECK(push.count().resting == 3);
  push.number(make_number(1, 1, 100), start, start);
  CHECK(push.count().resting == 2);
  CHECK(push.next_write_at(start) == start);
  acknowledge(push, start);
  CHECK_FALSE(push.says_uncertain(0));
  CHECK(push.protocol(0).last().value == 4);
}
