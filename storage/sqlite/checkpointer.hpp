// Moves the write-ahead log into the file, on a connection and thread of its own, so that the log stays
// bounded.
//
// A passive checkpoint never blocks the writer, but under load it never catches up either, and the log starts
// over only when all of it was moved and nobody reads from it. So: passive rounds until little is left, then
// a last one while the writer waits between two commits, and a moment for those who read. Should the writer
// be faster than the disk, it waits for the whole checkpoint once the log is log_lengths_max times its bound.
#pragma once

#include "storage/sqlite/connection.hpp"
#include "storage/trouble.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace lockstep::storage::sqlite {

class checkpointer {
 public:
  // Starts the thread. `log_pages`: a checkpoint begins when the log is longer. `told` outlives the
  // checkpointer.
  [[nodiscard]] static result<std::unique_ptr<checkpointer>> start(const std::string& path,
                                                                   std::int64_t log_pages, trouble& told);
  ~checkpointer(); // moves what is left of the log, so that a store that was closed is one file
  checkpointer(const checkpointer&) = delete;
  checkpointer& operator=(const checkpointer&) = delete;

  // Around each commit of the writer.
  void enter();
  // `log_pages`: length of the log now; nothing when no commit was made.
  void leave(std::optional<std::int64_t> log_pages);

 private:
  checkpointer(connection db, std::int64_t log_pages, trouble& told);
  void run();
  void checkpoint();
  // Moves what it can; `mode` is SQLite's. Pages left in the log, or an error.
  [[nodiscard]] result<std::int64_t> move_pages(int mode);
  // Moves the rest and starts the log over, while the writer waits between two commits.
  [[nodiscard]] result<std::int64_t> start_over();

  connection db_;
  const std::int64_t log_pages_;
  trouble& told_;

  std::mutex guard_;
  std::condition_variable changed_;
  bool writing_ = false; // the writer is inside a commit
  bool closing_ = false; // the writer shall wait
  bool stopping_ = false;
  bool due_ = false;
  std::int64_t next_at_;    // length of the log that asks for the next checkpoint
  std::int64_t length_ = 0; // as the writer last told

  std::thread thread_; // last: it uses all of the above
};

} // namespace lockstep::storage::sqlite
