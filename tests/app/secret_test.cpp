#include "app/secret.hpp"

#include "tests/app/temporary_folder.hpp"
#include "tests/catch.hpp"

#include <stdlib.h>

using namespace lockstep;
using namespace lockstep::app;
using Catch::Matchers::Contains;
using lockstep::tests::temporary_folder;

TEST_CASE("a secret loses one trailing newline and nothing else") {
  struct row {
    std::string content, secret;
  };

  const auto& [content, expected] =
      GENERATE(values<row>({{"abc\n", "abc"}, {"abc\r\n", "abc"}, {"abc", "abc"}, {" a b \n\n", " a b \n"}}));
  const temporary_folder folder;
  const auto read = read_secret(folder.write("secret", content));
  REQUIRE(read.has_value());
  CHECK(read->reveal() == expected);
}

TEST_CASE("a secret that others may read, an empty, missing, too long one or no file at all is refused") {
  namespace fs = std::filesystem;
  const temporary_folder folder;
  const auto file = folder.write("secret", "abc\n");
  SECTION("readable by others") {
    fs::permissions(file, fs::perms::others_read, fs::perm_options::add);
    const auto read = read_secret(file);
    REQUIRE_FALSE(read.has_value());
    CHECK_THAT(read.error().what, Contains("may be read or written by every user (mode 0604)"));
    fs::permissions(file, fs::perms::others_read, fs::perm_options::remove);
    CHECK(read_secret(file).has_value());
  }
  SECTION("readable by its group is how a service account reads a file of root's") {
    fs::permissions(file, fs::perms::group_read, fs::perm_options::add);
    CHECK(read_secret(file).has_value());
  }
  SECTION("empty") {
    CHECK_THAT(read_secret(folder.write("empty", "\n")).error().what, Contains("is empty"));
  }
  SECTION("missing") {
    CHECK(read_secret(folder.path("none")).error().code == engine::error_code::not_found);
  }
  SECTION("too long") {
    CHECK_THAT(read_secret(folder.write("long", std::string(5000, 'x'))).error().what,
               Contains("longer than"));
  }
  SECTION("a folder") {
    CHECK_THAT(read_secret(folder.path("")).error().what, Contains("not a regular file"));
  }
  SECTION("relative") {
    CHECK_THAT(read_secret("secret").error().what, Contains("neither an absolute path"));
  }
}

TEST_CASE("a credential of the service manager is found by its name") {
  const temporary_folder folder;
  folder.write("console", "token\n");
  setenv("CREDENTIALS_DIRECTORY", folder.path("").c_str(), 1);
  const auto found = read_secret("credential:console");
  const auto outside = read_secret("credential:../console");
  unsetenv("CREDENTIALS_DIRECTORY");
  const auto without = read_secret("credential:console");
  REQUIRE(found.has_value());
  CHECK(found->reveal() == "token");
  CHECK_THAT(outside.error().what, Contains("is not the name of a credential"));
  CHECK_THAT(without.error().what, Contains("CREDENTIALS_DIRECTORY is not set"));
}

TEST_CASE("a secret moves and is copied whole, and what it was moved from is empty") {
  secret one{"a secret longer than any small string buffer"};
  secret copy = one;
  secret moved = std::move(one);
  CHECK(one.empty()); // NOLINT: that is the promise
  CHECK(moved.same_as(copy));
  CHECK_FALSE(moved.same_as(secret{"another"}));
  moved = std::move(copy);
  CHECK(moved.reveal() == "a secret longer than any small string buffer");
}
