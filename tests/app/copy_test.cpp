// lockstep copy, through the real program.
#include "tests/app/program.hpp"
#include "tests/app/temporary_folder.hpp"
#include "tests/catch.hpp"

#include <fmt/format.h>

using lockstep::tests::run_program;
using lockstep::tests::temporary_folder;

namespace {

// A store with two counted products, filled by the program itself while no engine runs.
std::string filled(const temporary_folder& folder) {
  const auto url = "sqlite://" + folder.path("shop.db");
  const auto config = folder.write("lockstep.toml", fmt::format("[store]\nurl = \"{}\"\n", url));
  const auto products = folder.write("products.csv", "sku,on_hand\nTEA,5\nCUP,7\n");
  const auto imported = run_program({"import", products, "--config", config});
  INFO(imported.err);
  REQUIRE(imported.code == 0);
  return url;
}

} // namespace

TEST_CASE("copy: a store moves to another file, and the engine's figures with it") {
  const temporary_folder folder;
  const auto from = filled(folder);
  const auto to = "sqlite://" + folder.path("moved.db");
  const auto copied = run_program({"copy", from, to, "--json"});
  INFO(copied.err);
  REQUIRE(copied.code == 0);
  CHECK(copied.out.find("\"facts\":2") != std::string::npos);
  const auto config = folder.write("moved.toml", fmt::format("[store]\nurl = \"{}\"\n", to));
  const auto exported = run_program({"export", "--config", config});
  CHECK(exported.code == 0);
  CHECK(exported.out.find("CUP") != std::string::npos);
  CHECK(exported.out == run_program({"export", "--config", folder.path("lockstep.toml")}).out);
}

TEST_CASE(
    "copy: a missing source, an empty one, a full target and a store onto itself are refused in words") {
  const temporary_folder folder;
  const auto from = filled(folder);
  const auto same = run_program({"copy", from, from});
  CHECK(same.code == 2);
  const auto missing =
      run_program({"copy", "sqlite://" + folder.path("none.db"), "sqlite://" + folder.path("b.db")});
  CHECK(missing.code == 78);
  CHECK(missing.err.find("none.db: there is no such file") != std::string::npos);
  REQUIRE(run_program({"migrate", "up", "--store", "sqlite://" + folder.path("none.db")}).code == 0);
  const auto empty =
      run_program({"copy", "sqlite://" + folder.path("none.db"), "sqlite://" + folder.path("b.db")});
  CHECK(empty.code == 1);
  CHECK(empty.err.find("holds no facts") != std::string::npos);
  const auto to = "sqlite://" + folder.path("full.db");
  REQUIRE(run_program({"copy", from, to}).code == 0);
  const auto full = run_program({"copy", from, to});
  CHECK(full.code != 0);
  CHECK(full.err.find("copy into an empty store") != std::string::npos);
}
