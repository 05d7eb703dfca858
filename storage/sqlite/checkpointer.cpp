#include "storage/sqlite/checkpointer.hpp"

#include <tuple>

namespace lockstep::storage::sqlite {
namespace {

constexpr int rounds_max = 8;
constexpr int log_lengths_max = 4;
// What the writer waits for: about 5 ms of copying.
constexpr std::int64_t pages_left_max = 512;
// And for readers that began before the last page was moved; they read pieces of limits::store_scan_rows.
constexpr int readers_wait_ms = 20;

} // namespace

result<std::unique_ptr<checkpointer>> checkpointer::start(const std::string& path, std::int64_t log_pages,
                                                          trouble& told) {
  auto db = connection::open(path);
  if (!db) return db.error();
  sqlite3_busy_timeout(db->handle(), readers_wait_ms);
  if (auto set = db->execute("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0"); !set)
    return set.error();
  return std::unique_ptr<checkpointer>{new checkpointer{std::move(*db), log_pages, told}};
}

checkpointer::checkpointer(connection db, std::int64_t log_pages, trouble& told)
    : db_(std::move(db)), log_pages_(log_pages), told_(told), next_at_(log_pages),
      thread_([this] { run(); }) {}

checkpointer::~checkpointer() {
  {
    const std::lock_guard lock{guard_};
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  // SQLite does this when its last connection closes, but of two that close at the same moment neither may be
  // the last. What cannot be moved now is moved at the next start.
  std::ignore = move_pages(SQLITE_CHECKPOINT_TRUNCATE);
}

void checkpointer::enter() {
  std::unique_lock lock{guard_};
  changed_.wait(lock, [this] { return !closing_ && !(due_ && length_ > log_lengths_max * log_pages_); });
  writing_ = true;
}

void checkpointer::leave(std::optional<std::int64_t> log_pages) {
  {
    const std::lock_guard lock{guard_};
    writing_ = false;
    if (log_pages) {
      if (*log_pages < length_) next_at_ = log_pages_; // the log has started over
      length_ = *log_pages;
      due_ = due_ || length_ >= next_at_;
    }
  }
  changed_.notify_all();
}

void checkpointer::run() {
  std::unique_lock lock{guard_};
  for (;;) {
    changed_.wait(lock, [this] { return due_ || stopping_; });
    if (stopping_) return;
    lock.unlock();
    checkpoint();
    lock.lock();
    // A reader may still hold the log: then it goes on growing, and is asked again a quarter later.
    next_at_ = length_ + log_pages_ / 4;
    due_ = false;
    changed_.notify_all();
  }
}

void checkpointer::checkpoint() {
  auto left = move_pages(SQLITE_CHECKPOINT_PASSIVE);
  for (int round = 1; left && *left > pages_left_max && round < rounds_max; ++round)
    left = move_pages(SQLITE_CHECKPOINT_PASSIVE);
  if (left) left = start_over();
  told_.set(left ? std::string{} : "checkpoint: " + left.error().what);
}

result<std::int64_t> checkpointer::start_over() {
  std::unique_lock lock{guard_};
  closing_ = true;
  changed_.wait(lock, [this] { return !writing_; });
  lock.unlock();
  const auto left = move_pages(SQLITE_CHECKPOINT_RESTART);
  lock.lock();
  closing_ = false;
  changed_.notify_all();
  return left;
}

result<std::int64_t> checkpointer::move_pages(int mode) {
  int length = 0;
  int moved = 0;
  const auto code = sqlite3_wal_checkpoint_v2(db_.handle(), nullptr, mode, &length, &moved);
  if (code != SQLITE_OK && code != SQLITE_BUSY) return last_error(db_.handle());
  return std::int64_t{length} - moved;
}

} // namespace lockstep::storage::sqlite
