#include "app/import/export_file.hpp"

#include "tests/app/temporary_folder.hpp"
#include "tests/catch.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace lockstep;
using namespace lockstep::app;

namespace {

std::string content_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream{file}.rdbuf();
  return text.str();
}

std::size_t files_in(const std::filesystem::path& folder) {
  const std::filesystem::directory_iterator all{folder};
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

} // namespace

TEST_CASE("an export takes its file's place when it is whole, not before") {
  const tests::temporary_folder folder;
  const auto name = folder.write("out/stock.csv", "old");
  const auto in = std::filesystem::path{name}.parent_path();
  const auto rights = std::filesystem::status(name).permissions();
  {
    auto given_up = export_file::open(name);
    REQUIRE(given_up.has_value());
    CHECK(given_up->write("half"));
  }
  CHECK(content_of(name) == "old");
  CHECK(files_in(in) == 1);
  std::filesystem::create_symlink(name, folder.path("out/link.csv"));
  auto file = export_file::open(folder.path("out/link.csv"));
  REQUIRE(file.has_value());
  CHECK(file->write("new"));
  CHECK(content_of(name) == "old");
  CHECK(file->finish().has_value());
  CHECK(content_of(name) == "new");
  CHECK(std::filesystem::is_symlink(folder.path("out/link.csv")));
  CHECK(std::filesystem::status(name).permissions() == rights);
  CHECK(files_in(in) == 2);
}

TEST_CASE("a disk that is full is told at the latest at the end of an export") {
  auto file = export_file::open("/dev/full");
  REQUIRE(file.has_value());
  (void)file->write("little enough to wait in a buffer");
  const auto finished = file->finish();
  REQUIRE_FALSE(finished.has_value());
  CHECK_THAT(finished.error().what, Catch::Matchers::Contains("/dev/full cannot be written: No space left"));
  CHECK_FALSE(export_file::open("/no/such/folder/x").has_value());
}
