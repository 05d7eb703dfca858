// How values stand in the fields of a CSV that people open in spreadsheets. What field_of() and
// field_of_all() write, value_of() and values_of() read back. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::app {

// Without blanks at either end.
[[nodiscard]] std::string_view trimmed(std::string_view text);

// The value of a field: without blanks at either end, and without the apostrophe that spreadsheets put before
// a number to keep its zeros.
[[nodiscard]] std::string_view value_of(std::string_view field);
[[nodiscard]] std::string field_of(std::string_view value);

// Several values with `;` between them; `\;` and `\\` stand for these characters in a value. Empty ones are
// none.
[[nodiscard]] std::vector<std::string> values_of(std::string_view field);
[[nodiscard]] std::string field_of_all(std::span<const std::string> values);

} // namespace lockstep::app
