// What the console's screens say of the numbers that facts and answers carry.
#pragma once

#include "engine/types.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace lockstep::actors {

// Names for numbers; an unknown SKU or account gives an empty text, an unknown location its number.
struct console_names {
  std::function<std::string(engine::sku_id)> code_of;
  std::function<std::string(engine::account_id)> account_name;
  std::function<std::string(engine::location_id)> location_code;
};

// Rows of a list inside a screen about something else.
inline constexpr std::size_t inner_rows_max = 10;

[[nodiscard]] std::string number(std::size_t value);
[[nodiscard]] std::string number(engine::quantity value);
[[nodiscard]] std::string signed_number(engine::quantity value);
[[nodiscard]] std::string optional_number(const std::optional<engine::quantity>& value);
[[nodiscard]] std::string code_text(engine::sku_id sku, const console_names& names);
[[nodiscard]] std::string account_text(engine::account_id account, const console_names& names);
// "and 12 more"; nothing when none are.
[[nodiscard]] std::string more_text(std::size_t rows, std::size_t shown);

} // namespace lockstep::actors
