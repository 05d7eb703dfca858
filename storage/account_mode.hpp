// How stores write an account's mode, so that analysts can read it.
#pragma once

#include "engine/catalogue.hpp"

#include <optional>
#include <string_view>

namespace lockstep::storage {

// "observe", "active", "paused".
[[nodiscard]] std::string_view mode_name(engine::account_mode mode);
[[nodiscard]] std::optional<engine::account_mode> mode_of(std::string_view name);

} // namespace lockstep::storage
