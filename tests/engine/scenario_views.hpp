// What a scenario can look at beside figures: what a shop would show, and what could be done about an
// incident.
#pragma once

#include "tests/engine/scenario_words.hpp"

#include <string>

namespace lockstep::test {

// "by 7 buffer 15% share 50 minimum 2 cap 9 never ahead at 1 at 2", each as it may be left out: what a
// listing of the account with that rule shows.
[[nodiscard]] quantity shown(scenario_words& words, const sku_state& state);

// Those for the newest incident: "allocate 2 from 0 to 1, inspect 1, wait 3, cancel 2 by 7". Cancelling costs
// the number of the account. Throws when there is no incident.
[[nodiscard]] std::string remedies(const sku_state& state);

} // namespace lockstep::test
