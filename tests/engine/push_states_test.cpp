#include "engine/listing_push.hpp"
#include "tests/catch.hpp"

#include <map>
#include <sstream>
#include <string>

using namespace lockstep::engine;

namespace {

// A row per state and event; "-" says that the pair cannot come and is ignored.
constexpr const char* every_pair = R"(
  idle    differs     waiting
  idle    agrees      idle
  idle    doubted     blind
  idle    sent        -
  idle    asked       -
  idle    applied     -
  idle    not_applied -
  idle    stale       -
  idle    rejected    -
  idle    lost        -
  idle    seen        -
  idle    absent      -
  idle    unread      -
  idle    released    -
  waiting differs     waiting
  waiting agrees      idle
  waiting doubted     blind
  waiting sent        writing
  waiting asked       -
  waiting applied     -
  waiting not_applied -
  waiting stale       -
  waiting rejected    -
  waiting lost        -
  waiting seen        -
  waiting absent      -
  waiting unread      -
  waiting released    -
  writing differs     writing
  writing agrees      writing
  writing doubted     writing
  writing sent        -
  writing asked       -
  writing applied     idle
  writing not_applied idle
  writing stale       blind
  writing rejected    parked
  writing lost        idle
  writing seen        -
  writing absent      -
  writing unread      -
  writing released    -
  blind   differs     waiting
  blind   agrees      idle
  blind   doubted     blind
  blind   sent        -
  blind   asked       reading
  blind   applied     -
  blind   not_applied -
  blind   stale       -
  blind   rejected    -
  blind   lost        -
  blind   seen        -
  blind   absent      -
  blind   unread      -
  blind   released    -
  reading differs     reading
  reading agrees      reading
  reading doubted     reading
  reading sent        -
  reading asked       -
  reading applied     -
  reading not_applied -
  reading stale       -
  reading rejected    -
  reading lost        -
  reading seen        idle
  reading absent      parked
  reading unread      blind
  reading released    -
  parked  differs     parked
  parked  agrees      parked
  parked  doubted     parked
  parked  sent        -
  parked  asked       -
  parked  applied     -
  parked  not_applied -
  parked  stale       -
  parked  rejected    -
  parked  lost        -
  parked  seen        -
  parked  absent      -
  parked  unread      -
  parked  released    idle
)";

template <class Enum>
Enum named(const std::string& name, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    if (to_string(static_cast<Enum>(i)) == name) return static_cast<Enum>(i);
  FAIL("no such name: " << name);
  return {};
}

} // namespace

TEST_CASE("every pair of push state and event leads where the table says, or is ignored") {
  std::istringstream rows{every_pair};
  std::string from, on, to;
  std::map<std::pair<push_state, push_event>, int> seen;
  while (rows >> from >> on >> to) {
    CAPTURE(from, on, to);
    const auto state = named<push_state>(from, push_states);
    const auto event = named<push_event>(on, push_events);
    const auto next = next_state(state, event);
    CHECK((next ? std::string{to_string(*next)} : "-") == to);
    ++seen[{state, event}];
  }
  CHECK(seen.size() == push_states * push_events);
}
