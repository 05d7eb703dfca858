// Which columns of a file of products have identifiers: `upc`, `ean`, `gtin`, `isbn`, `asin`,
// `walmart_item_id` and NAME:ACCOUNT by the scheme's own name, any other scheme behind `id:`, such as
// `id:mpn`, so that a mistyped column is told. `on_hand` and `on_hand:LOCATION` have units. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lockstep::app {

// What a column of units on hand in another location than main begins with.
inline constexpr std::string_view on_hand_prefix = "on_hand:";

// Of the units on hand that a column has; empty: of main. Nothing: it has none.
[[nodiscard]] std::optional<std::string> location_of_column(std::string_view column);

// Nothing: the column has no identifiers.
[[nodiscard]] std::optional<std::string> scheme_of_column(std::string_view column);
// scheme_of_column() reads it back.
[[nodiscard]] std::string column_of_scheme(std::string_view scheme);

} // namespace lockstep::app
