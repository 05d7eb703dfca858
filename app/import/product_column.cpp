#include "app/import/product_column.hpp"

#include "adapters/rest/identifier_scheme.hpp"

#include <algorithm>
#include <array>

namespace lockstep::app {

namespace {

constexpr std::array<std::string_view, 6> own_columns{"upc",  "ean",  "gtin",
                                                      "isbn", "asin", "walmart_item_id"};
constexpr std::string_view any_scheme = "id:";

// NAME:ACCOUNT.
bool is_channel_id(std::string_view column) {
  const auto colon = column.find(':');
  return colon != 0 && colon != std::string_view::npos && colon + 1 < column.size();
}

} // namespace

std::optional<std::string> location_of_column(std::string_view column) {
  if (column == "on_hand") return std::string{};
  if (!column.starts_with(on_hand_prefix)) return std::nullopt;
  column.remove_prefix(on_hand_prefix.size());
  return column == "main" ? std::string{} : std::string{column};
}

std::optional<std::string> scheme_of_column(std::string_view column) {
  auto scheme = column;
  if (column.starts_with(any_scheme)) {
    scheme.remove_prefix(any_scheme.size());
  } else if (column.starts_with(on_hand_prefix) ||
             (std::ranges::find(own_columns, column) == own_columns.end() && !is_channel_id(column))) {
    return std::nullopt;
  }
  return adapters::rest::is_scheme(scheme) ? std::optional{std::string{scheme}} : std::nullopt;
}

std::string column_of_scheme(std::string_view scheme) {
  if (scheme_of_column(scheme) == scheme) return std::string{scheme};
  return std::string{any_scheme}.append(scheme);
}

} // namespace lockstep::app
