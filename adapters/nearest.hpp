// The word somebody probably meant.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace lockstep::adapters {

// Edits between two words: insert, delete, replace, or swap of neighbours (optimal string alignment).
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// The known word with the fewest edits, when they are at most a third of its length (at least 2); else empty.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

} // namespace lockstep::adapters
