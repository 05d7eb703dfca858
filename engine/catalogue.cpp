#include "engine/catalogue.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace lockstep::engine {
namespace {

template <class... Texts>
std::uint64_t hash_of(account_id account, const Texts&... texts) {
  std::size_t hash = 0;
  boost::hash_combine(hash, account);
  (boost::hash_combine(hash, std::string_view{texts}), ...);
  return hash;
}

error conflict(std::string_view what, std::string_view name, std::int64_t other) {
  return make_error(error_code::conflict, std::string{what} + " '" + std::string{name} +
                                              "' belongs to number " + std::to_string(other) +
                                              " already: choose another");
}

template <class Map, class Key>
const typename Map::mapped_type* look_up(const Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

template <class Id>
Id next_after(Id highest) {
  return static_cast<Id>(static_cast<std::underlying_type_t<Id>>(highest) + 1);
}

} // namespace

catalogue::catalogue() : locations_{{main_location, {main_location, "main", {}}}} {}

result<void> catalogue::put(product item) {
  // Codes are often read in their order: then this finds the place at once.
  const auto owner = by_code_.try_emplace(by_code_.end(), item.code, item.id);
  if (owner->second != item.id) {
    return conflict("SKU code", item.code, static_cast<std::int64_t>(owner->second));
  }
  auto& kept = products_[item.id];
  if (!kept.code.empty() && kept.code != item.code) by_code_.erase(kept.code);
  for (const auto& old : kept.identifiers) {
    const auto named = by_identifier_.find(old);
    if (named == by_identifier_.end()) continue;
    std::erase(named->second, item.id);
    if (named->second.empty()) by_identifier_.erase(named);
  }
  for (const auto& name : item.identifiers) {
    auto& named = by_identifier_[name];
    if (std::ranges::find(named, item.id) == named.end()) named.push_back(item.id);
  }
  highest_sku_ = std::max(highest_sku_, item.id);
  kept = std::move(item);
  return {};
}

result<void> catalogue::put(account item) {
  const auto* owner = look_up(by_account_name_, item.name);
  if (owner != nullptr && *owner != item.id) {
    return conflict("account", item.name, static_cast<std::int64_t>(*owner));
  }
  auto& kept = accounts_[item.id];
  by_account_name_.erase(kept.name);
  by_account_name_[item.name] = item.id;
  kept = std::move(item);
  return {};
}

result<void> catalogue::put(listing item) {
  const auto* owner = find_item(item.account, item.item, item.location);
  if (owner != nullptr && owner->id != item.id) {
    return conflict("listing of item", item.item, static_cast<std::int64_t>(owner->id));
  }
  remove_names(item.id);
  by_item_[hash_of(item.account, item.item, item.location)].push_back(item.id);
  if (!item.variant.empty()) by_variant_[hash_of(item.account, item.variant)].push_back(item.id);
  by_sku_[item.sku].push_back(item.id);
  highest_listing_ = std::max(highest_listing_, item.id);
  listings_[item.id] = std::move(item);
  return {};
}

result<void> catalogue::put(location item) {
  if (const auto* owner = find_location(item.code); owner != nullptr && owner->id != item.id)
    return conflict("location", item.code, static_cast<std::int64_t>(owner->id));
  const auto id = item.id;
  locations_[id] = std::move(item);
  return {};
}

result<void> catalogue::put(account_rule item) {
  rules_[item.account].put(item.tag, item.rule);
  return {};
}

namespace {

void remove_from(auto& ids, listing_id id) {
  ids.erase(std::remove(ids.begin(), ids.end(), id), ids.end());
}

template <class Map, class Key>
void remove_from(Map& map, const Key& key, listing_id id) {
  const auto found = map.find(key);
  if (found == map.end()) return;
  remove_from(found->second, id);
  if (found->second.empty()) map.erase(found);
}

} // namespace

void catalogue::remove_names(listing_id id) {
  const auto* old = find(id);
  if (old == nullptr) return;
  remove_from(by_item_, hash_of(old->account, old->item, old->location), id);
  remove_from(by_variant_, hash_of(old->account, old->variant), id);
  remove_from(by_sku_[old->sku], id);
}

const product* catalogue::find(sku_id id) const {
  return products_.find(id);
}

const product* catalogue::find_code(std::string_view code) const {
  const auto* id = look_up(by_code_, code);
  return id == nullptr ? nullptr : find(*id);
}

const account* catalogue::find(account_id id) const {
  return look_up(accounts_, id);
}

const account* catalogue::find_account(std::string_view name) const {
  const auto* id = look_up(by_account_name_, name);
  return id == nullptr ? nullptr : find(*id);
}

const listing* catalogue::find(listing_id id) const {
  return listings_.find(id);
}

const location* catalogue::find(location_id id) const {
  return look_up(locations_, id);
}

const location* catalogue::find_location(std::string_view code) const {
  const auto found =
      std::ranges::find_if(locations_, [&](const auto& each) { return each.second.code == code; });
  return found == locations_.end() ? nullptr : &found->second;
}

std::string catalogue::code_of(location_id id) const {
  const auto* known = find(id);
  return known == nullptr ? std::to_string(static_cast<std::int32_t>(id)) : known->code;
}

std::vector<sku_id> catalogue::find_identifier(std::string_view scheme, std::string_view value) const {
  const auto* named = look_up(by_identifier_, identifier{std::string{scheme}, std::string{value}});
  return named == nullptr ? std::vector<sku_id>{} : *named;
}

std::vector<std::pair<identifier, sku_id>> catalogue::find_value(std::string_view value,
                                                                 std::size_t limit) const {
  std::vector<std::pair<identifier, sku_id>> found;
  for (auto at = by_identifier_.lower_bound({{}, std::string{value}});
       at != by_identifier_.end() && at->first.value == value; ++at)
    for (const auto sku : at->second)
      if (found.size() < limit) found.emplace_back(at->first, sku);
  return found;
}

const listing* catalogue::find_item(account_id account, std::string_view item,
                                    std::string_view location) const {
  const auto* ids = look_up(by_item_, hash_of(account, item, location));
  if (ids == nullptr) return nullptr;
  for (const auto id : *ids) {
    const auto* each = find(id);
    if (each->account == account && each->item == item && each->location == location) return each;
  }
  return nullptr;
}

const listing* catalogue::find_variant(account_id account, std::string_view variant) const {
  const auto* ids = look_up(by_variant_, hash_of(account, variant));
  if (ids == nullptr) return nullptr;
  for (const auto id : *ids) {
    const auto* each = find(id);
    if (each->account == account && each->variant == variant) return each;
  }
  return nullptr;
}

std::span<const listing_id> catalogue::listings_of(sku_id sku) const {
  const auto* listed = by_sku_.find(sku);
  if (listed == nullptr) return {};
  return {listed->data(), listed->size()};
}

std::vector<const product*> catalogue::list(std::string_view after, std::size_t limit) const {
  std::vector<const product*> page;
  for (auto at = by_code_.upper_bound(after); at != by_code_.end() && page.size() < limit; ++at) {
    page.push_back(find(at->second));
  }
  return page;
}

void catalogue::each_product(const std::function<void(const product&)>& visit) const {
  products_.each(visit);
}

void catalogue::each_listing(const std::function<void(const listing&)>& visit) const {
  listings_.each(visit);
}

void catalogue::each_account(const std::function<void(const account&)>& visit) const {
  for (const auto& [id, each] : accounts_)
    visit(each);
}

std::vector<const location*> catalogue::locations() const {
  std::vector<const location*> all;
  for (const auto& [id, each] : locations_)
    all.push_back(&each);
  std::ranges::stable_sort(all, {}, &location::priority);
  return all;
}

account_rules catalogue::rules_of(account_id id) const {
  const auto* stated = look_up(rules_, id);
  auto rules = stated == nullptr ? account_rules{} : *stated;
  if (const auto* who = find(id); who != nullptr && who->sourcing) rules.locations = who->sourcing->locations;
  return rules;
}

std::optional<sourcing_rule> catalogue::sourcing_of(account_id id) const {
  const auto* who = find(id);
  if (who == nullptr || !who->sourcing) return std::nullopt;
  auto rule = *who->sourcing;
  if (!rule.locations.empty()) return rule;
  for (const auto* each : locations())
    rule.locations.push_back(each->id);
  return rule;
}

sku_id catalogue::next_sku() const {
  return next_after(highest_sku_);
}

account_id catalogue::next_account() const {
  return accounts_.empty() ? account_id{1} : next_after(accounts_.rbegin()->first);
}

location_id catalogue::next_location() const {
  return next_after(locations_.rbegin()->first);
}

listing_id catalogue::next_listing() const {
  return next_after(highest_listing_);
}

} // namespace lockstep::engine
