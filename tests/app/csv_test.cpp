#include "app/csv.hpp"

#include "engine/limits.hpp"
#include "tests/catch.hpp"

#include <rapidcheck.h>

#include <sstream>

using namespace lockstep;
using namespace lockstep::app;
using Catch::Matchers::Contains;

namespace {

using records = std::vector<std::vector<std::string>>;

struct read_result {
  records rows;
  std::vector<std::size_t> lines;
  std::vector<std::pair<std::size_t, std::string>> errors;
};

read_result read_all(const std::string& text) {
  std::istringstream stream{text};
  csv_reader reader{stream};
  read_result result;
  for (;;) {
    auto record = reader.next();
    if (!record) {
      result.errors.emplace_back(reader.line(), record.error().what);
    } else if (*record) {
      result.rows.push_back((*record)->fields);
      result.lines.push_back((*record)->line);
    } else {
      return result;
    }
  }
}

} // namespace

TEST_CASE("CSV is read as RFC 4180 has it") {
  struct row {
    std::string text;
    records expected;
  };

  const auto& [text, expected] = GENERATE(values<row>({
      {"", {}},
      {"a,b\r\nc,d\r\n", {{"a", "b"}, {"c", "d"}}},
      {"a,b\nc,d", {{"a", "b"}, {"c", "d"}}},
      {"a,b\r", {{"a", "b"}}},
      {",\n", {{"", ""}}},
      {"a,\n,b\n", {{"a", ""}, {"", "b"}}},
      {"\"a\",\"b\"\n", {{"a", "b"}}},
      {"\"a,b\",c\n", {{"a,b", "c"}}},
      {"\"a\"\"b\",c\n", {{"a\"b", "c"}}},
      {"\"\"\"\"\n", {{"\""}}},
      {"\"\"\n", {{""}}},
      {"\"\",\"\"\n", {{"", ""}}},
      {"\"a\r\nb\",c\r\n", {{"a\r\nb", "c"}}},
      {"\"a\n\nb\"\n", {{"a\n\nb"}}},
      {" a , b \n", {{" a ", " b "}}},
      {"a\n\n\r\nb\n", {{"a"}, {"b"}}},
      {"\xEF\xBB\xBFsku,title\n", {{"sku", "title"}}},
      {"\xEF\xBB\xBF\"sku\",title\n", {{"sku", "title"}}},
      {"\xC3\xA9,\xE2\x82\xAC\n", {{"\xC3\xA9", "\xE2\x82\xAC"}}},
  }));
  INFO(text);
  const auto result = read_all(text);
  CHECK(result.errors.empty());
  CHECK(result.rows == expected);
}

TEST_CASE("a record knows the line it begins on, whatever its fields hold") {
  const auto result = read_all("h\n\"a\nb\nc\",d\r\n\ne\n");
  CHECK(result.lines == std::vector<std::size_t>{1, 2, 6});
}

TEST_CASE("a broken record is told with its line, and the next one is read") {
  struct row {
    std::string text;
    std::size_t line;
    std::string what;
    records rest;
  };

  const auto& [text, line, what, rest] = GENERATE(values<row>({
      {"a\nb\"c,d\ne\n", 2, "a quote inside a field", {{"a"}, {"e"}}},
      {"a\n\"b\"c,d\ne\n", 2, "text between a closing quote and the next comma", {{"a"}, {"e"}}},
      {"a\n\"b\n", 2, "a quote is not closed before the end of the file", {{"a"}}},
      {"a\nb\rc\nd\n", 2, "a carriage return without a line feed", {{"a"}, {"d"}}},
      {std::string("a\nb\0c\nd\n", 8), 2, "a NUL byte", {{"a"}, {"d"}}},
      {"a\n" + std::string(limits::csv_field_bytes_max + 1, 'x') + "\nb\n", 2, "longer than", {{"a"}, {"b"}}},
      {"a\n" + std::string(limits::csv_fields_max, ',') + "\nb\n", 2, "more than", {{"a"}, {"b"}}},
  }));
  const auto result = read_all(text);
  REQUIRE(result.errors.size() == 1);
  CHECK(result.errors[0].first == line);
  CHECK_THAT(result.errors[0].second, Contains(what));
  CHECK(result.rows == rest);
}

TEST_CASE("a quote that is not closed costs its own line, not those it has run over") {
  struct row {
    std::string text;
    std::vector<std::size_t> lines; // that cannot be read
    records rest;
  };

  const auto& [text, lines, rest] = GENERATE(values<row>({
      {"h\nA,\"12 in pan,1\nB,Cup,2\nC,\"Tea, green\",3\n",
       {2},
       {{"h"}, {"B", "Cup", "2"}, {"C", "Tea, green", "3"}}},
      {"h\r\n\"A,1\r\nB,2\r\n", {2}, {{"h"}, {"B", "2"}}},
      {"\xEF\xBB\xBFh\n\n\"A\n\nB\n\"C\nD", {3, 6}, {{"h"}, {"B"}, {"D"}}},
      {"h\n\"A\n" + std::string(limits::csv_field_bytes_max, 'x') + "\nB\n", // longer than a field may be
       {2},
       {{"h"}, {std::string(limits::csv_field_bytes_max, 'x')}, {"B"}}},
      {std::string("h\n\"A\nB\nC\0\nD\n", 12), {2, 4}, {{"h"}, {"B"}, {"D"}}},
      {"h\n\"A\n", {2}, {{"h"}}},
      {"h\n\"A", {2}, {{"h"}}},
  }));
  const auto result = read_all(text);
  CHECK(result.rows == rest);
  std::vector<std::size_t> told;
  for (const auto& [line, what] : result.errors)
    told.push_back(line);
  CHECK(told == lines);
}

TEST_CASE("a record that stands on several lines can be given up for them") {
  std::istringstream stream{"\"a\nb\",c\nd,e\n\"f\ng\""};
  csv_reader reader{stream};
  CHECK((*reader.next())->fields.size() == 2);
  CHECK(reader.reread_lines());
  CHECK_FALSE(reader.next().has_value()); // b",c
  CHECK(reader.line() == 2);
  CHECK((*reader.next())->line == 3);
  CHECK_FALSE(reader.reread_lines());
  CHECK((*reader.next())->line == 4);
  CHECK(reader.reread_lines());
  CHECK_FALSE(reader.next().has_value());
  CHECK(reader.line() == 5);
  CHECK_FALSE(reader.next()->has_value());
}

TEST_CASE("what is written is read back, whatever the fields hold") {
  const bool held = rc::check("fields survive writing and reading", [] {
    // Letters that matter to the format, often; any byte but NUL, sometimes.
    const auto letter = rc::gen::weightedOneOf<char>(
        {{3, rc::gen::element<char>(',', '"', '\r', '\n', ' ', 'a', '\'')},
         {1, rc::gen::map(rc::gen::inRange(1, 256), [](int byte) { return static_cast<char>(byte); })}});
    const auto field = rc::gen::container<std::string>(letter);
    const auto rows =
        *rc::gen::container<records>(rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(field)));
    std::string text = "first\r\n"; // so that no row begins with what looks like a byte order mark
    for (const auto& row : rows)
      text += csv_line(row);
    auto result = read_all(text);
    RC_ASSERT(result.errors.empty());
    result.rows.erase(result.rows.begin());
    RC_ASSERT(result.rows == rows);
  });
  CHECK(held);
}

TEST_CASE("a plain field is written without quotes") {
  const std::vector<std::string> fields{"SKU 1", "", "12", "a,b", "say \"hi\""};
  CHECK(csv_line(fields) == "SKU 1,,12,\"a,b\",\"say \"\"hi\"\"\"\r\n");
  CHECK(csv_line(std::vector<std::string>{""}) == "\"\"\r\n");
}
