#include "app/settings_table.hpp"

#include "tests/catch.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

using namespace lockstep::app;
using Catch::Matchers::Contains;

TEST_CASE("durations are written in their shortest form and read back") {
  struct row {
    std::string text;
    milliseconds value;
  };

  const auto& [text, value] = GENERATE(values<row>({{"500ms", 500ms},
                                                    {"20s", 20s},
                                                    {"15m", 15min},
                                                    {"6h", 6h},
                                                    {"8d", std::chrono::days{8}},
                                                    {"90s", 90s},
                                                    {"0s", 0s}}));
  CHECK(format_duration(value) == text);
  CHECK(parse_duration(text).value() == value);
}

TEST_CASE("the page of all settings is the one in docs/") {
  std::ifstream page{LOCKSTEP_SOURCE_DIR "/docs/configuration.md", std::ios::binary};
  std::ostringstream text;
  text << page.rdbuf();
  // When this fails: lockstep check-config --keys --markdown > docs/configuration.md
  CHECK(text.str() == settings_page());
}

TEST_CASE("the page names every key with its sentence") {
  const auto page = settings_page();
  for (const auto& row : describe_settings()) {
    INFO(row.section << "." << row.key);
    CHECK_FALSE(row.sentence.empty());
    CHECK_THAT(page, Contains(fmt::format("| `{}` |", row.key)));
  }
}
