#include "engine/latency.hpp"
#include "engine/limits.hpp"
#include "engine/tier.hpp"
#include "tests/catch.hpp"

#include <sstream>
#include <string>

using namespace lockstep;
using namespace lockstep::engine;
using namespace std::chrono_literals;

namespace {

const time_point day_one{std::chrono::hours{24 * 365 * 56}};

velocity selling(double per_day, time_point at) {
  velocity one;
  one.count(at);
  return velocity::restore(per_day / one.per_day(at), at);
}

} // namespace

TEST_CASE("tier: entered at its rate, left a fifth below it") {
  // Orders per day, a day apart, and the tier after each.
  std::istringstream rows{R"(
    0.0   slow
    0.99  slow
    1.0   moderate
    0.81  moderate
    0.79  slow
    10.0  moderate
    10.1  real time
    8.1   real time
    7.9   moderate
    0.5   slow
    30    real time
    0     slow
  )"};
  tier_class speed;
  auto now = day_one;
  double rate = 0;
  std::string name;
  while (rows >> rate && std::getline(rows >> std::ws, name)) {
    CAPTURE(rate);
    CHECK(to_string(speed.update(selling(rate, now), now)) == name.substr(0, name.find_last_not_of(' ') + 1));
    now += 24h;
  }
}

TEST_CASE("tier: five orders within a quarter of an hour promote at once, and the rush ends by itself") {
  tier_class speed;
  velocity sales;
  auto now = day_one;
  (void)speed.update(sales, now);
  for (int i = 0; i < 4; ++i) {
    sales.count(now += 1min);
    CHECK(speed.update(sales, now) != tier::real_time);
  }
  sales.count(now += 1min);
  CHECK(speed.update(sales, now) == tier::real_time);
  CHECK(speed.update(sales, now + 10min) == tier::real_time);
  CHECK(speed.update(sales, now + 20min) == tier::moderate);
  CHECK(speed.update(sales, now + 24h * 30) == tier::slow);
}

TEST_CASE("tier: five orders over a day are no rush") {
  tier_class speed;
  velocity sales;
  auto now = day_one;
  for (int i = 0; i < 5; ++i) {
    sales.count(now += 4h);
    CHECK(speed.update(sales, now) != tier::real_time);
  }
}

TEST_CASE("urgency: whatever the tier for zero, from zero, thin and people") {
  struct row {
    number_change change;
    bool urgent;
    const char* why;
  };

  const row rows[] = {
      {{.wanted = 50, .left = 50, .previous = 60, .per_day = 1, .lag = 5s}, false, "an ordinary change"},
      {{.wanted = 0, .left = 0, .previous = 60, .per_day = 0, .lag = 5s}, true, "to zero"},
      {{.wanted = 50, .left = 50, .previous = 0, .per_day = 0, .lag = 5s}, true, "from zero"},
      {{.wanted = 3, .left = 3, .previous = 4, .per_day = 0, .lag = 5s}, true, "three left"},
      {{.wanted = 4, .left = 4, .previous = 5, .per_day = 0, .lag = 5s}, false, "four left"},
      {{.wanted = 10, .left = 10, .previous = 11, .per_day = 240, .lag = 1h}, true, "an hour's sales left"},
      {{.wanted = 11, .left = 11, .previous = 12, .per_day = 240, .lag = 1h},
       false,
       "more than an hour's sales left"},
      {{.wanted = 2, .left = 50, .previous = 3, .per_day = 0, .lag = 5s},
       false,
       "a low cap is not thin stock"},
      {{.wanted = 50, .left = 50, .previous = 60, .per_day = 0, .lag = 5s, .by_person = true},
       true,
       "by a person"},
  };
  for (const auto& [change, urgent, why] : rows) {
    CAPTURE(why);
    CHECK(is_urgent(change) == urgent);
  }
}

TEST_CASE("thin margin: whole units of velocity times signal lag, and only when thin") {
  CHECK(thin_margin(3, 24, 5s, 2h) == 2);
  CHECK(thin_margin(3, 1, 5s, 2h) == 0);   // less than a unit expected
  CHECK(thin_margin(50, 24, 5s, 2h) == 0); // plenty
}

TEST_CASE("oversell risk grows with what is shown beyond the truth, velocity and lag, and as units run out") {
  const auto risk = oversell_risk(10, 5, 20, 60s);
  CHECK(oversell_risk(11, 5, 20, 60s) > risk);
  CHECK(oversell_risk(10, 5, 21, 60s) > risk);
  CHECK(oversell_risk(10, 5, 20, 61s) > risk);
  CHECK(oversell_risk(9, 4, 20, 60s) > risk);
  CHECK(oversell_risk(5, 5, 20, 60s) == 0);
  CHECK(oversell_risk(3, 5, 20, 60s) == 0);
}

TEST_CASE("latency: quantiles are at most an eighth too high") {
  latency all;
  CHECK(all.quantile(0.99) == duration{0});
  for (int i = 1; i <= 1'000; ++i)
    all.count(duration{i * 100});
  for (const double share : {0.01, 0.5, 0.99, 1.0}) {
    const auto exact = static_cast<double>(share) * 100'000;
    const auto told = static_cast<double>(all.quantile(share).count());
    CAPTURE(share);
    CHECK(told >= exact);
    CHECK(told <= exact * 1.126);
  }
}

TEST_CASE("latency: old values fade, extremes are counted") {
  latency all;
  for (int i = 0; i < 100'000; ++i)
    all.count(1s);
  for (int i = 0; i < 20'000; ++i)
    all.count(1ms);
  CHECK(all.quantile(0.5) < 2ms);
  all.count(duration::max());
  all.count(-1s);
  CHECK(all.quantile(1.0) > 24h);
  CHECK(all.quantile(0.0) == duration{0});
}
