#include "actors/console_cells.hpp"

#include "actors/console_text.hpp"

#include <fmt/format.h>

namespace lockstep::actors {

std::string number(std::size_t value) {
  return with_commas(static_cast<std::uint64_t>(value));
}

std::string number(engine::quantity value) {
  return with_commas(value);
}

std::string signed_number(engine::quantity value) {
  return fmt::format("{}{}", value > 0 ? "+" : "", with_commas(value));
}

std::string optional_number(const std::optional<engine::quantity>& value) {
  return value ? with_commas(*value) : "-";
}

std::string code_text(engine::sku_id sku, const console_names& names) {
  auto code = names.code_of(sku);
  return code.empty() ? fmt::format("#{}", static_cast<std::int64_t>(sku)) : code;
}

std::string account_text(engine::account_id account, const console_names& names) {
  if (account == engine::account_id{}) return "-";
  auto name = names.account_name(account);
  return name.empty() ? fmt::format("#{}", static_cast<std::int32_t>(account)) : name;
}

std::string more_text(std::size_t rows, std::size_t shown) {
  return rows > shown ? fmt::format("and {} more\n", number(rows - shown)) : std::string{};
}

} // namespace lockstep::actors
