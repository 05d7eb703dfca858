// Moves old facts from `ledger` to `ledger_archive`, on a connection and thread of its own, so that what
// commits and starts work with stays small.
//
// A round reads the ledger from end to end in steps of a few pages, each a transaction; after each it rests
// several times as long as the step took, so that commits hardly notice. A step that fails does not keep the
// others back; the first failure is told. What a step may move the server decides (`archive_facts` in
// storage/schema). Before a round it sums up the end of the ledger when that failed as the store was opened.
#pragma once

#include "storage/postgres/connection.hpp"
#include "storage/postgres/upkeep.hpp"
#include "storage/store.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace lockstep::storage::postgres {

struct archive_options {
  engine::duration after{};                                   // younger facts stay
  std::chrono::milliseconds rest = std::chrono::hours{1};     // between two rounds
  std::chrono::milliseconds retry = std::chrono::seconds{10}; // after a failure
};

class archiver {
 public:
  // Starts the thread. It ends by itself when epoch `of` is over.
  archiver(std::string url, storage::epoch of, const archive_options& options, std::shared_ptr<upkeep> told);
  ~archiver(); // waits for a step under way
  archiver(const archiver&) = delete;
  archiver& operator=(const archiver&) = delete;

 private:
  void run();
  [[nodiscard]] result<void> round();
  void sum_up();
  [[nodiscard]] result<void> step(std::int64_t first_page);
  [[nodiscard]] bool ends_round(const error& failed) const;
  [[nodiscard]] result<void> connect();
  // True: it is time to end.
  [[nodiscard]] bool pause(std::chrono::steady_clock::duration length);

  const std::string url_;
  const storage::epoch epoch_;
  const archive_options options_;
  const std::shared_ptr<upkeep> told_;
  std::optional<connection> db_;

  std::mutex guard_;
  std::condition_variable changed_;
  bool stopping_ = false;

  std::thread thread_; // last: it uses all of the above
};

} // namespace lockstep::storage::postgres
