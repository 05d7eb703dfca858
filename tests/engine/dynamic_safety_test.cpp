// Safety stock that follows velocity.
#include "tests/catch.hpp"

#include "engine/dynamic_safety.hpp"
#include "engine/limits.hpp"

#include <cmath>

using namespace lockstep;
using namespace lockstep::engine;
using namespace std::chrono_literals;

namespace {

// Share of the Poisson demands that are at most `units`, by logarithms.
double share_within(double expected, quantity units) {
  double sum = 0;
  for (quantity k = 0; k <= units; ++k) {
    const auto n = static_cast<double>(k);
    sum += std::exp(n * std::log(expected) - expected - std::lgamma(n + 1));
  }
  return sum;
}

constexpr duration day = 24h;

} // namespace

TEST_CASE("dynamic safety is the fewest units that cover 99 % of the demands within the lag") {
  for (const double expected : {0.001, 0.01, 0.0101, 0.1, 0.5, 1.0, 3.0, 10.0, 99.0}) {
    INFO(expected);
    const auto units = safety_for(expected, day);
    CHECK(share_within(expected, units) >= 0.99 - 1e-9);
    if (units > 0) CHECK(share_within(expected, units - 1) < 0.99);
  }
  CHECK(safety_for(0, day) == 0);
  CHECK(safety_for(100, 0s) == 0);
  CHECK(safety_for(17'280, 5s) == 4); // one order within five seconds
  CHECK(safety_for(1e4, day) == 10'233);
  CHECK(safety_for(1e300, day) == limits::units_per_movement_max);
}

TEST_CASE("dynamic safety grows with velocity and with lag") {
  quantity before = 0;
  for (double per_day = 1; per_day < 1e6; per_day *= 1.3) {
    const auto units = safety_for(per_day, 30s);
    CHECK(units >= before);
    CHECK(safety_for(per_day, 60s) >= units);
    before = units;
  }
}

TEST_CASE("dynamic safety changes from and to zero, and else only by more than a quarter") {
  const auto next = [](quantity present, double expected) { return followed(present, expected, day); };
  CHECK(next(0, 0.0) == std::nullopt);
  CHECK(next(0, 0.5) == 3);
  CHECK(next(3, 0.0) == 0);
  CHECK(next(3, 0.5) == std::nullopt);
  CHECK(safety_for(10, day) == 18);
  CHECK(next(18, 10) == std::nullopt);
  CHECK(next(15, 10) == std::nullopt); // 3 of 15
  CHECK(next(14, 10) == 18);           // 4 of 14
  CHECK(next(24, 10) == std::nullopt); // 6 of 24
  CHECK(next(25, 10) == 18);           // 7 of 25
}
