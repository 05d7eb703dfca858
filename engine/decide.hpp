// The business in two functions: decide looks and never touches, evolve touches and never refuses.
// Both are pure; start-up folds evolve over stored facts, so recovery runs the code of a sale.
#pragma once

#include "engine/command.hpp"
#include "engine/fact.hpp"
#include "engine/refusal.hpp"
#include "engine/sku_state.hpp"
#include "engine/sourcing_rule.hpp"

#include <span>
#include <vector>

namespace lockstep::engine {

// What the key memory knows of a command's key: the first outcome under it.
struct remembered {
  std::uint64_t content = 0;
  engine::version version = 0; // version of its first fact
  quantity available = 0;      // available after it
};

// Units at one location.
struct placed {
  location_id location = main_location;
  quantity units = 0;
};

// What decide needs beside the state.
struct circumstances {
  time_point now{};
  const remembered* prior = nullptr; // the key's first outcome, or null when the key is new
  quantity withheld = 0;             // units that groups under way have prepared: requests may not take them
  bool promised = false;    // a member of a group that was granted: must succeed, whatever came between
  bool quarantined = false; // facts are taken, requests are not
  const sourcing_rule* sourcing = nullptr; // of the command's account; null: all locations by number
  std::span<const placed> leaving{};       // what the group has prepared to ship already: nobody else has it
};

// The verdict on one command. Exactly one of: granted (facts may be empty for a read or old news), repeated,
// refused.
struct decision {
  refusal reason = refusal::none;
  bool repeated = false; // the same movement was decided before, with this content: first outcome follows
  engine::version version = 0; // first fact, or the first outcome's
  quantity available = 0;      // of the first outcome; only when repeated
  uuid reservation{};          // hold or line concerned
  quantity taken = 0;          // units the facts take from available before safety: what a group sets aside
  quantity sold = 0; // line_mode::fact only: units by which the account's own shop has lowered its number
  engine::facts facts;
};

// True for what is granted or refused; false for what is recorded (facts, settings), reads and timers.
[[nodiscard]] bool is_request(const command& asked);

// Hold or line the command speaks of; nil when it speaks of none.
[[nodiscard]] uuid subject_of(const command& asked);

// Facts that end every hold, and call every supply late, whose time has come at `now`. Empty when there is
// none; O(supplies) then. Incidents that the returned units cover are resolved by further facts.
[[nodiscard]] facts expire_due(const sku_state& state, time_point now);

// Judges `asked`. Checks run in the order of the enumerators of `refusal`, so a refusal is stable. The caller
// has applied expire_due() first. Facts carry versions from state.version + 1 and `circumstances.now`.
[[nodiscard]] decision decide(const sku_state& state, const command& asked, const circumstances& around);

// Applies one fact; its version must be state.version + 1 (asserted).
void evolve(sku_state& state, const fact& happened);

// Time of the earliest hold to expire or supply to be late; nothing when there is none.
[[nodiscard]] std::optional<time_point> next_expiry(const sku_state& state);

} // namespace lockstep::engine
