#include "app/import/field_text.hpp"
#include "app/whole_number.hpp"

#include "tests/catch.hpp"

using namespace lockstep::app;

TEST_CASE("what is written into a field is read back as it was") {
  for (const std::string value : {"A-1", "007", "'007", "''007", "'80s", "'", "''", "it's", "-5", "'-5.0"})
    CHECK(std::string{value_of(field_of(value))} == value);
  const std::vector<std::vector<std::string>> lists{{},          {"a"},         {"a", "b"},  {"a;b", "c"},
                                                    {";", ";;"}, {"x;", "y"},   {"x", ";y"}, {"\\", "\\;"},
                                                    {"a\\b"},    {"'5", "6;'7"}};
  for (const auto& values : lists)
    CHECK(values_of(field_of_all(values)) == values);
}

TEST_CASE("a person's field is read without its blanks and its spreadsheet's apostrophe") {
  CHECK(value_of(" \t'00123 ") == "00123");
  CHECK(value_of("'978-3-16-148410-0") == "978-3-16-148410-0");
  CHECK(value_of("  ").empty());
  CHECK(values_of(" a ; ;b;") == std::vector<std::string>{"a", "b"});
  CHECK(values_of("a\\b") == std::vector<std::string>{"a\\b"});
  CHECK(whole_number("-3") == -3);
  CHECK_FALSE(whole_number("3 ").has_value());
  CHECK_FALSE(whole_number("").has_value());
  CHECK_FALSE(whole_number("9223372036854775808").has_value());
}
