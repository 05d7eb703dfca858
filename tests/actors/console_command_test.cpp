#include "actors/console_command.hpp"

#include "tests/catch.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace lockstep;
using actors::console_verb;
using actors::parse_console_line;

TEST_CASE("a line is read as a command with its arguments") {
  struct row {
    std::string line;
    console_verb verb;
    std::string name;
    std::size_t rows;
  };

  const auto usual = limits::console_rows_default;
  const std::vector<row> table{
      {"help", console_verb::help, "", usual},
      {"  status  ", console_verb::status, "", usual},
      {"top", console_verb::top, "", usual},
      {"top 5", console_verb::top, "", 5},
      {"top\t500", console_verb::top, "", 500},
      {"sku show MUG", console_verb::sku_show, "MUG", usual},
      {"sku show \"MUG, blue 12\"", console_verb::sku_show, "MUG, blue 12", usual},
      {"lookup gid://shopify/Product/1", console_verb::lookup, "gid://shopify/Product/1", usual},
      {"sku history 12 7", console_verb::sku_history, "12", 7},
      {"channel diff eu", console_verb::channel_diff, "eu", usual},
      {"channel release-brake eu", console_verb::channel_release_brake, "eu", usual},
  };
  for (const auto& expected : table) {
    CAPTURE(expected.line);
    const auto request = parse_console_line(expected.line);
    REQUIRE(request.has_value());
    CHECK(request->verb == expected.verb);
    CHECK(request->name == expected.name);
    CHECK(request->rows == expected.rows);
  }
}

TEST_CASE("a line that cannot be read says what was probably meant") {
  const std::vector<std::pair<std::string, std::string>> table{
      {"stauts", "unknown command \"stauts\"; did you mean \"status\"?"},
      {"sku shwo MUG", "unknown command \"sku shwo MUG\"; did you mean \"sku show CODE\"?"},
      {"channel pouse eu", "unknown command \"channel pouse eu\"; did you mean \"channel pause NAME\"?"},
      {"xyzzy", "unknown command \"xyzzy\"; help lists them"},
      {"sku show", "usage: sku show CODE"},
      {"sku show A B", "usage: sku show CODE"},
      {"status now", "usage: status"},
      {"top 0", "n is a number from 1 to 500: top [n]"},
      {"top 501", "n is a number from 1 to 500: top [n]"},
      {"top ten", "n is a number from 1 to 500: top [n]"},
      {"top 99999999999999999999", "n is a number from 1 to 500: top [n]"},
      {"top -1", "n is a number from 1 to 500: top [n]"},
      {"sku show \"MUG", "a double quote is not closed"},
      {"sku show \"\"", "usage: sku show CODE"},
      {"", "type a command; help lists them"},
      {"\x1b[31m", "unknown command \"\\x1b[31m\"; help lists them"},
  };
  for (const auto& [line, sentence] : table) {
    CAPTURE(line);
    const auto request = parse_console_line(line);
    REQUIRE(request.has_error());
    CHECK(request.error().code == engine::error_code::malformed);
    CHECK(request.error().what == sentence);
  }
}

TEST_CASE("help lists every command on one screen") {
  const auto help = actors::console_help();
  for (const auto* words :
       {"status", "top [n]", "sku show CODE", "sku history CODE [n]", "sku release CODE", "channel list",
         "channel diff NAME [n]", "channel rules NAME", "explain CODE", "lookup VALUE",
        "channel activate NAME", "channel pause NAME", "channel resume NAME", "channel flush NAME",
        "channel release-brake NAME", "actors", "journal", "tiers", "tail", "incidents", "snapshot", "quit",
        "shutdown"}) {
    CAPTURE(words);
    CHECK(help.find(std::string{words} + " ") != std::string::npos);
  }
  CHECK(std::count(help.begin(), help.end(), '\n') < 24);
  for (std::size_t start = 0; start < help.size();) {
    const auto end = help.find('\n', start);
    CHECK(end - start <= 80);
    start = end + 1;
  }
}
