// How long a sale takes until each channel account shows the new number: told by channels, read by SKU actors.
#pragma once

#include "engine/types.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>

namespace lockstep::actors {

class lag_book {
 public:
  using figure = std::atomic<std::int64_t>; // microseconds; zero: not told yet

  // The account's, valid as long as the book. Thread: any.
  [[nodiscard]] figure& of(engine::account_id account) {
    const std::lock_guard guard{lock_};
    return figures_[account];
  }

 private:
  std::mutex lock_;
  std::map<engine::account_id, figure> figures_;
};

} // namespace lockstep::actors
