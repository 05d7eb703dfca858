// Times as channels write them: ISO 8601 / RFC 3339 with seconds, an optional fraction and an offset.
#pragma once

#include "engine/types.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lockstep::adapters {

// "2026-06-25T01:33:55Z", "2021-12-31T19:00:00.25-05:00". Nothing for any other text, for dates that do not
// exist and years outside 1970 to 9999. More than microseconds are cut off.
[[nodiscard]] std::optional<engine::time_point> parse_timestamp(std::string_view text);

// UTC with whole seconds (rounded down) and "Z".
[[nodiscard]] std::string format_timestamp(engine::time_point time);

} // namespace lockstep::adapters
