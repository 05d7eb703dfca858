#include "engine/bundle_book.hpp"

#include <algorithm>
#include <set>
#include <limits>
#include <utility>

namespace lockstep::engine {
namespace {

// Versions of leaves only rise, so their sum does; a new revision may have other leaves and lies above every sum
// of the last: 2^40 facts are more than a ledger holds.
constexpr version version_of(composition_revision revision, version sum) {
  return (version{revision} << 40) + sum;
}

} // namespace

void bundle_book::put(const bundle& newest) {
  auto& kept = bundles_[newest.id];
  for (const auto& leaf : kept.newest.leaves)
    std::erase(above_[leaf.sku], newest.id);
  for (const auto& leaf : newest.leaves)
    above_[leaf.sku].push_back(newest.id);
  kept.newest = newest;
  kept.recomposed = true;
}

void bundle_book::touch(sku_id id, const number& moved, std::vector<sku_id>& moved_bundles) {
  auto& kept = bundles_.at(id);
  if (kept.round != round_) {
    kept.round = round_;
    kept.by_person = kept.recomposed;
    kept.by_sale = !kept.recomposed;
    moved_bundles.push_back(id);
  }
  kept.by_person = kept.by_person || moved.by_person;
  kept.by_sale = kept.by_sale && moved.by_sale;
}

void bundle_book::derive(std::vector<number>& told, std::vector<sku_id>* unheard) {
  if (bundles_.empty()) return;
  ++round_;
  std::vector<sku_id> moved_bundles;
  std::erase_if(told, [&](const number& each) {
    const auto own = bundles_.find(each.sku);
    if (own != bundles_.end()) {
      own->second.velocity = each.velocity;
      touch(each.sku, each, moved_bundles);
      return true;
    }
    const auto above = above_.find(each.sku);
    if (above == above_.end()) return false;
    leaves_[each.sku] = each;
    for (const auto id : above->second)
      touch(id, each, moved_bundles);
    return false;
  });
  for (const auto id : moved_bundles)
    if (const auto derived = number_of(bundles_.at(id), unheard)) {
      told.push_back(*derived);
      bundles_.at(id).recomposed = false;
    }
}

// Bundles that the scarcest leaf makes of so many units of it.
template <class Units>
quantity bundle_book::least(const bundle& of, Units units) const {
  auto fewest = std::numeric_limits<quantity>::max();
  for (const auto& leaf : of.leaves)
    fewest = std::min(fewest, bundles_of(units(leaves_.at(leaf.sku)), leaf.per));
  return fewest;
}

std::optional<number> bundle_book::number_of(const entry& of, std::vector<sku_id>* unheard) const {
  number derived{.sku = of.newest.id,
                 .version = version_of(of.newest.revision, 0),
                 .available = std::numeric_limits<quantity>::max(),
                 .known = true,
                 .by_person = of.by_person,
                 .by_sale = of.by_sale,
                 .velocity = of.velocity};
  bool complete = true;
  for (const auto& leaf : of.newest.leaves) {
    const auto heard = leaves_.find(leaf.sku);
    if (heard == leaves_.end()) {
      complete = false;
      if (unheard != nullptr) unheard->push_back(leaf.sku);
      continue;
    }
    derived.version += heard->second.version;
    derived.known = derived.known && heard->second.known;
    derived.available = std::min(derived.available, bundles_of(heard->second.available, leaf.per));
  }
  if (!complete) return std::nullopt;
  derived.detail = detail_of(of.newest, derived.available);
  return derived;
}

// A bundle is packed at one place, and an account's bundles are made of units that it may have.
std::shared_ptr<const number_detail> bundle_book::detail_of(const bundle& of, quantity available) const {
  std::set<account_id> accounts;
  std::set<location_id> locations;
  bool fenced = false;
  for (const auto& leaf : of.leaves) {
    const auto& detail = leaves_.at(leaf.sku).detail;
    if (!detail) continue;
    fenced = fenced || !detail->fences.empty();
    for (const auto& each : detail->fences)
      accounts.insert(each.account);
    for (const auto& each : detail->places)
      locations.insert(each.location);
  }
  if (!fenced && locations.empty()) return nullptr;
  number_detail made;
  const auto fenced_from_all = [&](account_id account) {
    return available - least(of, [&](const number& leaf) { return leaf.available - fenced_from(leaf, account); });
  };
  for (const auto account : accounts)
    made.fences.push_back({account, fenced_from_all(account)});
  if (fenced) made.fenced = fenced_from_all(account_id{-1}); // whom no fence names
  if (!locations.empty()) locations.insert(main_location);
  for (const auto location : locations) {
    const auto here = [&](const number& leaf) {
      return units_at(leaf, std::span{&location, 1}, false).value_or(leaf.available);
    };
    made.places.push_back({location, least(of, here), 0});
  }
  return std::make_shared<const number_detail>(std::move(made));
}

} // namespace lockstep::engine
