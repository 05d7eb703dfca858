// The fence between processes: an exclusive flock() on a file beside the store, held as long as the store is
// open. It cannot be a lock of SQLite's own: an exclusive one would shut out our own readers, and SQLite's
// POSIX locks are dropped when anybody in the process closes any descriptor of the file. The kernel releases
// it however a process ends; the file stays, because removing it would let two processes lock two files of
// the same name.
#pragma once

#include "engine/error.hpp"

#include <string>
#include <utility>

namespace lockstep::storage::sqlite {

class lock_file {
 public:
  // unavailable: another store holds it (the error names the process); refused: the file cannot be created.
  [[nodiscard]] static engine::result<lock_file> acquire(const std::string& path);

  lock_file(lock_file&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

  lock_file& operator=(lock_file&&) = delete;
  ~lock_file();

 private:
  explicit lock_file(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

} // namespace lockstep::storage::sqlite
