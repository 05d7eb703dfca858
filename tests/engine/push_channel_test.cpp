// What an account's listings have in common: deadlines, scarcity, several listings of a SKU, size.
#include "engine/channel_push.hpp"
#include "tests/catch.hpp"

#include <chrono>

using namespace lockstep;
using namespace lockstep::engine;
using namespace std::chrono_literals;

namespace {

const time_point start{std::chrono::hours{24 * 365 * 56}};
constexpr auto shop = account_id{1};

channel_terms terms(std::size_t rows, bool compare = true) {
  return {.push = {.compare_and_set = compare, .settle = 60s, .signal_lag = 5s},
          .rows_per_write = rows,
          .rows_per_read = rows,
          .intervals = {}};
}

velocity selling(double per_day, time_point at) {
  velocity one;
  one.count(at);
  return velocity::restore(per_day / one.per_day(at), at);
}

listing make_listing(std::int64_t i, std::int64_t sku) {
  listing made;
  made.id = listing_id{i};
  made.account = shop;
  made.sku = sku_id{sku};
  made.item = std::to_string(i);
  return made;
}

number make_number(std::int64_t sku, version of, quantity available, double per_day = 0) {
  number made;
  made.sku = sku_id{sku};
  made.version = of;
  made.available = available;
  made.known = true;
  made.by_sale = true;
  made.velocity = selling(per_day, start);
  return made;
}

// Listings 1 to `count` of SKUs of the same number, showing 100.
channel_push account_of(std::int64_t count, channel_terms of) {
  channel_push push{of};
  const listing_push::stored known{
      .last = {1, 1, 100, start - 24h}, .expected = 100, .uncertain = false, .parked = {}};
  for (std::int64_t i = 1; i <= count; ++i) {
    push.put(make_listing(i, i), &known, true, start);
    push.number(make_number(i, 1, 100), start, start);
  }
  push.orders_read(start, start);
  return push;
}

std::vector<quantity> values(const std::vector<channel_push::write_row>& rows) {
  std::vector<quantity> out;
  for (const auto& row : rows)
    out.push_back(row.write.value);
  return out;
}

} // namespace

TEST_CASE("account: a change waits for its tier, and a later change does not postpone it") {
  auto push = account_of(1, terms(250));
  push.number(make_number(1, 2, 90), start, start);
  CHECK(push.next_write_at(start) == start + 1h);
  push.number(make_number(1, 3, 80), start + 30min, start + 30min);
  CHECK(push.next_write_at(start) == start + 1h);
  CHECK(values(push.next_write(start + 1h)) == std::vector<quantity>{80});
  CHECK(push.count().coalesced == 1);
}

TEST_CASE("account: an older number never replaces a newer one") {
  auto push = account_of(1, terms(250));
  push.number(make_number(1, 5, 0), start, start);
  push.number(make_number(1, 4, 50), start, start);
  CHECK(values(push.next_write(start)) == std::vector<quantity>{0});
}

TEST_CASE("account: scarce calls go where overselling is likeliest") {
  auto push = account_of(5, terms(1));
  push.number(make_number(1, 2, 90, 20), start, start);  // plenty left
  push.number(make_number(2, 2, 2, 20), start, start);   // nearly gone
  push.number(make_number(3, 2, 2, 90), start, start);   // nearly gone and fast
  push.number(make_number(4, 2, 120, 99), start, start); // an increase
  std::vector<std::int64_t> listings;
  for (auto rows = push.next_write(start); !rows.empty(); rows = push.next_write(start))
    listings.push_back(static_cast<std::int64_t>(push.content(rows.front().listing).id));
  CHECK(listings == std::vector<std::int64_t>{3, 2, 1, 4});
}

TEST_CASE("account: without compare-and-set a thin number is shown less by what sells unseen") {
  auto slow_signal = terms(250, false);
  slow_signal.push.signal_lag = 2h;
  auto push = account_of(1, slow_signal);
  push.number(make_number(1, 2, 3, 24), start, start); // two orders in two hours
  CHECK(values(push.next_write(start)) == std::vector<quantity>{1});
}

TEST_CASE("account: a sale of a SKU with two listings makes both be read") {
  auto push = account_of(1, terms(250));
  const listing_push::stored known{
      .last = {1, 1, 100, start - 24h}, .expected = 100, .uncertain = false, .parked = {}};
  const auto second = push.put(make_listing(2, 1), &known, true, start);
  push.number(make_number(1, 2, 100), start, start);
  push.sale({shop, sku_id{1}, 1, start}, start);
  push.number(make_number(1, 3, 99), start, start);
  const auto asked = push.next_read(start);
  REQUIRE(asked.size() == 2);
  push.read(asked[0], 99, start); // this one sold
  push.read(asked[1], 100, start);
  const auto rows = push.next_write(start + 1h);
  REQUIRE(rows.size() == 1);
  CHECK(rows.front().listing == second);
  CHECK(rows.front().write.expected == 100);
}

TEST_CASE("account: the lag is measured from commit to acknowledgement, of numbers that were due at once") {
  auto push = account_of(1, terms(250));
  push.number(make_number(1, 2, 0), start, start);
  const auto rows = push.next_write(start + 1s);
  push.written(rows.front(), channel_push::verdict::applied, {}, start + 3s);
  CHECK(push.lag().counted() == 1);
  CHECK(push.lag().quantile(0.5) >= 3s);
  CHECK(push.lag().quantile(0.5) < 3500ms);
}

TEST_CASE("account: a changed mapping takes the listing to its new SKU") {
  auto push = account_of(2, terms(250));
  auto moved = make_listing(1, 2);
  push.put(moved, nullptr, true, start);
  push.number(make_number(1, 2, 0), start, start); // nobody's any more
  CHECK(push.next_write(start).empty());
  push.number(make_number(2, 2, 0), start, start);
  CHECK(push.next_write(start).size() == 2);
}

TEST_CASE("account: a re-mapped listing shows nothing of its old SKU, and its new SKU's number though it is "
          "equal") {
  auto push = account_of(2, terms(250));
  push.number(make_number(1, 2, 0), start, start); // waits, and is never sent
  push.put(make_listing(1, 7), nullptr, true, start);
  const auto slot = *push.find(listing_id{1});
  CHECK_FALSE(push.protocol(slot).has_number());
  CHECK(push.protocol(slot).last().version == 0);
  CHECK(push.protocol(slot).last().counter == 1);
  CHECK(push.next_write(start).empty());

  push.number(make_number(7, 1, 100), start,
              start); // an older version than the old SKU's, and an equal number
  CHECK(push.next_write(start).empty());
  REQUIRE(push.next_read(start) == std::vector<channel_push::slot>{slot});
  push.read(slot, 100, start);
  const auto rows = push.next_write(start);
  REQUIRE(values(rows) == std::vector<quantity>{100});
  push.written(rows.front(), channel_push::verdict::applied, {}, start);
  CHECK(push.protocol(slot).last().version == 1);
  CHECK(push.protocol(slot).state() == push_state::idle);
}

TEST_CASE("account: a write in flight when its listing is re-mapped is awaited, and corrected") {
  auto push = account_of(1, terms(250));
  push.number(make_number(1, 2, 2), start, start);
  const auto rows = push.next_write(start);
  REQUIRE(values(rows) == std::vector<quantity>{2});
  push.put(make_listing(1, 7), nullptr, true, start);
  push.number(make_number(7, 5, 30), start, start);
  CHECK(push.next_write(start).empty());
  push.written(rows.front(), channel_push::verdict::applied, {}, start);
  const auto corrected = push.next_write(start);
  REQUIRE(values(corrected) == std::vector<quantity>{30});
  CHECK(corrected.front().write.expected == 2);
}

TEST_CASE("account: a rule that a person changes is due at once, whatever its tier") {
  auto push = account_of(1, terms(250));
  auto ruled = make_listing(1, 1);
  push.put(ruled, nullptr, true, start); // the same again is no change
  CHECK_FALSE(push.next_write_at(start));
  ruled.rule.buffer = margin{30, false};
  push.put(ruled, nullptr, true, start);
  CHECK(values(push.next_write(start)) == std::vector<quantity>{70});
}

TEST_CASE(
    "account: rules and mappings that empty many listings are the brake's business, sold-out ones are not") {
  auto push = account_of(30, terms(250));
  SECTION("rules") {
    for (std::int64_t i = 1; i <= 30; ++i) {
      auto closed = make_listing(i, i);
      closed.rule.cap = 0;
      push.put(closed, nullptr, true, start);
    }
    CHECK(push.next_write(start).empty());
    CHECK(push.braked());
  }
  SECTION("mappings") {
    for (std::int64_t i = 1; i <= 30; ++i)
      push.put(make_listing(i, 99), nullptr, true, start);
    push.number(make_number(99, 1, 0), start, start);
    CHECK(push.next_write(start).empty());
    CHECK(push.braked());
  }
  SECTION("rules of what is sold out") {
    for (std::int64_t i = 1; i <= 30; ++i) {
      push.number(make_number(i, 2, 0), start, start);
      auto capped = make_listing(i, i);
      capped.rule.cap = 5;
      push.put(capped, nullptr, true, start);
    }
    CHECK(push.next_write(start).size() == 30);
  }
}

TEST_CASE("account: a change costs the same among ten and among a hundred thousand listings") {
  const auto took = [](std::int64_t listings) {
    auto push = account_of(listings, terms(250));
    version of = 1;
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 20'000; ++i) {
      ++of;
      push.number(make_number(1 + i % listings, of, of % 2 == 0 ? 2 : 90), start, start);
      for (const auto& row : push.next_write(start))
        push.written(row, channel_push::verdict::applied, {}, start);
    }
    return std::chrono::steady_clock::now() - began;
  };
  (void)took(10);
  const auto few = took(10);
  const auto many = took(100'000);
  CHECK(many < few * 40 + 200ms); // a walk over all listings would be thousands of times as much
}
