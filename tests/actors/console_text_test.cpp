#include "actors/console_text.hpp"

#include "tests/catch.hpp"

#include <limits>
#include <string>

using namespace lockstep;
using actors::text_table;

TEST_CASE("a table aligns its columns and leaves no blanks at line ends") {
  text_table table{{{"SKU"}, {"UNITS", text_table::align::right}, {"WHY"}}};
  table.add({"MUG", "7", "sold"});
  table.add({"LONG-CODE", "1,200", ""});
  CHECK(table.str() == "SKU        UNITS  WHY\n"
                       "MUG            7  sold\n"
                       "LONG-CODE  1,200\n");
}

TEST_CASE("a table counts characters, not bytes") {
  text_table table{{{"NAME"}, {"N"}}};
  table.add({"Tasse", "1"});
  table.add({"Gr\u00f6\u00dfe", "2"});
  CHECK(table.str() == "NAME   N\nTasse  1\nGr\u00f6\u00dfe  2\n");
}

TEST_CASE("cells cannot break the screen") {
  text_table table{{{"A"}}};
  table.add({"x\ny\x1b[2J"});
  table.add({std::string(200, 'z')});
  CHECK(table.str() == "A\nx\\x0ay\\x1b[2J\n" + std::string(text_table::cell_width_max - 3, 'z') + "...\n");
}

TEST_CASE("a long cell is cut between characters") {
  text_table table{{{"A"}}};
  std::string umlauts;
  for (int i = 0; i < 100; ++i)
    umlauts += "\u00fc";
  table.add({umlauts});
  CHECK(table.str() == "A\n" + umlauts.substr(0, 2 * (text_table::cell_width_max - 3)) + "...\n");
}

TEST_CASE("pairs stand under each other") {
  CHECK(actors::text_pairs({{"a", "1"}, {"long", "2"}}) == "a     1\nlong  2\n");
}

TEST_CASE("numbers are grouped by thousands") {
  CHECK(actors::with_commas(std::int64_t{0}) == "0");
  CHECK(actors::with_commas(std::int64_t{999}) == "999");
  CHECK(actors::with_commas(std::int64_t{1'000}) == "1,000");
  CHECK(actors::with_commas(std::int64_t{-1'234'567}) == "-1,234,567");
  CHECK(actors::with_commas(std::numeric_limits<std::int64_t>::min()) == "-9,223,372,036,854,775,808");
  CHECK(actors::with_commas(std::numeric_limits<std::uint64_t>::max()) == "18,446,744,073,709,551,615");
}

TEST_CASE("times and spans read as people write them") {
  using namespace std::chrono_literals;
  const engine::time_point at{1'700'000'000s + 42ms};
  CHECK(actors::text_of(at) == "2023-11-14 22:13:20");
  CHECK(actors::clock_text(at) == "22:13:20.042");
  CHECK(actors::text_of(engine::time_point{}) == "never");
  CHECK(actors::text_of(850us) == "850 us");
  CHECK(actors::text_of(1'300us) == "1.3 ms");
  CHECK(actors::text_of(std::chrono::microseconds{2'400ms}) == "2.4 s");
}

TEST_CASE("a secret is the same only when all of it is") {
  CHECK(actors::same_secret("secret", "secret"));
  for (const auto* wrong : {"", "s", "secre", "secrets", "Secret", "secreT", "secretsecret"}) {
    CAPTURE(wrong);
    CHECK_FALSE(actors::same_secret(wrong, "secret"));
  }
  CHECK_FALSE(actors::same_secret("", ""));
}
