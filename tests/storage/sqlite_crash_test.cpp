// A real process is killed with -9 while it commits, over and over; a real limit stops the file from growing;
// a log is cut or damaged. What was acknowledged over a pipe must be there, whole, and nothing else but the
// batch under way.
#include "tests/storage/numbered_batches.hpp"
#include "tests/storage/samples.hpp"

#include "storage/sqlite/sqlite_store.hpp"

#include <csignal>
#include <fstream>
#include <random>

#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace lockstep::storage {
namespace {

using samples::numbered_batches;

// Short bounds, so that checkpoints and milestones are under way as well.
sqlite_options small_store(const std::string& path) {
  return {.path = path, .checkpoint_bytes = 8 * 16'384, .tail_rows_max = 200};
}

// Everything stays in the log.
sqlite_options without_checkpoints(const std::string& path) {
  return {.path = path, .checkpoint_bytes = 1 << 30, .tail_rows_max = 200};
}

std::unique_ptr<store> open(const std::string& path) {
  auto opened = open_sqlite(small_store(path));
  REQUIRE(opened);
  return std::move(*opened);
}

// Commits until it is killed, telling each acknowledged batch. Never returns.
[[noreturn]] void commit_for_ever(const sqlite_options& options, int acknowledgements) {
  auto opened = open_sqlite(options);
  if (!opened) _exit(10);
  numbered_batches made{samples::ledger_of(**opened)};
  for (batch_number number = 1;; ++number) {
    if ((*opened)->commit(made.next(number)).status != commit_status::committed) _exit(11);
    const auto last = made.last();
    if (write(acknowledgements, &last, sizeof last) != sizeof last) _exit(12);
  }
}

// Last batch a child acknowledged before it was killed; it is killed after `wanted` acknowledgements and a
// moment more.
std::int64_t kill_after(const sqlite_options& options, std::int64_t newest, int wanted, int moment_ms) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const auto child = fork();
  if (child == 0) commit_for_ever(options, ends[1]);
  close(ends[1]);
  for (int count = 0; count < wanted; ++count)
    REQUIRE(read(ends[0], &newest, sizeof newest) == sizeof newest);
  // A moment during which it may die already: the next acknowledgement ends it early.
  pollfd more{.fd = ends[0], .events = POLLIN, .revents = 0};
  poll(&more, 1, moment_ms);
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  REQUIRE(WIFSIGNALED(status));
  for (std::int64_t told = 0; read(ends[0], &told, sizeof told) == sizeof told;)
    newest = told;
  close(ends[0]);
  return newest;
}

std::string bytes_of(const std::string& path) {
  std::ifstream from{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{from}, {}};
}

void write_bytes(const std::string& path, std::string_view bytes) {
  std::ofstream{path, std::ios::binary} << bytes;
}

// In a child: the file may not grow beyond a bound, then it may. Exit code 0 when the store told so and
// recovered.
[[noreturn]] void fill_up(const std::string& path) {
  std::signal(SIGXFSZ, SIG_IGN);
  auto opened = open_sqlite({.path = path});
  if (!opened) _exit(10);
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  const auto before = limit.rlim_cur;
  limit.rlim_cur = 1'000'000;
  setrlimit(RLIMIT_FSIZE, &limit);
  numbered_batches made;
  batch_number number = 1;
  auto content = made.next(number);
  auto done = (*opened)->commit(content);
  for (; done.status == commit_status::committed && number < 10'000; done = (*opened)->commit(content))
    content = made.next(++number);
  if (done.status != commit_status::unavailable && done.status != commit_status::unknown) _exit(11);
  if (const auto found = (*opened)->find_batch(number); !found || *found) _exit(12);
  limit.rlim_cur = before;
  setrlimit(RLIMIT_FSIZE, &limit);
  if ((*opened)->commit(content).status != commit_status::committed) _exit(13);
  if ((*opened)->commit(made.next(number + 1)).status != commit_status::committed) _exit(14);
  _exit(0);
}

} // namespace

TEST_CASE(
    "a process killed with -9 at any time leaves every acknowledged batch, whole, and at most one more") {
  const samples::temporary_folder folder;
  const auto path = folder.file("store.db");
  std::mt19937 chance{std::random_device{}()};
  std::int64_t newest = 0;
  for (int round = 0; round < 50; ++round) {
    const int wanted = static_cast<int>(chance() % 40);
    const int moment_ms = static_cast<int>(chance() % 4);
    INFO("round " << round << ", killed after " << wanted << " batches and " << moment_ms << " ms");
    const auto acknowledged = kill_after(small_store(path), newest, wanted, moment_ms);
    const auto found = samples::check_whole(samples::ledger_of(*open(path)));
    REQUIRE(found >= acknowledged);
    REQUIRE(found <= acknowledged + 1);
    newest = found;
  }
  CHECK(newest > 100);
}

TEST_CASE("a process killed while it recovers recovers the next time") {
  const samples::temporary_folder folder;
  const auto path = folder.file("store.db");
  const auto acknowledged = kill_after(small_store(path), 0, 30, 0);
  auto newest = acknowledged;
  // Killed before it has committed anything: while it opens the file, or just after.
  for (int round = 0; round < 10; ++round)
    newest = kill_after(small_store(path), newest, 0, round % 3);
  CHECK(samples::check_whole(samples::ledger_of(*open(path))) >= acknowledged);
}

TEST_CASE(
    "a limit on the file's size is an operating error, and the same batch is committed once it is lifted") {
  const samples::temporary_folder folder;
  const auto path = folder.file("store.db");
  const auto child = fork();
  if (child == 0) fill_up(path);
  int status = 0;
  waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(samples::check_whole(samples::ledger_of(*open(path))) > 10);
}

TEST_CASE("a log that was cut or damaged anywhere leaves whole batches from the first on, and a store that "
          "goes on") {
  const samples::temporary_folder folder;
  const auto path = folder.file("store.db");
  const auto acknowledged = kill_after(without_checkpoints(path), 0, 12, 0);
  const auto file = bytes_of(path);
  const auto log = bytes_of(path + "-wal");
  REQUIRE(log.size() > 10 * 16'384);
  std::mt19937 chance{20'231'114};
  std::int64_t fewest = acknowledged;
  for (int round = 0; round < 60; ++round) {
    auto damaged = log;
    const auto at = chance() % log.size();
    if (round % 2 == 0)
      damaged.resize(at);
    else
      damaged[at] = static_cast<char>(damaged[at] ^ 0x5a);
    const samples::temporary_folder elsewhere;
    write_bytes(elsewhere.file("store.db"), file);
    write_bytes(elsewhere.file("store.db-wal"), damaged);
    INFO("round " << round << ", at " << at);
    const auto opened = open(elsewhere.file("store.db"));
    numbered_batches more{samples::ledger_of(*opened)};
    fewest = std::min(fewest, more.last());
    const auto done = opened->commit(more.next(1));
    INFO(done.what);
    REQUIRE(done.status == commit_status::committed);
    REQUIRE(samples::check_whole(samples::ledger_of(*opened)) == more.last());
  }
  CHECK(fewest < acknowledged); // the damage was real
}

} // namespace lockstep::storage
