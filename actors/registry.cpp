#include "actors/registry.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace lockstep::actors {

composition_chain::~composition_chain() {
  for (auto* each = newest_.load(); each != nullptr;) {
    const std::unique_ptr<link> gone{each};
    each = gone->before;
  }
}

void composition_chain::add(engine::bundle next) {
  auto made = std::make_unique<link>();
  made->content = std::move(next);
  made->before = newest_.load(std::memory_order_relaxed);
  newest_.store(made.release(), std::memory_order_release);
}

const engine::bundle* composition_chain::newest() const {
  const auto* found = newest_.load(std::memory_order_acquire);
  return found == nullptr ? nullptr : &found->content;
}

const engine::bundle* composition_chain::find(engine::composition_revision revision) const {
  for (const auto* each = newest_.load(std::memory_order_acquire); each != nullptr; each = each->before)
    if (each->content.revision == revision) return &each->content;
  return nullptr;
}

registry::entry& registry::entry_of(shard& home, engine::sku_id sku) {
  auto& known = home.entries[sku];
  if (!known.slot) {
    known.slot = std::make_unique<sku_slot>();
    known.slot->id = sku;
  }
  return known;
}

registry::place registry::find(engine::sku_id sku) {
  auto& home = shard_of(sku);
  const std::lock_guard guard{home.lock};
  auto& known = entry_of(home, sku);
  if (!known.owner && !closed_.load(std::memory_order_relaxed)) {
    known.owner = spawn_(*known.slot);
    size_.fetch_add(1, std::memory_order_relaxed);
  }
  return {known.slot.get(), known.owner};
}

sku_slot& registry::slot(engine::sku_id sku) {
  auto& home = shard_of(sku);
  const std::lock_guard guard{home.lock};
  return *entry_of(home, sku).slot;
}

void registry::compose(engine::bundle next) {
  slot(next.id).composition.add(std::move(next));
  has_bundles_.store(true, std::memory_order_release);
}

std::vector<const engine::bundle*> registry::bundles() const {
  std::vector<const engine::bundle*> all;
  if (!has_bundles()) return all;
  for (const auto& home : shards_) {
    const std::lock_guard guard{home.lock};
    for (const auto& [sku, known] : home.entries)
      if (const auto* newest = known.slot->composition.newest()) all.push_back(newest);
  }
  return all;
}

void registry::add_leaves(std::vector<engine::sku_id>& skus) {
  for (auto left = skus.size(); left > 0; --left)
    if (const auto* of = slot(skus[left - 1]).composition.newest())
      for (const auto& leaf : of->leaves)
        skus.push_back(leaf.sku);
  std::ranges::sort(skus);
  skus.erase(std::ranges::unique(skus).begin(), skus.end());
}

void registry::replace(engine::sku_id sku, caf::actor owner) {
  auto& home = shard_of(sku);
  const std::lock_guard guard{home.lock};
  if (!closed_.load(std::memory_order_relaxed)) entry_of(home, sku).owner = std::move(owner);
}

std::vector<caf::actor> registry::actors() const {
  std::vector<caf::actor> all;
  for (const auto& home : shards_) {
    const std::lock_guard guard{home.lock};
    for (const auto& [sku, known] : home.entries)
      if (known.owner) all.push_back(known.owner);
  }
  return all;
}

void registry::close() {
  closed_.store(true);
  for (auto& home : shards_) {
    const std::lock_guard guard{home.lock};
    for (auto& [sku, known] : home.entries)
      known.owner = nullptr;
  }
}

} // namespace lockstep::actors
