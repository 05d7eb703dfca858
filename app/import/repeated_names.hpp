// Which names stand in a file more than once, in memory that does not grow with the file: pairs of a name's
// hash and its line are sorted in runs on disk, and equal hashes meet when the runs are merged. 64 bits:
// among ten million names two that differ are taken for one in a file of 400,000.
#pragma once

#include "engine/error.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string_view>
#include <vector>

namespace lockstep::app {

class repeated_names {
 public:
  using name_hash = std::uint64_t;
  using first_lines = boost::unordered_flat_map<name_hash, std::uint64_t>;

  struct entry {
    name_hash name = 0;
    std::uint64_t line = 0;
    friend auto operator<=>(const entry&, const entry&) = default;
  };

  // `in_memory`: pairs that are sorted at a time.
  explicit repeated_names(std::size_t in_memory) : in_memory_(in_memory) {}

  [[nodiscard]] static name_hash hash_of(std::string_view name);

  // unavailable: no temporary file, or it is full.
  [[nodiscard]] engine::result<void> add(entry each);

  // The first line of each name that has several. Nothing can be added afterwards.
  [[nodiscard]] engine::result<first_lines> finish();

  // Lines beyond the first of their names; after finish().
  [[nodiscard]] std::size_t repeats() const { return repeats_; }

 private:
  struct close_file {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  class merge;

  [[nodiscard]] engine::result<void> write_run();

  std::size_t in_memory_;
  std::vector<entry> entries_;
  std::vector<std::size_t> runs_; // their lengths, one after the other in the file
  std::unique_ptr<std::FILE, close_file> file_;
  std::size_t repeats_ = 0;
};

} // namespace lockstep::app
