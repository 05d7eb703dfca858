// Batches that tell by themselves whether one is missing, doubled or torn: every fact names its batch and its
// size.
#pragma once

#include "storage/store.hpp"

#include <map>

namespace lockstep::storage::samples {

class numbered_batches {
 public:
  // Goes on after what `rows` holds.
  explicit numbered_batches(const std::vector<stored_fact>& rows = {});

  // Number of the newest batch made or found.
  [[nodiscard]] std::int64_t last() const { return last_; }

  // The next batch of 1 to 23 facts over five SKUs, now and then with a snapshot, to be committed under
  // `number`.
  [[nodiscard]] batch next(batch_number number);

 private:
  std::int64_t last_ = 0;
  std::map<engine::sku_id, engine::version> versions_;
};

// Number of the newest batch when `rows` holds batches 1 to that one, each whole and once, with versions and
// row numbers without gaps. Fails the test otherwise.
[[nodiscard]] std::int64_t check_whole(const std::vector<stored_fact>& rows);

} // namespace lockstep::storage::samples
