// One transaction under way: the items, and the batch made of them. Kept until its outcome is known, so that
// the same content can be sent again; taken apart again when the store refuses it and the culprit must be
// found.
#pragma once

#include "actors/commit_queue.hpp"
#include "storage/store.hpp"

#include <vector>

namespace lockstep::actors {

struct commit_attempt {
  std::vector<work_ptr> items;
  std::vector<commit_queue::unit> units;
  storage::batch batch;

  // Moves facts, snapshots (the last of each SKU) and records of the items into the batch. What was there
  // before is dropped; its memory is used again, because a batch of megabytes freed at every commit makes
  // malloc work hard.
  void fill(commit_queue::taken taken, storage::batch_number number);
  // Done with: gives up the items, keeps the memory.
  void clear();

  // Gives the facts back to the items and cuts the units in two halves, in order. Snapshots are left out:
  // they are never needed. Must have two units or more.
  [[nodiscard]] std::pair<commit_queue::taken, commit_queue::taken> split() &&;

  [[nodiscard]] bool empty() const { return items.empty(); }
};

} // namespace lockstep::actors
