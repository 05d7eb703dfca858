#include "actors/registry.hpp"

namespace lockstep::actors {

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
