// Reads SKUs from the store for their actors: blocking reads, so on a thread of its own. While the store
// cannot be read it tries again; what contradicts itself is told to the asking actor. SKUs that ask while it
// reads are read together.
#pragma once

#include "actors/core.hpp"
#include "storage/store.hpp"

#include <memory>
#include <span>
#include <vector>

namespace lockstep::actors {

struct loaded_state {
  engine::sku_state state;
  engine::version snapshot_version = 0; // 0: folded from the first fact on
};

// Newest snapshot, then the facts after it. Errors as of the reader and the codec; corrupt when a version is
// missing.
[[nodiscard]] engine::result<loaded_state> read_state(storage::reader& from, engine::sku_id sku,
                                                      engine::duration retention);

// The same for each of these, which differ, in their order.
[[nodiscard]] std::vector<engine::result<loaded_state>>
read_states(storage::reader& from, std::span<const engine::sku_id> skus, engine::duration retention);

// Detached unless the core says otherwise.
[[nodiscard]] caf::actor spawn_loader(core& shared, std::unique_ptr<storage::reader> reader);

} // namespace lockstep::actors
