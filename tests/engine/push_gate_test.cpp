// Rate limit, back-off, circuit breaker, and the gate made of them; and the brake.
#include "engine/brake.hpp"
#include "engine/limits.hpp"
#include "engine/request_gate.hpp"
#include "tests/catch.hpp"

#include <rapidcheck.h>

using namespace lockstep;
using namespace lockstep::engine;
using namespace std::chrono_literals;

namespace {

const time_point start{std::chrono::hours{24}};

throttle shopify(double available, double cost = 10) {
  return {.cost = cost,
          .available = available,
          .maximum = 2'000.0,
          .restore_per_second = 100.0,
          .retry_after = {}};
}

listing_id listing(int i) {
  return listing_id{i};
}

} // namespace

TEST_CASE("rate limit: a bucket empties and refills at its rate, never above its size") {
  rate_limit limit{100, 10};
  CHECK(limit.has(100, start));
  limit.take(100, start);
  CHECK_FALSE(limit.has(1, start));
  CHECK(limit.ready_at(50, start) == start + 5s);
  CHECK(limit.has(50, start + 5s));
  CHECK(limit.available(start + 1h) == Approx(100));
}

TEST_CASE("rate limit: what the channel tells replaces what was assumed, less what is still on its way") {
  rate_limit limit{100, 10};
  limit.learn(shopify(1'500), 300, start);
  CHECK(limit.maximum() == Approx(2'000));
  CHECK(limit.available(start) == Approx(1'200));
  CHECK(limit.available(start + 2s) == Approx(1'400));
}

TEST_CASE(
    "rate limit: a refusal with figures waits exactly as long as they say, one with a time as long as that") {
  rate_limit limit{100, 10};
  limit.learn(shopify(50), 0, start);
  limit.refused(shopify(50, 250), 250, start);
  CHECK(limit.blocked_until() == start + 2s); // (250 - 50) / 100
  limit.refused({.cost = {}, .available = {}, .maximum = {}, .restore_per_second = {}, .retry_after = 7s}, 1,
                start);
  CHECK(limit.ready_at(1, start) == start + 7s);
}

TEST_CASE("rate limit: a channel that tells nothing is asked at half the rate, and faster again after quiet "
          "minutes") {
  rate_limit limit{10, 8};
  limit.refused({}, 1, start);
  CHECK(limit.restore_per_second() == Approx(4));
  CHECK_FALSE(limit.has(1, start + 900ms));
  auto now = start;
  for (int minute = 0; minute < 30; ++minute)
    limit.take(0, now += 61s);
  CHECK(limit.restore_per_second() == Approx(8));
}

TEST_CASE("rate limit: a request dearer than the whole bucket passes when it is full") {
  rate_limit limit{100, 10};
  CHECK(limit.has(500, start));
  limit.take(500, start);
  CHECK_FALSE(limit.has(500, start + 49s));
  CHECK(limit.has(500, start + 51s));
}

TEST_CASE("rate limit: it never sends more than bucket and refill allow") {
  CHECK(rc::check([] {
    const double maximum = *rc::gen::inRange(1, 50);
    const double restore = *rc::gen::inRange(1, 20);
    rate_limit limit{maximum, restore};
    auto now = start;
    double sent = 0;
    for (int i = 0; i < 300; ++i) {
      now += std::chrono::milliseconds{*rc::gen::inRange(0, 200)};
      const double cost = *rc::gen::inRange(1, 5);
      if (cost > maximum || !limit.has(cost, now)) continue;
      limit.take(cost, now);
      sent += cost;
      const auto passed = std::chrono::duration<double>(now - start).count();
      RC_ASSERT(sent <= maximum + restore * passed + 1e-6);
    }
  }));
}

TEST_CASE("back-off: doubles up to its bound, jitter takes at most half, success starts again") {
  backoff wait{100ms, 1s};
  CHECK(wait.next(1.0) == 100ms);
  CHECK(wait.next(1.0) == 200ms);
  CHECK(wait.next(0.0) == 200ms); // half of 400
  CHECK(wait.next(1.0) == 800ms);
  CHECK(wait.next(1.0) == 1s);
  for (int i = 0; i < 100; ++i)
    CHECK(wait.next(1.0) == 1s);
  wait.reset();
  CHECK(wait.next(1.0) == 100ms);
}

TEST_CASE("circuit: every state and event") {
  circuit_breaker circuit;
  CHECK(circuit.state() == circuit_state::closed);
  for (int i = 1; i < limits::circuit_failures; ++i)
    circuit.failed(start, 1);
  CHECK(circuit.state() == circuit_state::closed);
  circuit.succeeded(); // counts anew
  for (int i = 1; i < limits::circuit_failures; ++i)
    circuit.failed(start, 1);
  CHECK(circuit.allows(start));
  circuit.failed(start, 1);
  CHECK(circuit.state() == circuit_state::open);
  CHECK_FALSE(circuit.allows(start + 4s));
  circuit.failed(start + 4s, 1); // late: nothing new
  CHECK(circuit.open_until() == start + 5s);
  CHECK(circuit.allows(start + 5s));
  circuit.sent(start + 5s);
  CHECK(circuit.state() == circuit_state::half_open);
  CHECK_FALSE(circuit.allows(start + 6s)); // one probe
  circuit.failed(start + 6s, 1);
  CHECK(circuit.state() == circuit_state::open);
  CHECK(circuit.open_until() == start + 16s); // twice as long
  circuit.sent(start + 16s);
  circuit.succeeded();
  CHECK(circuit.state() == circuit_state::closed);
  CHECK(circuit.allows(start + 16s));
}

TEST_CASE("circuit: a late success closes an open circuit") {
  circuit_breaker circuit;
  for (int i = 0; i < limits::circuit_failures; ++i)
    circuit.failed(start, 1);
  circuit.succeeded();
  CHECK(circuit.state() == circuit_state::closed);
}

TEST_CASE("gate: each kind of request has its own bound in flight") {
  request_gate gate;
  for (std::size_t i = 0; i < limits::channel_writes_in_flight_max; ++i) {
    CHECK(gate.allows(request_kind::write, start));
    gate.sent(request_kind::write, start);
  }
  CHECK_FALSE(gate.allows(request_kind::write, start));
  CHECK(gate.ready_at(request_kind::write, start) == time_point::max());
  CHECK(gate.allows(request_kind::orders, start));
  gate.answered(request_kind::write, request_outcome::answered, shopify(1'900), start, 0.5);
  CHECK(gate.allows(request_kind::write, start));
}

TEST_CASE("gate: the sweep leaves half of the bucket to the others") {
  request_gate gate;
  gate.sent(request_kind::orders, start);
  gate.answered(request_kind::orders, request_outcome::answered, shopify(900), start, 0.5);
  CHECK_FALSE(gate.allows(request_kind::list, start));
  CHECK(gate.allows(request_kind::write, start));
  const auto ready = gate.ready_at(request_kind::list, start);
  CHECK(ready > start);
  CHECK(gate.allows(request_kind::list, ready));
}

TEST_CASE("gate: costs are learned per kind") {
  request_gate gate;
  gate.sent(request_kind::list, start);
  gate.answered(request_kind::list, request_outcome::answered, shopify(1'000, 950), start, 0.5);
  CHECK_FALSE(gate.allows(request_kind::list, start + 5s)); // 950 and half of the bucket
  CHECK(gate.allows(request_kind::read, start));
}

TEST_CASE("gate: a failure pauses the account, a success ends the pause") {
  request_gate gate;
  gate.sent(request_kind::write, start);
  gate.answered(request_kind::write, request_outcome::failed, {}, start, 1);
  CHECK_FALSE(gate.allows(request_kind::write, start));
  CHECK(gate.ready_at(request_kind::write, start) == start + limits::channel_retry_min);
  CHECK(gate.allows(request_kind::write, start + limits::channel_retry_min));
}

TEST_CASE("brake: more than twenty listings, or five in a hundred, within ten minutes") {
  for (const auto& [listings, allowed] : {std::pair{30, 20}, std::pair{400, 20}, std::pair{1'000, 50}}) {
    CAPTURE(listings);
    brake guard;
    for (int i = 1; i <= allowed; ++i)
      guard.going_to_zero(listing(i));
    guard.going_to_zero(listing(1)); // counts once
    CHECK_FALSE(guard.check(static_cast<std::size_t>(listings), start));
    guard.going_to_zero(listing(allowed + 1));
    CHECK(guard.check(static_cast<std::size_t>(listings), start));
    CHECK(guard.engaged());
    guard.release();
    CHECK_FALSE(guard.check(static_cast<std::size_t>(listings), start));
  }
}

TEST_CASE("brake: zeros that left are forgotten after ten minutes, those that recover at once") {
  brake guard;
  for (int i = 1; i <= 20; ++i) {
    guard.going_to_zero(listing(i));
    guard.sent_zero(listing(i), start);
  }
  CHECK(guard.counted(start + 9min) == 20);
  CHECK(guard.counted(start + 10min) == 0);
  for (int i = 1; i <= 30; ++i)
    guard.going_to_zero(listing(i));
  for (int i = 1; i <= 15; ++i)
    guard.recovered(listing(i));
  CHECK_FALSE(guard.check(100, start + 10min));
  CHECK(guard.counted(start + 10min) == 15);
}

TEST_CASE("brake: once engaged it stays so though listings recover") {
  brake guard;
  for (int i = 1; i <= 21; ++i)
    guard.going_to_zero(listing(i));
  CHECK(guard.check(100, start));
  for (int i = 1; i <= 21; ++i)
    guard.recovered(listing(i));
  CHECK(guard.check(100, start));
}
