#include "tests/storage/postgres_server.hpp"
#include "tests/storage/samples.hpp"

#include "storage/migrate_store.hpp"
#include "storage/open_store.hpp"

#include <fstream>

namespace lockstep::storage {
namespace {

// The error of an URL that must not open.
engine::error error_of(std::string_view url) {
  const auto opened = open_store(url);
  REQUIRE_FALSE(opened);
  return opened.error();
}

class working_folder {
 public:
  explicit working_folder(const std::filesystem::path& to) : before_(std::filesystem::current_path()) {
    std::filesystem::current_path(to);
  }

  ~working_folder() { std::filesystem::current_path(before_); }

 private:
  std::filesystem::path before_;
};

} // namespace

TEST_CASE("a store opens by URL: absolute, relative, and in memory") {
  const samples::temporary_folder folder;
  {
    const auto absolute = open_store("sqlite://" + folder.file("a.db"));
    REQUIRE(absolute);
    CHECK((*absolute)->current_epoch() == 1);
    CHECK(std::filesystem::exists(folder.file("a.db")));
  }
  {
    const working_folder inside{folder.path()};
    const auto relative = open_store("sqlite:a.db");
    REQUIRE(relative);
    CHECK((*relative)->current_epoch() == 2);
  }
  const auto memory = open_store("memory:");
  REQUIRE(memory);
  CHECK((*memory)->commit({1, {samples::small_fact(1, 1)}, {}, {}}).status == commit_status::committed);
}

TEST_CASE("an URL that names no store says what would") {
  for (const std::string_view url :
       {"", "store.db", "postgresql:", "sqlite", "memory:x", "sqlite://host/a.db", "sqlite:", "sqlite://"}) {
    const auto failure = error_of(url);
    CHECK(failure.code == engine::error_code::malformed);
    CHECK(failure.what.find("use sqlite:///absolute/path") != failure.what.npos);
    CHECK(failure.what.find(url) != failure.what.npos);
  }
}

TEST_CASE("a PostgreSQL store opens by URL, and its errors name everything but the password") {
  auto& server = samples::postgres_server::shared();
  const auto schema = server.new_schema();
  CHECK((*open_store(server.url(schema, server.port())))->current_epoch() == 1);
  for (const std::string url :
       {"postgresql://lockstep:canary@127.0.0.1:1/lockstep",
        "postgresql://127.0.0.1:1/lockstep?password=canary",
        "postgresql://lockstep:can%zzary@127.0.0.1/lockstep",
        "postgresql://lockstep:canary@127.0.0.1:x/lockstep", "postgresql://lockstep:a@canary@127.0.0.1:1/x",
        "postgresql://lockstep:canary@[::1/lockstep",
        "postgresql://127.0.0.1:1/lockstep?sslpassword=canary&nonsense=1",
        "mysql://lockstep:canary@localhost/lockstep"}) {
    const auto what = error_of(url).what;
    CAPTURE(what);
    CHECK(what.find("can") == what.npos);
    CHECK(what.find(url.substr(0, 5)) != what.npos);
  }
  const auto no_database =
      error_of("postgresql://lockstep@127.0.0.1:" + std::to_string(server.port()) + "/missing");
  CHECK(no_database.code == engine::error_code::unavailable);
  CHECK(no_database.what.find("database \"missing\" does not exist") != no_database.what.npos);
}

TEST_CASE("a store that must exist and does not is refused by name, and none is made") {
  const samples::temporary_folder folder;
  const auto refused = [](const std::string& url) {
    const auto opened = open_store(url, {.must_exist = true});
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == engine::error_code::refused);
    return opened.error().what;
  };
  CHECK(refused("sqlite://" + folder.file("a.db")).find("a.db: there is no such file") != std::string::npos);
  CHECK(std::filesystem::is_empty(folder.path()));
  { const std::ofstream empty{folder.file("a.db")}; }
  CHECK(refused("sqlite://" + folder.file("a.db")).find("a.db holds no store") != std::string::npos);
  REQUIRE(open_store("sqlite://" + folder.file("a.db")));
  CHECK(open_store("sqlite://" + folder.file("a.db"), {.must_exist = true}));

  auto& server = samples::postgres_server::shared();
  const auto url = server.url(server.new_schema(), server.port());
  CHECK(refused(url).find("there is no store in this database") != std::string::npos);
  REQUIRE(open_store(url));
  CHECK(open_store(url, {.must_exist = true}));
}

TEST_CASE("the steps of a SQLite file are read, and taken only without a writer") {
  const samples::temporary_folder folder;
  const auto url = "sqlite://" + folder.file("a.db");
  CHECK(read_schema(url).error().what.find("there is no such file") != std::string::npos);
  REQUIRE(migrate_store(url, ""));
  const auto steps = read_schema(url);
  REQUIRE(steps);
  CHECK(steps->front().taken_at.value_or("").starts_with("20"));
  for (const auto& step : *steps)
    CHECK(step.taken_at.has_value()); // of later steps a file keeps no time
  CHECK(migrate_store(url, "somebody").error().code == engine::error_code::malformed);
  const auto misspelt = migrate_store("postgres://somebody:canary@host/lockstep", "writer");
  CHECK(misspelt.error().what.find("postgres://somebody:***@host/lockstep") == 0);
  const auto opened = open_store(url);
  REQUIRE(opened);
  CHECK(read_schema(url));
  CHECK(migrate_store(url, "").error().what.find("is held by process") != std::string::npos);
}

TEST_CASE("an URL of a folder that does not exist is refused by name") {
  const samples::temporary_folder folder;
  const auto failure = error_of("sqlite://" + folder.file("missing/a.db"));
  CHECK(failure.code == engine::error_code::refused);
  CHECK(failure.what.find("missing/a.db") != failure.what.npos);
}

} // namespace lockstep::storage
