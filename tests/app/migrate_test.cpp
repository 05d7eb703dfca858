// lockstep migrate, through the real program.
#include "tests/app/program.hpp"
#include "tests/app/temporary_folder.hpp"
#include "tests/catch.hpp"

#include <fmt/format.h>

using lockstep::tests::background_program;
using lockstep::tests::run_program;
using lockstep::tests::temporary_folder;

TEST_CASE("migrate: a store's steps are shown with when they were taken, and up makes a store") {
  const temporary_folder folder;
  const auto url = "sqlite://" + folder.path("shop.db");
  const auto config = folder.write("lockstep.toml", fmt::format("[store]\nurl = \"{}\"\n", url));
  const auto none = run_program({"migrate", "status", "--store", url});
  CHECK(none.code == 78);
  CHECK(none.err.find("there is no such file") != std::string::npos);
  const auto up = run_program({"migrate", "up", "--config", config});
  CHECK(up.code == 0);
  CHECK(up.out.find("1  taken 20") == 0);
  const auto status = run_program({"migrate", "status", "--store", url, "--json"});
  CHECK(status.code == 0);
  CHECK(status.out.find("[{\"step\":1,\"name\":\"ledger, snapshots and catalogue\",\"taken_at\":\"20") == 0);
  CHECK(run_program({"migrate", "down", "--store", url}).code == 2);
}

TEST_CASE("migrate: up is refused while an engine holds the store, in words, and status is not") {
  const temporary_folder folder;
  const auto url = "sqlite://" + folder.path("shop.db");
  const auto config = folder.write(
      "lockstep.toml", fmt::format("[store]\nurl = \"{}\"\n[http]\nport = 0\n[monitor]\nport = 0\n", url));
  background_program daemon{{"run", "--config", config}};
  INFO(daemon.log());
  REQUIRE(daemon.wait_for("ready") != "");
  const auto up = run_program({"migrate", "up", "--store", url});
  CHECK(up.code == 69);
  CHECK(up.err.find("is held by process") != std::string::npos);
  CHECK(run_program({"migrate", "status", "--store", url}).code == 0);
  daemon.signal(15);
  CHECK(daemon.wait() == 0);
}
