#include "storage/account_mode.hpp"

#include <array>
#include <utility>

namespace lockstep::storage {
namespace {

constexpr std::array<std::pair<engine::account_mode, std::string_view>, 3> modes{{
    {engine::account_mode::observe, "observe"},
    {engine::account_mode::active, "active"},
    {engine::account_mode::paused, "paused"},
}};

} // namespace

std::string_view mode_name(engine::account_mode mode) {
  for (const auto& [value, name] : modes)
    if (value == mode) return name;
  return "";
}

std::optional<engine::account_mode> mode_of(std::string_view name) {
  for (const auto& [value, known] : modes)
    if (known == name) return value;
  return std::nullopt;
}

std::string_view pick_name(const std::optional<engine::sourcing_rule>& rule) {
  if (!rule) return "";
  return rule->pick == engine::sourcing_rule::choice::most_stock ? "most_stock" : "priority";
}

std::optional<engine::sourcing_rule> sourcing_of(std::string_view pick, bool may_split) {
  using choice = engine::sourcing_rule::choice;
  if (pick.empty()) return std::nullopt;
  return engine::sourcing_rule{{}, pick == "most_stock" ? choice::most_stock : choice::priority, may_split};
}

} // namespace lockstep::storage
