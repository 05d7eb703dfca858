#include "app/api/catalogue_draft.hpp"

#include "adapters/rest/identifier_scheme.hpp"

#include <fmt/format.h>

#include <utility>

namespace lockstep::app {

namespace rest = adapters::rest;
using rest::decoded;
using rest::problem;
using rest::problem_code;

catalogue_draft::catalogue_draft(const engine::catalogue& known)
    : known_(known), next_sku_(static_cast<std::int64_t>(known.next_sku())),
      next_listing_(static_cast<std::int64_t>(known.next_listing())) {}

decoded<bool> catalogue_draft::add(const rest::product_request& wanted) {
  std::vector<engine::account_id> accounts;
  for (const auto& asked : wanted.listings) {
    const auto account = find_account(asked.account, asked.pointer);
    if (!account) return account.error();
    accounts.push_back(*account);
  }
  if (auto wrong = taken(wanted)) return *std::move(wrong);
  const auto* present = find(wanted.sku);
  const bool is_new = present == nullptr;
  const auto sku = is_new ? engine::sku_id{next_sku_++} : present->id;
  auto title = wanted.title ? *wanted.title : is_new ? std::string{} : present->title;
  auto identifiers = wanted.identifiers ? *wanted.identifiers
                     : is_new           ? engine::product{}.identifiers
                                        : present->identifiers;
  auto tags = wanted.tags ? *wanted.tags : is_new ? std::vector<std::string>{} : present->tags;
  auto substitutes = is_new ? std::vector<engine::sku_id>{} : present->substitutes;
  put({sku, wanted.sku, std::move(title), std::move(identifiers), std::move(tags), std::move(substitutes)});
  for (std::size_t i = 0; i < accounts.size(); ++i)
    put(sku, accounts[i], wanted.listings[i]);
  return is_new;
}

std::optional<problem> catalogue_draft::taken(const rest::product_request& wanted) const {
  if (!wanted.identifiers) return std::nullopt;
  for (const auto& each : *wanted.identifiers) {
    if (!rest::names_one_sku(each.scheme)) continue;
    std::string owner;
    for (const auto sku : known_.find_identifier(each.scheme, each.value))
      if (const auto& code = known_.find(sku)->code; !drafted_.contains(code)) owner = code;
    if (const auto claim = claimed_.find(each); claim != claimed_.end()) owner = claim->second;
    if (owner.empty() || owner == wanted.sku) continue;
    const auto detail = fmt::format("{} {} is SKU '{}' already.", each.scheme, each.value, owner);
    return problem{problem_code::conflict, detail, {{"/identifiers", detail}}};
  }
  return std::nullopt;
}

void catalogue_draft::put(engine::product item) {
  auto& latest = drafted_[item.code];
  for (const auto& each : latest.identifiers)
    claimed_.erase(each);
  for (const auto& each : item.identifiers)
    if (rest::names_one_sku(each.scheme)) claimed_.emplace(each, item.code);
  latest = item;
  records_.emplace_back(std::move(item));
}

decoded<bool> catalogue_draft::add(const rest::placed_listing& wanted) {
  const auto* product = find(wanted.sku);
  if (product == nullptr) {
    const auto detail = fmt::format("There is no SKU '{}'.", wanted.sku);
    return problem{problem_code::unknown_sku, detail, {{"/sku", detail}}};
  }
  const auto account = find_account(wanted.listing.account, wanted.listing.pointer);
  if (!account) return account.error();
  return put(product->id, *account, wanted.listing);
}

decoded<bool> catalogue_draft::add(const rest::placed_rule& wanted) {
  const auto account = find_account(wanted.account, "/account");
  if (!account) return account.error();
  const auto rules = known_.rules_of(*account);
  const bool is_new =
      wanted.tag.empty() ? rules.all == engine::listing_rule{} : !rules.by_tag.contains(wanted.tag);
  records_.emplace_back(engine::account_rule{*account, wanted.tag, wanted.rule});
  return is_new;
}

decoded<bool> catalogue_draft::add(const placed_count& wanted) const {
  const auto* product = find(wanted.sku);
  if (product == nullptr)
    return problem{problem_code::unknown_sku, fmt::format("There is no SKU '{}'.", wanted.sku), {}};
  if (known_.bundles().find(product->id) != nullptr) return problem{problem_code::is_bundle, {}, {}};
  if (!wanted.location.empty() && known_.find_location(wanted.location) == nullptr)
    return problem{
        problem_code::unknown_location, fmt::format("There is no location '{}'.", wanted.location), {}};
  return false;
}

const engine::product* catalogue_draft::find(std::string_view code) const {
  const auto drafted = drafted_.find(code);
  return drafted == drafted_.end() ? known_.find_code(code) : &drafted->second;
}

decoded<engine::account_id> catalogue_draft::find_account(const std::string& name,
                                                          const std::string& pointer) const {
  if (const auto* account = known_.find_account(name)) return account->id;
  const auto detail = fmt::format("There is no account '{}'.", name);
  return problem{problem_code::unknown_account, detail, {{pointer, detail}}};
}

bool catalogue_draft::put(engine::sku_id sku, engine::account_id account,
                          const rest::listing_request& wanted) {
  const auto* listed = known_.find_item(account, wanted.item, wanted.location);
  auto id = listed == nullptr ? engine::listing_id{next_listing_} : listed->id;
  bool is_new = false;
  if (listed == nullptr) {
    const auto [at, fresh] = new_listings_.try_emplace({account, wanted.item, wanted.location}, id);
    next_listing_ += fresh ? 1 : 0;
    is_new = fresh;
    id = at->second;
  }
  records_.emplace_back(
      engine::listing{id, account, sku, wanted.item, wanted.variant, wanted.location, wanted.rule});
  return is_new;
}

} // namespace lockstep::app
