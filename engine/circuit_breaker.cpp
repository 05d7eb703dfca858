#include "engine/circuit_breaker.hpp"

#include "engine/limits.hpp"

namespace lockstep::engine {

std::string_view to_string(circuit_state state) {
  switch (state) {
  case circuit_state::closed: return "closed";
  case circuit_state::open: return "open";
  case circuit_state::half_open: return "half open";
  }
  return "closed";
}

circuit_breaker::circuit_breaker() : wait_(limits::circuit_wait_min, limits::circuit_wait_max) {}

bool circuit_breaker::allows(time_point now) const {
  switch (state_) {
  case circuit_state::closed: return true;
  case circuit_state::open: return now >= open_until_;
  case circuit_state::half_open: return false;
  }
  return false;
}

void circuit_breaker::sent(time_point now) {
  if (state_ == circuit_state::open && now >= open_until_) state_ = circuit_state::half_open;
}

void circuit_breaker::succeeded() {
  state_ = circuit_state::closed;
  failures_ = 0;
  wait_.reset();
}

void circuit_breaker::failed(time_point now, double jitter) {
  switch (state_) {
  case circuit_state::closed:
    if (++failures_ >= limits::circuit_failures) open(now, jitter);
    return;
  case circuit_state::half_open: open(now, jitter); return;
  case circuit_state::open: return; // a late failure of a request from before it opened says nothing new
  }
}

void circuit_breaker::open(time_point now, double jitter) {
  state_ = circuit_state::open;
  open_until_ = now + wait_.next(jitter);
}

} // namespace lockstep::engine
