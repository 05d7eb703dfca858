// Readers beside the writer, and a log that stays bounded.
#include "tests/storage/numbered_batches.hpp"
#include "tests/storage/samples.hpp"

#include "storage/sqlite/sqlite_store.hpp"

#include <atomic>
#include <filesystem>
#include <thread>

namespace lockstep::storage {
namespace {

using samples::numbered_batches;
using samples::small_fact;

std::unique_ptr<store> open(const sqlite_options& options) {
  auto opened = open_sqlite(options);
  REQUIRE(opened);
  return std::move(*opened);
}

// Scans until told to stop. Catch's macros are not for other threads, so it only counts what is wrong.
struct watcher {
  explicit watcher(std::unique_ptr<reader> from) : from_(std::move(from)), thread_([this] { run(); }) {}

  ~watcher() { thread_.join(); }

  std::atomic<bool> stop = false;
  std::atomic<int> scans = 0;
  std::atomic<int> torn = 0;
  std::atomic<int> errors = 0;

 private:
  // Every batch has one fact for each of eight SKUs, all with the same version.
  void run() {
    while (!stop || scans == 0) {
      std::int64_t rows = 0;
      if (!from_->scan(0, [&](const stored_fact&) { return ++rows > 0; })) ++errors;
      if (rows % 8 != 0) ++torn;
      check_one_sku();
      ++scans;
    }
  }

  void check_one_sku() {
    const auto page = from_->facts_after(samples::sku(3), 0, 1'000'000);
    if (!page) {
      ++errors;
      return;
    }
    for (std::size_t i = 0; i < page->size(); ++i)
      if ((*page)[i].fact.version != static_cast<engine::version>(i + 1)) ++torn;
  }

  std::unique_ptr<reader> from_;
  std::thread thread_;
};

batch even_batch(batch_number number) {
  batch made{.number = number, .facts = {}, .snapshots = {}, .records = {}};
  for (std::int64_t of = 1; of <= 8; ++of)
    made.facts.push_back(small_fact(of, number));
  return made;
}

} // namespace

TEST_CASE("readers beside the writer see whole batches only") {
  const samples::temporary_folder folder;
  const auto opened =
      open({.path = folder.file("store.db"), .checkpoint_bytes = 64 * 16'384, .tail_rows_max = 500});
  {
    watcher first{*opened->open_reader()};
    watcher second{*opened->open_reader()};
    batch_number number = 0;
    while (number < 300 || first.scans < 20 || second.scans < 20) {
      REQUIRE(number < 100'000);
      const auto done = opened->commit(even_batch(++number));
      if (done.status != commit_status::committed) FAIL_CHECK(done.what);
    }
    first.stop = second.stop = true;
    CHECK(first.torn + second.torn == 0);
    CHECK(first.errors + second.errors == 0);
  }
}

TEST_CASE("the log stays bounded under load, with readers beside it") {
  const samples::temporary_folder folder;
  const auto path = folder.file("store.db");
  constexpr std::int64_t bound = 64 * 16'384;
  constexpr std::int64_t total = 100 * bound;
  const auto opened = open({.path = path, .checkpoint_bytes = bound});
  watcher beside{*opened->open_reader()};
  std::uintmax_t longest = 0;
  std::int64_t written = 0;
  numbered_batches made;
  for (batch_number number = 1; written < total; ++number) {
    auto content = even_batch(number);
    content.snapshots.push_back({samples::sku(1), number, {}, std::string(100'000, 's')});
    written += 100'000;
    const auto done = opened->commit(content);
    if (done.status != commit_status::committed) FAIL_CHECK(done.what);
    longest = std::max(longest, std::filesystem::file_size(path + "-wal"));
  }
  beside.stop = true;
  // A reader that the machine puts to sleep holds the log for as long.
  CHECK(longest < total / 2);
  CHECK(beside.errors == 0);
}

TEST_CASE("a visitor that stays inside a scan does not hold the log") {
  const samples::temporary_folder folder;
  const auto path = folder.file("store.db");
  constexpr std::int64_t bound = 16 * 16'384;
  const auto opened = open({.path = path, .checkpoint_bytes = bound});
  REQUIRE(opened->commit(even_batch(1)).status == commit_status::committed);
  const auto from = *opened->open_reader();
  std::uintmax_t longest = 0;
  REQUIRE(from->scan(0, [&](const stored_fact&) {
    for (batch_number number = 2; number < 600; ++number) {
      REQUIRE(opened->commit(even_batch(number)).status == commit_status::committed);
      longest = std::max(longest, std::filesystem::file_size(path + "-wal"));
    }
    return false;
  }));
  CHECK(longest < 12 * bound);
}

TEST_CASE("a reader opens while the writer commits, and sees what was committed before") {
  const samples::temporary_folder folder;
  const auto opened = open({.path = folder.file("store.db")});
  std::atomic<int> wrong = 0;
  std::atomic<batch_number> committed = 0;
  std::thread opener{[&] {
    for (int i = 0; i < 50; ++i) {
      const auto known = committed.load();
      const auto from = opened->open_reader();
      if (!from || (*from)->statistics()->facts < known * 8) ++wrong;
    }
  }};
  for (batch_number number = 1; number <= 200; ++number) {
    if (opened->commit(even_batch(number)).status != commit_status::committed) ++wrong;
    committed = number;
  }
  opener.join();
  CHECK(wrong == 0);
}

TEST_CASE("a store that is closed leaves no log, though a reader is still open") {
  const samples::temporary_folder folder;
  auto opened = open({.path = folder.file("store.db")});
  REQUIRE(opened->commit({1, {small_fact(1, 1)}, {}, {}}).status == commit_status::committed);
  const auto beside = *opened->open_reader();
  REQUIRE(beside->load_snapshot(samples::sku(1)));
  const auto log = folder.path() / "store.db-wal";
  CHECK(std::filesystem::file_size(log) > 0);
  opened.reset();
  CHECK(std::filesystem::file_size(log) == 0);
  CHECK(beside->facts_after(samples::sku(1), 0, 10)->size() == 1);
}

} // namespace lockstep::storage
