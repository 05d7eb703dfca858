#include "engine/request_gate.hpp"

#include "engine/limits.hpp"

#include <algorithm>
#include <numeric>

namespace lockstep::engine {

namespace {

// Before the first answer: the smallest bucket that was ever seen on Shopify (marketplaces.md 3.4).
constexpr double maximum_assumed = 1'000;
constexpr double restore_assumed = 50;
// Mutations cost about 10 points; what a page of nodes costs is learned from its first answer.
constexpr std::array<double, request_kinds> cost_assumed{10, 50, 50, 50};
constexpr double list_leaves = 0.5;

constexpr std::array<std::size_t, request_kinds> in_flight_max{limits::channel_writes_in_flight_max,
                                                               limits::channel_reads_in_flight_max, 1, 1};

double spare_of(request_kind kind) {
  return kind == request_kind::list ? list_leaves : 0.0;
}

} // namespace

request_gate::request_gate()
    : limit_(maximum_assumed, restore_assumed), pause_(limits::channel_retry_min, limits::channel_retry_max),
      cost_(cost_assumed) {}

bool request_gate::allows(request_kind kind, time_point now) const {
  const auto i = index(kind);
  return may_send(i, now) && limit_.has(cost_[i], now, spare_of(kind));
}

bool request_gate::may_send(std::size_t i, time_point now) const {
  return in_flight_[i] < in_flight_max[i] && now >= paused_until_ && circuit_.allows(now);
}

time_point request_gate::ready_at(request_kind kind, time_point now) const {
  const auto i = index(kind);
  if (in_flight_[i] >= in_flight_max[i] || circuit_.state() == circuit_state::half_open)
    return time_point::max();
  const auto opens = circuit_.state() == circuit_state::open ? circuit_.open_until() : now;
  return std::max({opens, paused_until_, limit_.ready_at(cost_[i], now, spare_of(kind))});
}

bool request_gate::limited(request_kind kind, time_point now) const {
  const auto i = index(kind);
  return may_send(i, now) && !limit_.has(cost_[i], now, spare_of(kind));
}

void request_gate::sent(request_kind kind, time_point now) {
  circuit_.sent(now);
  limit_.take(cost_[index(kind)], now);
  ++in_flight_[index(kind)];
}

void request_gate::answered(request_kind kind, request_outcome outcome, const throttle& told, time_point now,
                            double jitter) {
  auto& open = in_flight_[index(kind)];
  if (open > 0) --open;
  if (told.cost) learn_cost(kind, *told.cost);
  limit_.learn(told, outstanding(), now);
  if (outcome == request_outcome::failed) {
    circuit_.failed(now, jitter);
    paused_until_ = now + pause_.next(jitter);
    return;
  }
  circuit_.succeeded();
  pause_.reset();
  if (outcome == request_outcome::throttled) limit_.refused(told, cost_[index(kind)], now);
}

std::size_t request_gate::in_flight() const {
  return std::accumulate(in_flight_.begin(), in_flight_.end(), std::size_t{0});
}

// Rises at once, falls slowly: a request that turns out dearer than thought is refused, a cheaper one is only
// late.
void request_gate::learn_cost(request_kind kind, double cost) {
  auto& known = cost_[index(kind)];
  known = cost >= known ? cost : known * 0.9 + cost * 0.1;
}

double request_gate::outstanding() const {
  double sum = 0;
  for (std::size_t i = 0; i < request_kinds; ++i)
    sum += static_cast<double>(in_flight_[i]) * cost_[i];
  return sum;
}

} // namespace lockstep::engine
