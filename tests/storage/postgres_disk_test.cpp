// A server whose disk is full: nothing acknowledged is lost, and commits flow again once there is room.
#include "tests/storage/gated_postgres.hpp"
#include "tests/storage/numbered_batches.hpp"
#include "tests/storage/samples.hpp"
#include "tests/storage/small_disk.hpp"

#include <memory>
#include <random>

namespace lockstep::storage {
namespace {

using namespace std::chrono_literals;
using samples::gated_postgres;
using samples::numbered_batches;
using samples::postgres_server;
using samples::small_disk;

// Facts that fill a disk: neither the server nor its log can make them smaller.
class heavy_batches {
 public:
  batch next() {
    auto made = made_.next(made_.last() + 1);
    for (auto& each : made.facts) {
      each.fact.note.resize(8'000);
      for (auto& letter : each.fact.note)
        letter = static_cast<char>('!' + random_() % 90);
    }
    return made;
  }

  [[nodiscard]] std::int64_t last() const { return made_.last(); }

 private:
  numbered_batches made_;
  std::minstd_rand random_{1};
};

// Commits until one is refused room; that one.
batch commit_until_full(store& to, heavy_batches& made, std::string& why) {
  for (int i = 0; i < 2'000; ++i) {
    auto content = made.next();
    const auto done = to.commit(content);
    if (done.status == commit_status::committed) continue;
    why = done.what;
    REQUIRE((done.status == commit_status::unavailable || done.status == commit_status::unknown));
    return content;
  }
  FAIL("the disk does not fill up");
  return {};
}

void check_recovery(gated_postgres& s, const batch& waiting, heavy_batches& made) {
  const auto until = std::chrono::steady_clock::now() + 30s;
  const auto come_back = [&] {
    while (!s.server.responds()) {
      REQUIRE(std::chrono::steady_clock::now() < until);
      if (s.server.gave_up()) s.server.start(); // as whoever keeps services running does
    }
  };
  come_back();
  s.deliver(waiting, come_back);
  for (int i = 0; i < 3; ++i)
    s.deliver(made.next(), come_back);
  CHECK(s.batches_stored() == made.last());
  s.reopen();
  CHECK(s.batches_stored() == made.last());
}

} // namespace

TEST_CASE("a small disk ends while one that was made after it stays") {
  auto first = std::make_unique<small_disk>(4);
  const small_disk second{4};
  first.reset();
  second.fill();
  second.free();
}

TEST_CASE(
    "a disk without room for the tables makes the store unavailable, and it goes on when there is room") {
  const small_disk disk{160};
  postgres_server server{{.settings = {"max_wal_size=4MB", "min_wal_size=2MB"}, .disk = &disk}};
  gated_postgres s{5s, server};
  heavy_batches made;
  REQUIRE(s.opened->commit(made.next()).status == commit_status::committed);
  disk.fill();
  std::string why;
  const auto waiting = commit_until_full(*s.opened, made, why);
  CAPTURE(why);
  for (int i = 0; i < 5; ++i)
    CHECK(s.opened->commit(waiting).status != commit_status::committed);
  disk.free();
  check_recovery(s, waiting, made);
}

TEST_CASE(
    "a disk without room for the log stops the server, and nothing acknowledged is missing afterwards") {
  const small_disk disk{16};
  postgres_server server{
      {.settings = {"max_wal_size=4MB", "min_wal_size=2MB"}, .disk = &disk, .only_log_on_disk = true}};
  gated_postgres s{5s, server};
  heavy_batches made;
  REQUIRE(s.opened->commit(made.next()).status == commit_status::committed);
  disk.fill();
  std::string why;
  const auto waiting = commit_until_full(*s.opened, made, why);
  CAPTURE(why);
  for (int i = 0; i < 5; ++i)
    CHECK(s.opened->commit(waiting).status != commit_status::committed);
  CHECK(server.log().find("PANIC") != std::string::npos);
  disk.free();
  check_recovery(s, waiting, made);
}

} // namespace lockstep::storage
