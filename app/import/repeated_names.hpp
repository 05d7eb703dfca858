// Which lines of a file bear a name that stands in it more than once, in memory that does not grow with the
// file: pairs of a name's hash and its line are sorted, so that equal hashes meet; the lines that are found are
// sorted again, so that they can be walked beside the file. 64 bits: among ten million names two that differ
// are taken for one in a file of 400,000.
#pragma once

#include "app/import/sorted_pairs.hpp"

#include <string_view>

namespace lockstep::app {

// (a line, the first line of its name), by line; the first line is among them.
using repeated_lines = sorted_pairs;

class repeated_names {
 public:
  using name_hash = std::uint64_t;

  // `in_memory`: pairs that are sorted at a time.
  explicit repeated_names(std::size_t in_memory) : in_memory_(in_memory), names_(in_memory) {}

  [[nodiscard]] static name_hash hash_of(std::string_view name);

  // unavailable: no temporary file, or it is full.
  [[nodiscard]] engine::result<void> add(name_hash name, std::uint64_t line) {
    return names_.add({name, line});
  }

  // Nothing can be added afterwards. Errors as above.
  [[nodiscard]] engine::result<repeated_lines> finish();

  // After finish(): lines beyond the first of their names, and names that have such.
  [[nodiscard]] std::size_t repeats() const { return repeats_; }

  [[nodiscard]] std::size_t repeated() const { return repeated_; }

 private:
  std::size_t in_memory_;
  sorted_pairs names_;
  std::size_t repeats_ = 0, repeated_ = 0;
};

} // namespace lockstep::app
