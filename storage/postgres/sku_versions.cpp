#include "storage/postgres/sku_versions.hpp"

#include "storage/content_check.hpp"

#include <fmt/format.h>

namespace lockstep::storage::postgres {
namespace {

// One look into the key's index per SKU.
constexpr const char* newest_versions =
    "SELECT k.sku, (SELECT version FROM ledger WHERE sku = k.sku ORDER BY version DESC LIMIT 1)"
    " FROM unnest($1::int[]) AS k (sku)";

} // namespace

answer<void> sku_versions::learn(connection& db, const batch& content) {
  std::string unknown;
  const auto add = [&](engine::sku_id sku) {
    if (newest_.try_emplace(sku, 0).second)
      fmt::format_to(std::back_inserter(unknown), "{},", static_cast<std::int64_t>(sku));
  };
  for (const auto& item : content.facts)
    add(item.sku);
  for (const auto& taken : content.snapshots)
    add(taken.sku);
  if (unknown.empty()) return {};
  unknown.back() = '}';
  const auto found = db.ask(newest_versions, parameters::of('{' + unknown));
  if (!found) {
    forget();
    return found.error();
  }
  for (int row = 0; row < found->size(); ++row)
    newest_[static_cast<engine::sku_id>(found->integer(row, 0))] = found->integer(row, 1);
  return {};
}

std::optional<commit_result> sku_versions::stage(const batch& content) {
  for (std::size_t i = 0; i < content.facts.size(); ++i) {
    auto& newest = newest_[content.facts[i].sku];
    if (auto no = objection(content.facts[i], newest)) {
      uncount(content, i);
      return no;
    }
    ++newest;
  }
  for (const auto& taken : content.snapshots)
    if (auto no = objection(taken, newest_[taken.sku])) {
      abandon(content);
      return no;
    }
  return std::nullopt;
}

void sku_versions::abandon(const batch& content) {
  uncount(content, content.facts.size());
}

void sku_versions::uncount(const batch& content, std::size_t facts) {
  for (std::size_t i = 0; i < facts; ++i)
    --newest_[content.facts[i].sku];
}

} // namespace lockstep::storage::postgres
