// What the last process knew of its store, in a file apart from the store. A store that was put back from a
// backup knows less than its witness: then channels show numbers that the store never heard of, and nothing
// may be pushed before a person has compared.
#pragma once

#include "engine/error.hpp"
#include "storage/store.hpp"

#include <optional>
#include <string>

namespace lockstep::app {

// How far a store had come.
struct sighting {
  storage::epoch epoch = 0;
  storage::row_number row = 0; // of its newest fact
  friend bool operator==(const sighting&, const sighting&) = default;
};

class witness {
 public:
  explicit witness(std::string file) : file_(std::move(file)) {}

  // What was written last; nothing when there is no file yet. error_code::corrupt when it says something
  // else.
  [[nodiscard]] engine::result<std::optional<sighting>> last() const;
  // Whole or not at all. error_code::unavailable when it cannot be written.
  [[nodiscard]] engine::result<void> write(const sighting& seen) const;

 private:
  std::string file_;
};

// The store that is open now is an older one than `last` saw. Opening takes a new epoch, so that the same
// store always has a later one.
[[nodiscard]] constexpr bool went_back(const sighting& last, const sighting& now) {
  return now.epoch <= last.epoch || now.row < last.row;
}

} // namespace lockstep::app
