// What work beside the commits could not do, for the statistics. Written by the thread that does the work,
// read by any.
#pragma once

#include <mutex>
#include <string>

namespace lockstep::storage {

// Empty: all is well.
class trouble {
 public:
  void set(std::string text) {
    const std::lock_guard lock{guard_};
    text_ = std::move(text);
  }

  [[nodiscard]] std::string get() const {
    const std::lock_guard lock{guard_};
    return text_;
  }

 private:
  mutable std::mutex guard_;
  std::string text_;
};

} // namespace lockstep::storage
