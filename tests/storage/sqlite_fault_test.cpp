// I/O that fails at every place in turn, and power that is cut at every place in turn: no acknowledged batch
// is lost, none is torn, none comes twice, and the store goes on once the disk is well.
#include "tests/storage/fault_disk.hpp"
#include "tests/storage/numbered_batches.hpp"
#include "tests/storage/samples.hpp"

#include "storage/sqlite/sqlite_store.hpp"

#include <atomic>
#include <fstream>

namespace lockstep::storage {
namespace {

using samples::fault_disk;
using samples::numbered_batches;

// Small, so that checkpoints meet the faults as well; milestones every few batches.
sqlite_options small_store(const std::string& path) {
  return {.path = path, .checkpoint_bytes = 8 * 16'384, .tail_rows_max = 40};
}

std::unique_ptr<store> open(const std::string& path) {
  auto opened = open_sqlite(small_store(path));
  REQUIRE(opened);
  return std::move(*opened);
}

// What the persistence actor does with one batch: again when unavailable, look up when unknown. Heals the
// disk as soon as it was told of a failure; gives back the first failure's status.
commit_status deliver(store& to, const batch& content, fault_disk& disk) {
  auto first = commit_status::committed;
  for (int attempt = 0; attempt < 5; ++attempt) {
    const auto done = to.commit(content);
    if (done.status == commit_status::committed) return first;
    if (first == commit_status::committed) first = done.status;
    INFO(done.what);
    REQUIRE((done.status == commit_status::unavailable || done.status == commit_status::unknown));
    disk.heal();
    if (done.status != commit_status::unknown) continue;
    const auto found = to.find_batch(content.number);
    REQUIRE(found);
    if (*found) return first;
  }
  FAIL("the disk is well again, but the store does not commit");
  return first;
}

void restore(const fault_disk::image& files, const samples::temporary_folder& to) {
  for (const auto& [name, content] : files)
    std::ofstream{to.file(std::filesystem::path{name}.filename().string()), std::ios::binary} << content;
}

// Newest batch of a store that is opened from these files, and then takes one more.
std::int64_t recovered(const fault_disk::image& files) {
  const samples::temporary_folder elsewhere;
  restore(files, elsewhere);
  const auto opened = open(elsewhere.file("store.db"));
  const auto rows = samples::ledger_of(*opened);
  numbered_batches more{rows};
  const auto newest = more.last();
  REQUIRE(opened->commit(more.next(1)).status == commit_status::committed);
  return newest;
}

struct verdicts {
  int unavailable = 0;
  int unknown = 0;
  bool struck = false;

  void count(commit_status status) {
    unavailable += status == commit_status::unavailable;
    unknown += status == commit_status::unknown;
  }
};

constexpr int batches_before = 3;
constexpr int batches_after = 12;

// One run with one fault.
verdicts run_with(const fault_disk::fault& fault) {
  const samples::temporary_folder folder;
  fault_disk disk{folder.path().string()};
  verdicts seen;
  {
    const auto opened = open(folder.file("store.db"));
    numbered_batches made;
    for (batch_number number = 1; number <= batches_before; ++number)
      REQUIRE(opened->commit(made.next(number)).status == commit_status::committed);
    disk.inject(fault);
    for (batch_number number = batches_before + 1; number <= batches_before + batches_after; ++number) {
      const auto first = deliver(*opened, made.next(number), disk);
      seen.count(first);
      if (first != commit_status::committed) REQUIRE(recovered(disk.synced()) >= made.last());
    }
    REQUIRE(recovered(disk.synced()) >= made.last());
    REQUIRE(samples::check_whole(samples::ledger_of(*opened)) == made.last());
  }
  disk.heal();
  seen.struck = disk.struck();
  REQUIRE(samples::check_whole(samples::ledger_of(*open(folder.file("store.db")))) ==
          batches_before + batches_after);
  return seen;
}

// Moves the fault on until a run ends before it is met.
verdicts sweep(fault_disk::fault fault) {
  verdicts all;
  for (fault.after = 0; fault.after < 1'000; ++fault.after) {
    INFO("fault after " << fault.after << " operations");
    const auto seen = run_with(fault);
    if (!seen.struck) return all;
    all.unavailable += seen.unavailable;
    all.unknown += seen.unknown;
  }
  FAIL("the fault was met in every run");
  return all;
}

} // namespace

TEST_CASE("no acknowledged batch is lost, whichever write fails") {
  const bool torn = GENERATE(false, true);
  const auto seen = sweep({.what = fault_disk::operation::write, .code = SQLITE_IOERR_WRITE, .torn = torn});
  CHECK(seen.unknown > 0);
}

TEST_CASE("no acknowledged batch is lost, whichever sync fails, and its outcome is called unknown") {
  const auto seen = sweep({.what = fault_disk::operation::sync, .code = SQLITE_IOERR_FSYNC});
  CHECK(seen.unknown >= batches_after / 2); // the others met a checkpoint's sync
  CHECK(seen.unavailable == 0);
}

TEST_CASE("a full disk makes the store unavailable, and it goes on when there is room") {
  const auto seen =
      sweep({.what = fault_disk::operation::write, .code = SQLITE_FULL, .torn = true, .lasting = true});
  CHECK(seen.unavailable > 0);
  CHECK(seen.unknown == 0);
}

TEST_CASE("after an unknown outcome nothing is committed before the batch was looked up") {
  const samples::temporary_folder folder;
  fault_disk disk{folder.path().string()};
  const auto opened = open(folder.file("store.db"));
  numbered_batches made;
  const auto first = made.next(1);
  disk.inject({.what = fault_disk::operation::sync, .code = SQLITE_IOERR_FSYNC, .lasting = true});
  REQUIRE(opened->commit(first).status == commit_status::unknown);
  CHECK(opened->commit(first).status == commit_status::unknown);
  CHECK(opened->commit({2, {}, {}, {}}).status == commit_status::unknown);
  disk.heal();
  CHECK(opened->commit(first).status == commit_status::unknown);
  REQUIRE(opened->find_batch(1));
  CHECK(deliver(*opened, first, disk) == commit_status::committed);
  CHECK(samples::check_whole(samples::ledger_of(*opened)) == 1);
}

TEST_CASE(
    "a batch that reached the log although its sync failed is found after recovery, and not written twice") {
  const samples::temporary_folder folder;
  fault_disk disk{folder.path().string()};
  auto opened = open(folder.file("store.db"));
  numbered_batches made;
  REQUIRE(opened->commit(made.next(1)).status == commit_status::committed);
  // Lasting, because a checkpoint on the second connection may be the first to meet it.
  disk.inject({.what = fault_disk::operation::sync, .code = SQLITE_IOERR_FSYNC, .lasting = true});
  REQUIRE(opened->commit(made.next(2)).status == commit_status::unknown);
  // The process dies now, and all writes had reached the disk.
  std::mt19937_64 chance{1};
  for (int i = 0; i < 20; ++i)
    CHECK(recovered(disk.after_power_cut(chance)) >= 1);
}

TEST_CASE("a checkpoint that fails is told in the statistics, costs no commit, and is made good") {
  const samples::temporary_folder folder;
  fault_disk disk{folder.path().string()};
  const auto opened = open(folder.file("store.db"));
  const auto from = *opened->open_reader();
  numbered_batches made;
  const auto commit_until = [&](const auto& reached) {
    for (int i = 0; i < 20'000 && !reached(); ++i)
      REQUIRE(opened->commit(made.next(made.last() + 1)).status == commit_status::committed);
    return reached();
  };
  // In WAL mode nothing but a checkpoint writes the file itself.
  disk.inject({.code = SQLITE_IOERR_WRITE, .lasting = true, .file = folder.file("store.db")});
  CHECK(commit_until([&] { return from->statistics()->trouble.starts_with("checkpoint: "); }));
  disk.heal();
  CHECK(commit_until([&] { return from->statistics()->trouble.empty(); }));
  CHECK(samples::check_whole(samples::ledger_of(*opened)) == made.last());
}

TEST_CASE("no acknowledged batch is lost, wherever the power is cut") {
  const samples::temporary_folder folder;
  fault_disk disk{folder.path().string()};
  std::mt19937_64 chance{20'240'229};

  struct photograph {
    std::int64_t acknowledged;
    fault_disk::image files;
  };

  std::vector<photograph> taken;
  std::atomic<std::int64_t> acknowledged = 0;
  disk.watch([&] {
    if (chance() % 3 == 0) taken.push_back({acknowledged, disk.after_power_cut(chance)});
  });
  {
    const auto opened = open(folder.file("store.db"));
    numbered_batches made;
    for (batch_number number = 1; number <= 60; ++number) {
      REQUIRE(opened->commit(made.next(number)).status == commit_status::committed);
      acknowledged = made.last();
    }
  }
  disk.watch({});
  REQUIRE(taken.size() > 100);
  for (const auto& [known, files] : taken) {
    const auto found = recovered(files);
    REQUIRE(found >= known);
    REQUIRE(found <= known + 1);
  }
}

} // namespace lockstep::storage
