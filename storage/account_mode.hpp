// How stores write an account's mode and its sourcing rule, so that analysts can read them.
#pragma once

#include "engine/catalogue.hpp"

#include <optional>
#include <string_view>

namespace lockstep::storage {

// "observe", "active", "paused".
[[nodiscard]] std::string_view mode_name(engine::account_mode mode);
[[nodiscard]] std::optional<engine::account_mode> mode_of(std::string_view name);

// "priority", "most_stock"; without a rule "".
[[nodiscard]] std::string_view pick_name(const std::optional<engine::sourcing_rule>& rule);
// The rule without its locations; nothing when the name is none.
[[nodiscard]] std::optional<engine::sourcing_rule> sourcing_of(std::string_view pick, bool may_split);

} // namespace lockstep::storage
