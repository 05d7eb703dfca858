#include "actors/key_memory.hpp"

#include <algorithm>

namespace lockstep::actors {

namespace {

std::uint32_t seconds_of(engine::time_point at) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 0, 0x7FFF'FFFF));
}

} // namespace

key_memory::claimed key_memory::claim(const engine::uuid& key, engine::sku_id sku, bool alone,
                                      engine::composition_revision revision) {
  auto& home = shard_of(key);
  const std::lock_guard guard{home.lock};
  const auto found = home.entries.find(key);
  if (found == home.entries.end()) {
    if (size() >= keys_max_) return {verdict::full, sku, revision};
    auto& fresh = home.entries[key];
    fresh.sku = sku;
    fresh.claims = 1;
    fresh.revision = static_cast<std::uint16_t>(revision);
    fresh.alone = alone ? 1 : 0;
    size_.fetch_add(1, std::memory_order_relaxed);
    return {verdict::taken, sku, revision};
  }
  auto& known = found->second;
  if (known.outcome.version == 0 && (alone || known.alone != 0)) return {verdict::busy, known.sku, known.revision};
  ++known.claims;
  return {known.outcome.version == 0 ? verdict::taken : verdict::remembered, known.sku, known.revision};
}

std::optional<engine::sku_id> key_memory::target(const engine::uuid& key) const {
  const auto found = find_line(key);
  return found ? std::optional{found->sku} : std::nullopt;
}

std::optional<key_memory::place> key_memory::find_line(const engine::uuid& line) const {
  const auto& home = shard_of(line);
  const std::lock_guard guard{home.lock};
  const auto found = home.entries.find(line);
  if (found == home.entries.end()) return std::nullopt;
  return place{found->second.sku, found->second.revision};
}

std::optional<engine::remembered> key_memory::find(const engine::uuid& key) const {
  const auto& home = shard_of(key);
  const std::lock_guard guard{home.lock};
  const auto found = home.entries.find(key);
  if (found == home.entries.end() || found->second.outcome.version == 0) return std::nullopt;
  return found->second.outcome;
}

void key_memory::record(const engine::uuid& key, const engine::remembered& outcome,
                        engine::time_point at) noexcept {
  auto& home = shard_of(key);
  const std::lock_guard guard{home.lock};
  const auto found = home.entries.find(key);
  if (found == home.entries.end()) return;
  auto& known = found->second;
  if (known.outcome.version == 0) known.outcome = outcome;
  known.at_seconds = seconds_of(at) & 0x7FFF'FFFF;
  known.alone = 0;
  if (known.claims > 0) --known.claims;
}

void key_memory::drop(const engine::uuid& key) noexcept {
  auto& home = shard_of(key);
  const std::lock_guard guard{home.lock};
  const auto found = home.entries.find(key);
  if (found == home.entries.end()) return;
  auto& known = found->second;
  known.alone = 0;
  if (known.claims > 0) --known.claims;
  if (known.claims > 0 || known.outcome.version != 0) return;
  home.entries.erase(found);
  size_.fetch_sub(1, std::memory_order_relaxed);
}

bool key_memory::restore(const engine::uuid& key, engine::sku_id sku, const engine::remembered& outcome,
                         engine::time_point at, engine::composition_revision revision) {
  auto& home = shard_of(key);
  const std::lock_guard guard{home.lock};
  const auto found = home.entries.find(key);
  const bool fresh = found == home.entries.end();
  if (fresh && size() >= keys_max_) return false;
  auto& known = fresh ? home.entries[key] : found->second;
  known.at_seconds = seconds_of(at) & 0x7FFF'FFFF;
  if (!fresh) return true;
  known.sku = sku;
  known.outcome = outcome;
  known.revision = static_cast<std::uint16_t>(revision);
  size_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

std::size_t key_memory::sweep(engine::time_point now) {
  auto& home = shards_[next_swept_];
  next_swept_ = (next_swept_ + 1) % shards;
  const auto oldest = seconds_of(now - retention_);
  const std::lock_guard guard{home.lock};
  const auto gone = boost::unordered::erase_if(home.entries, [oldest](const auto& item) {
    return item.second.claims == 0 && item.second.at_seconds < oldest;
  });
  size_.fetch_sub(gone, std::memory_order_relaxed);
  return gone;
}

} // namespace lockstep::actors
