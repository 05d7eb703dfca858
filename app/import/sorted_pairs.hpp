// Any number of pairs in ascending order, in memory that does not grow with them: they are sorted in runs in a
// temporary file, which are merged while they are read.
#pragma once

#include "engine/error.hpp"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace lockstep::app {

class sorted_pairs {
 public:
  using pair = std::pair<std::uint64_t, std::uint64_t>;

  // `in_memory`: pairs that are sorted at a time.
  explicit sorted_pairs(std::size_t in_memory) : in_memory_(in_memory) {}

  // unavailable: no temporary file, or it is full.
  [[nodiscard]] engine::result<void> add(pair each);

  // Nothing can be added afterwards. Errors as above.
  [[nodiscard]] engine::result<void> finish();

  // The least one that was not told yet; nothing at the end. unavailable: the temporary file cannot be read.
  [[nodiscard]] engine::result<std::optional<pair>> next();

 private:
  struct close_file {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  // Sorted; the rest of the last one is in memory as a whole.
  struct run {
    std::size_t from, to; // in the file, in pairs
    std::vector<pair> read;
    std::size_t used;
  };

  using head = std::pair<pair, std::size_t>; // and the run it is from

  [[nodiscard]] engine::result<void> write_run();
  [[nodiscard]] engine::result<void> advance(std::size_t number);

  std::size_t in_memory_;
  std::vector<pair> pairs_;
  std::vector<run> runs_;
  std::vector<head> heads_; // a heap, the least on top
  std::unique_ptr<std::FILE, close_file> file_;
};

} // namespace lockstep::app
