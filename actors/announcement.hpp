// Numbers that were asked for together, see announce_number.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <utility>

namespace lockstep::actors {

// Shared by its messages, on whatever threads. `told` is called once: with true after the last SKU has told
// its number; with false when a message was dropped, as those of an actor that failed are, and all others are
// done.
class announcement {
 public:
  using outcome = std::function<void(bool all)>;

  announcement(std::size_t skus, outcome told) : left_(skus), told_(std::move(told)) {}

  announcement(const announcement&) = delete;
  announcement& operator=(const announcement&) = delete;

  ~announcement() {
    if (left_ > 0 && told_) told_(false);
  }

  void told_one() {
    if (--left_ == 0 && told_) told_(true);
  }

 private:
  std::atomic<std::size_t> left_;
  outcome told_;
};

} // namespace lockstep::actors
