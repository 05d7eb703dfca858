// The SQLite file: who may open it, what is in it, and how it is found to be wrong.
#include "tests/storage/samples.hpp"

#include "storage/schema/sqlite_migrations.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/sqlite_store.hpp"

#include "engine/fact.hpp"

#include <fmt/format.h>

#include <fstream>

#include <sys/wait.h>
#include <unistd.h>

namespace lockstep::storage {
namespace {

using engine::error_code;
using samples::full_fact;
using samples::small_fact;

error_code code_of(const result<std::unique_ptr<store>>& opened) {
  REQUIRE_FALSE(opened);
  return opened.error().code;
}

std::unique_ptr<store> open(const sqlite_options& options) {
  auto opened = open_sqlite(options);
  REQUIRE(opened);
  return std::move(*opened);
}

// Looks into the file with a connection of the test's own.
struct inspector {
  explicit inspector(const std::string& path) {
    auto opened = sqlite::connection::open(path, sqlite::connection::file::may_be_new);
    REQUIRE(opened);
    db.emplace(std::move(*opened));
  }

  void run(const std::string& sql) { REQUIRE(db->execute(sql)); }

  std::int64_t number(const std::string& sql) { return *db->number(sql); }

  std::string text(const std::string& sql) {
    auto query = db->prepare(sql);
    REQUIRE(query);
    REQUIRE(*query->step());
    return std::string{query->text(0)};
  }

  std::optional<sqlite::connection> db;
};

std::string bytes_of(const std::string& path) {
  std::ifstream from{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{from}, {}};
}

void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream{path, std::ios::binary} << bytes;
}

// Whether a child process is refused as a second writer; what it was told goes to `what`.
bool child_is_refused(const std::string& path, std::string& what) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const auto child = fork();
  if (child == 0) {
    const auto opened = open_sqlite({.path = path});
    const auto told = opened ? std::string{} : opened.error().what;
    const auto written = write(ends[1], told.data(), told.size());
    _exit(!opened && opened.error().code == error_code::unavailable && written > 0 ? 0 : 1);
  }
  close(ends[1]);
  char buffer[512];
  const auto size = ::read(ends[0], buffer, sizeof buffer);
  close(ends[0]);
  what.assign(buffer, size > 0 ? static_cast<std::size_t>(size) : 0);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

} // namespace

TEST_CASE("a second writer is refused while the first lives, in its own process and in another") {
  const samples::temporary_folder folder;
  const sqlite_options options{.path = folder.file("store.db")};
  auto first = open(options);
  const auto second = open_sqlite(options);
  CHECK(code_of(second) == error_code::unavailable);
  CHECK(second.error().what.find(fmt::format("held by process {}", getpid())) != std::string::npos);
  std::string told;
  CHECK(child_is_refused(options.path, told));
  CHECK(told == second.error().what);
  CHECK(first->commit({1, {small_fact(1, 1)}, {}, {}}).status == commit_status::committed);
  first.reset();
  CHECK(open(options)->current_epoch() == 2);
}

TEST_CASE("a writer whose epoch is over is fenced, with and without content, and nothing of it stays") {
  const samples::temporary_folder folder;
  const sqlite_options options{.path = folder.file("store.db")};
  const auto first = open(options);
  REQUIRE(first->commit({1, {small_fact(1, 1)}, {}, {}}).status == commit_status::committed);
  // The lock file is gone, so nothing but the epoch stands between the two.
  REQUIRE(std::filesystem::remove(options.path + ".lock"));
  const auto second = open(options);
  CHECK(second->current_epoch() == 2);
  const auto late = first->commit({2, {small_fact(1, 2)}, {}, {}});
  CHECK(late.status == commit_status::fenced);
  CHECK(late.what.find("epoch 1 is over") != std::string::npos);
  CHECK(first->commit({2, {}, {}, {}}).status == commit_status::fenced);
  CHECK(*first->find_batch(1));
  CHECK_FALSE(*first->find_batch(2));
  CHECK(samples::ledger_of(*second).size() == 1);
  CHECK(second->commit({1, {small_fact(1, 2)}, {}, {}}).status == commit_status::committed);
}

TEST_CASE("a schema of a newer program is refused with both versions, and opens again when it is known") {
  const samples::temporary_folder folder;
  const sqlite_options options{.path = folder.file("store.db")};
  REQUIRE(open(options)->commit({1, {small_fact(1, 1)}, {}, {}}).status == commit_status::committed);
  const auto known = schema::steps.size();
  inspector{options.path}.run(fmt::format("PRAGMA user_version = {}", known + 3));
  const auto refused = open_sqlite(options);
  CHECK(code_of(refused) == error_code::too_new);
  CHECK(refused.error().what.find(fmt::format("has schema {}, this program knows up to {}", known + 3,
                                              known)) != std::string::npos);
  inspector{options.path}.run(fmt::format("PRAGMA user_version = {}", known));
  CHECK(samples::ledger_of(*open(options)).size() == 1);
}

TEST_CASE("a file that is not ours is refused and left as it was") {
  const samples::temporary_folder folder;
  const sqlite_options options{.path = folder.file("store.db")};
  SECTION("text") {
    write_bytes(options.path, "id,name\n1,mug\n" + std::string(2'000, 'x'));
  }
  SECTION("another program's database") {
    inspector{options.path}.run("CREATE TABLE notes (text)");
  }
  SECTION("another program's empty database") {
    inspector{options.path}.run("PRAGMA application_id = 77; VACUUM");
  }
  const auto before = bytes_of(options.path);
  CHECK(code_of(open_sqlite(options)) == error_code::refused);
  CHECK(bytes_of(options.path) == before);
  CHECK_FALSE(std::filesystem::exists(options.path + ".lock"));
}

TEST_CASE("a path that cannot be a file is refused") {
  const samples::temporary_folder folder;
  CHECK(code_of(open_sqlite({.path = ""})) == error_code::refused);
  CHECK(code_of(open_sqlite({.path = folder.path().string()})) == error_code::refused);
  CHECK(code_of(open_sqlite({.path = folder.file("missing/store.db")})) == error_code::refused);
}

TEST_CASE("a path that looks like one of SQLite's own URIs is a file name") {
  const samples::temporary_folder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  CHECK(open_sqlite({.path = "file:a?mode=memory"}));
  std::filesystem::current_path(before);
  CHECK(std::filesystem::exists(folder.file("file:a?mode=memory")));
}

TEST_CASE("a damaged page is found on open") {
  const samples::temporary_folder folder;
  const sqlite_options options{.path = folder.file("store.db")};
  {
    const auto made = open(options);
    std::vector<sku_fact> facts;
    for (engine::version v = 1; v <= 2'000; ++v)
      facts.push_back(full_fact(1, v));
    REQUIRE(made->commit({1, std::move(facts), {}, {}}).status == commit_status::committed);
  }
  auto bytes = bytes_of(options.path);
  std::fill(bytes.end() - 40'000, bytes.end() - 20'000, '\x5a');
  write_bytes(options.path, bytes);
  CHECK(code_of(open_sqlite(options)) == error_code::corrupt);
}

TEST_CASE("a ledger whose chain is broken is found on open and by whoever reads it") {
  const samples::temporary_folder folder;
  const sqlite_options options{.path = folder.file("store.db")};
  REQUIRE(open(options)->commit({1, {small_fact(1, 1), small_fact(1, 2), small_fact(1, 3)}, {}, {}}).status ==
          commit_status::committed);
  SECTION("a row was removed before the file was opened") {
    inspector{options.path}.run("DELETE FROM fact WHERE row = 2");
    const auto opened = open_sqlite(options);
    CHECK(code_of(opened) == error_code::corrupt);
    CHECK(opened.error().what.find("row 3 does not follow") != std::string::npos);
  }
  SECTION("a milestone has no row") {
    inspector{options.path}.run("INSERT INTO milestone VALUES (2, 1, 4)");
    const auto opened = open_sqlite(options);
    CHECK(code_of(opened) == error_code::corrupt);
    CHECK(opened.error().what.find("ends before row 4") != std::string::npos);
  }
  SECTION("the tail begins behind the end") {
    inspector{options.path}.run("UPDATE writer SET tail_row = 5");
    CHECK(code_of(open_sqlite(options)) == error_code::corrupt);
  }
  SECTION("a row is removed while it is open") {
    const auto opened = open(options);
    inspector{options.path}.run("DELETE FROM fact WHERE row = 2");
    const auto from = opened->open_reader();
    const auto found = (*from)->facts_after(samples::sku(1), 0, 10);
    REQUIRE_FALSE(found);
    CHECK(found.error().code == error_code::corrupt);
    CHECK(found.error().what.find("chain of SKU 1 breaks at version 2") != std::string::npos);
    const std::vector both{samples::sku(1), samples::sku(2)};
    const auto loaded = (*from)->load(both, 10);
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code == error_code::corrupt);
    CHECK((*from)->facts_after(samples::sku(1), 2, 10)->size() == 1); // the reader goes on
  }
  SECTION("somebody else appended a row: the writer stops") {
    const auto opened = open(options);
    inspector{options.path}.run("INSERT INTO fact (sku, version) VALUES (9, 1)");
    CHECK(opened->commit({1, {small_fact(1, 4)}, {}, {}}).status == commit_status::fenced);
  }
}

TEST_CASE("somebody who holds the file with a tool makes it unavailable, not wrong") {
  const samples::temporary_folder folder;
  const sqlite_options options{.path = folder.file("store.db")};
  const auto opened = open(options);
  inspector tool{options.path};
  tool.run("BEGIN IMMEDIATE");
  CHECK(opened->commit({1, {small_fact(1, 1)}, {}, {}}).status == commit_status::unavailable);
  tool.run("ROLLBACK");
  CHECK(opened->commit({1, {small_fact(1, 1)}, {}, {}}).status == commit_status::committed);
}

TEST_CASE("the file has the mode, owner and page size it was made with") {
  const samples::temporary_folder folder;
  const sqlite_options options{.path = folder.file("store.db")};
  const auto opened = open(options);
  inspector tool{options.path};
  CHECK(tool.text("PRAGMA journal_mode") == "wal");
  CHECK(tool.number("PRAGMA application_id") == schema::application_id);
  CHECK(tool.number("PRAGMA page_size") == 16'384);
  CHECK(tool.number("PRAGMA user_version") == static_cast<std::int64_t>(schema::steps.size()));
}

TEST_CASE("the file names every kind of fact as the engine does") {
  const samples::temporary_folder folder;
  const sqlite_options options{.path = folder.file("store.db")};
  const auto opened = open(options);
  inspector tool{options.path};
  const auto last = static_cast<int>(engine::fact_kind::below_zero);
  for (int kind = 1; kind <= last; ++kind)
    CHECK(tool.text(fmt::format("SELECT name FROM fact_kind WHERE kind = {}", kind)) ==
          engine::to_string(static_cast<engine::fact_kind>(kind)));
  CHECK(tool.number("SELECT count(*) FROM fact_kind") == last);
}

TEST_CASE("an analyst reads the ledger in words") {
  const samples::temporary_folder folder;
  const sqlite_options options{.path = folder.file("store.db")};
  const auto opened = open(options);
  auto fact = small_fact(1, 1, "1001:1");
  fact.fact.at = samples::time(1'700'000'000'123'000);
  fact.fact.account = engine::account_id{2};
  fact.fact.key = samples::uuid(0xab);
  const engine::product mug{samples::sku(1), "MUG", "Mug", {}};
  const engine::account shop{engine::account_id{2}, "eu shop", "shopify", engine::account_mode::active};
  REQUIRE(opened->commit({1, {fact}, {}, {mug, shop}}).status == commit_status::committed);
  inspector tool{options.path};
  CHECK(tool.text("SELECT concat FROM (SELECT sku || ' ' || version || ' ' || at || ' ' || kind || ' ' || "
                  "account || ' '"
                  " || reference || ' ' || key AS concat FROM ledger)") ==
        "MUG 1 2023-11-14T22:13:20.123Z received eu shop 1001:1 abababababababababababababababab");
  CHECK(tool.text("SELECT mode FROM account") == "active");
}

TEST_CASE("a long history is read page by page from milestones, in both directions") {
  const samples::temporary_folder folder;
  const sqlite_options options{.path = folder.file("store.db"), .tail_rows_max = 300};
  const auto opened = open(options);
  engine::version version = 0;
  for (batch_number number = 1; number <= 100; ++number) {
    std::vector<sku_fact> facts;
    for (int i = 0; i < 50; ++i) {
      facts.push_back(small_fact(1, ++version));
      facts.push_back(small_fact(1 + version, 1));
    }
    REQUIRE(opened->commit({number, std::move(facts), {}, {}}).status == commit_status::committed);
  }
  CHECK(inspector{options.path}.number("SELECT count(*) FROM milestone WHERE sku = 1") >= 10);
  const auto from = *opened->open_reader();
  engine::version expected = 0;
  while (expected < version) {
    const auto page = from->facts_after(samples::sku(1), expected, 333);
    REQUIRE(page);
    for (const auto& row : *page)
      REQUIRE(row.fact.version == ++expected);
  }
  for (auto before = version + 1; before > 1;) {
    const auto page = from->history(samples::sku(1), before, 77);
    REQUIRE(page);
    REQUIRE_FALSE(page->empty());
    for (const auto& row : *page)
      REQUIRE(row.fact.version == --before);
  }
}

} // namespace lockstep::storage
