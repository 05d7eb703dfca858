// SKU number to the actor that owns the SKU: a sharded map, not an actor, so that finding one costs no
// message.
#pragma once

#include "engine/bundle.hpp"

#include <caf/actor.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace lockstep::actors {

// The revisions of a bundle, the newest first. One thread adds; any may read, and what it was given stays.
class composition_chain {
 public:
  composition_chain() = default;
  composition_chain(const composition_chain&) = delete;
  composition_chain& operator=(const composition_chain&) = delete;
  ~composition_chain();

  void add(engine::bundle next);

  // Null: a plain SKU.
  [[nodiscard]] const engine::bundle* newest() const;
  [[nodiscard]] const engine::bundle* find(engine::composition_revision revision) const;

 private:
  struct link {
    engine::bundle content;
    link* before = nullptr;
  };

  std::atomic<link*> newest_{nullptr};
};

// What is known of a SKU outside its actor. Lives as long as the registry; the actor may be replaced.
struct sku_slot {
  engine::sku_id id{};
  std::atomic<std::uint32_t> in_flight{0}; // credits
  std::atomic<bool> quarantined{false};
  std::atomic<bool> lines_known{false}; // the key memory has its open lines, however old
  composition_chain composition;
  std::atomic<std::uint32_t> composing{0}; // it is being made a bundle: nothing that moves it is admitted
};

// Thread: any.
class registry {
 public:
  using spawner = std::function<caf::actor(sku_slot&)>;

  // Must be set before the first find().
  void set_spawner(spawner spawn) { spawn_ = std::move(spawn); }

  struct place {
    sku_slot* slot;
    caf::actor owner;
  };

  // The SKU's slot and actor; spawned on first use.
  [[nodiscard]] place find(engine::sku_id sku);

  // The slot alone, without an actor.
  [[nodiscard]] sku_slot& slot(engine::sku_id sku);

  // A further revision of a bundle, in force from now on. Start or persistence thread.
  void compose(engine::bundle next);
  // The newest of each.
  [[nodiscard]] std::vector<const engine::bundle*> bundles() const;

  // Adds those that the bundles among them take from; each SKU is there once.
  void add_leaves(std::vector<engine::sku_id>& skus);

  // True once a bundle is known: until then nobody needs to ask.
  [[nodiscard]] bool has_bundles() const { return has_bundles_.load(std::memory_order_acquire); }

  // Puts another actor in the place of a failed one.
  void replace(engine::sku_id sku, caf::actor owner);

  // Every SKU with an actor, as of now.
  [[nodiscard]] std::vector<caf::actor> actors() const;

  [[nodiscard]] std::size_t size() const { return size_.load(std::memory_order_relaxed); }

  // True once close() was called: what is dropped from then on is dropped because all ends.
  [[nodiscard]] bool closed() const { return closed_.load(); }

  // Drops all handles; afterwards find() gives an invalid one.
  void close();

 private:
  static constexpr std::size_t shards = 64;

  struct entry {
    std::unique_ptr<sku_slot> slot;
    caf::actor owner;
  };

  struct alignas(64) shard {
    mutable std::mutex lock;
    boost::unordered_flat_map<engine::sku_id, entry> entries;
  };

  [[nodiscard]] shard& shard_of(engine::sku_id sku) {
    return shards_[static_cast<std::uint64_t>(sku) % shards];
  }

  [[nodiscard]] static entry& entry_of(shard& home, engine::sku_id sku);

  spawner spawn_;
  std::atomic<bool> closed_{false};
  std::atomic<bool> has_bundles_{false};
  std::atomic<std::size_t> size_{0};
  std::array<shard, shards> shards_;
};

} // namespace lockstep::actors
