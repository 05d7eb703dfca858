#include "engine/velocity.hpp"
#include "tests/catch.hpp"
#include "tests/engine/lone_sku.hpp"

using namespace lockstep::test;
using std::chrono::days;
using std::chrono::hours;

namespace {

// `per_day` orders a day, evenly, for a month.
velocity after_a_month_of(int per_day, time_point& now) {
  velocity selling;
  for (int i = 0; i < 30 * per_day; ++i) {
    now += duration{days{1}} / per_day;
    selling.count(now);
  }
  return selling;
}

} // namespace

TEST_CASE("a steady rate of n orders a day settles at n") {
  for (const int rate : {1, 10, 240}) {
    auto now = start_of_tests;
    const auto selling = after_a_month_of(rate, now);
    // The value jumps by one order's weight and falls until the next: its mean is the rate.
    const auto between = now + duration{days{1}} / rate / 2;
    CHECK(selling.per_day(between) == Approx(rate).epsilon(0.02));
  }
}

TEST_CASE("velocity halves in two days without a sale") {
  auto now = start_of_tests;
  const auto selling = after_a_month_of(100, now);
  const auto then = selling.per_day(now);
  CHECK(selling.per_day(now + days{2}) == Approx(then / 2));
  CHECK(selling.per_day(now + days{4}) == Approx(then / 4));
  CHECK(selling.per_day(now + days{400}) == Approx(0).margin(1e-9));
}

TEST_CASE("a time that goes back counts as the last one") {
  velocity selling;
  selling.count(start_of_tests);
  selling.count(start_of_tests - hours{5});
  CHECK(selling.as_of() == start_of_tests);
  CHECK(selling.weight() == 2);
  CHECK(selling.per_day(start_of_tests - days{1}) == selling.per_day(start_of_tests));
}

TEST_CASE("velocity is restored from its stored form") {
  velocity selling;
  selling.count(start_of_tests);
  selling.count(start_of_tests + hours{7});
  CHECK(velocity::restore(selling.weight(), selling.as_of()) == selling);
  CHECK(velocity{}.per_day(start_of_tests) == 0);
}

TEST_CASE("a sale is an order line first seen with units, or a confirmed hold") {
  lone_sku sku;
  const auto sales = [&] { return sku.state().velocity.weight(); };

  (void)sku.apply(make_command(receive{.units = 100}));
  (void)sku.apply(make_command(record_line{.line = named("o1"), .ordered = 3}));
  CHECK(sales() == 1);
  (void)sku.apply(make_command(record_line{.line = named("o1"), .ordered = 5, .shipped = 5}));
  CHECK(sales() == 1);
  (void)sku.apply(make_command(record_line{.line = named("o2"), .cancelled = 1}));
  CHECK(sales() == 1);
  (void)sku.apply(make_command(record_line{.line = named("o2"), .ordered = 2}));
  CHECK(sales() == 2);
  (void)sku.apply(make_command(hold{.reservation = named("h"), .units = 1, .expires_at = sku.now + 1h}));
  CHECK(sales() == 2);
  (void)sku.apply(make_command(confirm{named("h")}));
  CHECK(sales() == 3);
  (void)sku.apply(make_command(ship{named("h"), 1}));
  CHECK(sales() == 3);
}
