// Which SKU a business key leads to, and the first outcome under it, for every key of the retention window
// and every order line that is open. Shared by all threads: sharded by key, one mutex a shard, held for one
// look-up.
//
// A key is claimed when its command is admitted and the claim ends with record() or drop(). While claims are
// open the key leads to the same SKU for everybody; a key that was refused everywhere is forgotten with its
// last claim.
#pragma once

#include "engine/bundle.hpp"
#include "engine/decide.hpp"
#include "engine/types.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <atomic>
#include <mutex>
#include <optional>

namespace lockstep::actors {

class key_memory {
 public:
  // `keys_max` bounds the memory (about 64 bytes each).
  key_memory(std::size_t keys_max, engine::duration retention) : keys_max_(keys_max), retention_(retention) {}

  enum class verdict : std::uint8_t {
    taken,      // claimed; nothing is known of an outcome yet
    remembered, // claimed; an outcome is known
    busy,       // not claimed: a group is deciding it now, or a group asks while others do
    full,       // not claimed: no room
  };

  struct claimed {
    key_memory::verdict verdict = verdict::full;
    engine::sku_id sku{}; // first target of the key
    engine::composition_revision revision = 0;
  };

  // Where a line leads.
  struct place {
    engine::sku_id sku{};
    engine::composition_revision revision = 0; // of the bundle it is a line of; 0: of a plain SKU
  };

  // `alone`: for a group, whose key nobody else may decide meanwhile. `revision`: of a new line of a bundle.
  [[nodiscard]] claimed claim(const engine::uuid& key, engine::sku_id sku, bool alone = false,
                              engine::composition_revision revision = 0);

  // First target of a key, without claiming it.
  [[nodiscard]] std::optional<engine::sku_id> target(const engine::uuid& key) const;

  // The same of a line.
  [[nodiscard]] std::optional<place> find_line(const engine::uuid& line) const;

  // First outcome under a key; nothing while there is none.
  [[nodiscard]] std::optional<engine::remembered> find(const engine::uuid& key) const;

  // Ends one claim: something came of it. The first outcome stays, the newest `at` starts the retention anew;
  // time_point::max() keeps the key until another `at` is told: an order line stays where it is while it is
  // open.
  void record(const engine::uuid& key, const engine::remembered& outcome, engine::time_point at) noexcept;
  // Ends one claim: nothing came of it.
  void drop(const engine::uuid& key) noexcept;

  // From stored facts in commit order, or a SKU's state: the first outcome stays, `at` is as in record().
  // False: no room.
  bool restore(const engine::uuid& key, engine::sku_id sku, const engine::remembered& outcome,
               engine::time_point at, engine::composition_revision revision = 0);

  // Forgets outcomes older than the retention in the next shard; the whole memory in `shards` calls. Returns
  // how many.
  std::size_t sweep(engine::time_point now);

  [[nodiscard]] std::size_t size() const { return size_.load(std::memory_order_relaxed); }

  static constexpr std::size_t shards = 256;

 private:
  struct entry {
    engine::sku_id sku{};
    engine::remembered outcome; // version 0: none yet
    std::uint16_t claims = 0;     // fewer than limits::credits_per_sku
    std::uint16_t revision = 0;   // limits::revisions_per_bundle_max
    std::uint32_t at_seconds : 31 = 0;
    std::uint32_t alone : 1 = 0;
  };

  struct alignas(64) shard {
    mutable std::mutex lock;
    boost::unordered_flat_map<engine::uuid, entry, engine::uuid_hash> entries;
  };

  [[nodiscard]] shard& shard_of(const engine::uuid& key) { return shards_[key.data[0]]; }

  [[nodiscard]] const shard& shard_of(const engine::uuid& key) const { return shards_[key.data[0]]; }

  std::size_t keys_max_;
  engine::duration retention_;
  std::atomic<std::size_t> size_{0};
  std::size_t next_swept_ = 0;
  std::array<shard, shards> shards_;
};

} // namespace lockstep::actors
