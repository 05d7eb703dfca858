#include "adapters/log_line.hpp"
#include "adapters/printable.hpp"
#include "engine/limits.hpp"
#include "tests/catch.hpp"

#include <boost/json/parse.hpp>
#include <rapidcheck.h>

#include <array>
#include <limits>

using namespace lockstep;
using namespace lockstep::adapters;
namespace json = boost::json;
using Catch::Matchers::Contains;
using log::field;
using log::level;

namespace {

// 2011-12-09 09:15:00.000042 UTC
constexpr log::wall_time some_time{std::chrono::microseconds{1'323'422'100'000'042}};

std::string line_of(std::string_view message, std::span<const field> fields = {}) {
  return log::json_line({some_time, level::warning, "store-unavailable", message, fields, 0});
}

} // namespace

TEST_CASE("a JSON line has time, level, id, message, then the fields in order") {
  const std::array<field, 5> fields{{{"sku", std::string_view{"85123A"}},
                                     {"units", std::int64_t{-3}},
                                     {"ratio", 0.5},
                                     {"done", true},
                                     {"nan", std::numeric_limits<double>::quiet_NaN()}}};
  CHECK(line_of("the store is away", fields) ==
        R"({"ts":"2011-12-09T09:15:00.000042Z","level":"warning","id":"store-unavailable",)"
        R"("msg":"the store is away","sku":"85123A","units":-3,"ratio":5E-1,"done":true,"nan":null})");
}

TEST_CASE("events that were held back are counted in the next line") {
  const auto line = log::json_line({some_time, level::info, "a", "b", {}, 7});
  CHECK(json::parse(line).at("suppressed") == 7);
}

TEST_CASE("a field cannot take the place of the event's own") {
  const std::array<field, 2> fields{{{"level", std::string_view{"info"}}, {"ts", std::int64_t{0}}}};
  const auto line = json::parse(line_of("x", fields)).as_object();
  CHECK(line.at("level") == "warning");
  CHECK(line.at("field_level") == "info");
  CHECK(line.at("ts") == "2011-12-09T09:15:00.000042Z");
}

TEST_CASE("hostile text stays inside its JSON string, on one line") {
  const auto text =
      GENERATE(as<std::string>{}, "\"}\n{\"level\":\"critical\"", "a\nb\r\nc", "\x1B[2J\x1B]0;title\x07",
               "back\\slash", "\xC3\x28", "\xF0\x9F\x98\x80", "tab\there", std::string("nul\0byte", 8));
  const std::array<field, 1> fields{{{"from", std::string_view{text}}}};
  const auto line = line_of(text, fields);
  CHECK(line.find('\n') == std::string::npos);
  CHECK(line.find('\x1B') == std::string::npos);
  const auto read = json::parse(line).as_object();
  CHECK(read.at("level") == "warning");
  CHECK(read.at("msg").as_string() == valid_utf8(text));
  CHECK(read.at("from").as_string() == valid_utf8(text));
}

TEST_CASE("any bytes at all make one valid JSON object on one line") {
  const bool held = rc::check("a line is one object", [] {
    const auto text = *rc::gen::container<std::string>(
        rc::gen::map(rc::gen::inRange(0, 256), [](int byte) { return static_cast<char>(byte); }));
    const std::array<field, 1> fields{{{"from", std::string_view{text}}}};
    const auto line = line_of(text, fields);
    RC_ASSERT(line.find('\n') == std::string::npos);
    RC_ASSERT(valid_utf8(line) == line);
    boost::system::error_code failed;
    const auto read = json::parse(line, failed);
    RC_ASSERT(!failed);
    RC_ASSERT(read.at("from").as_string() == valid_utf8(text));
  });
  CHECK(held);
}

TEST_CASE("text for people cannot steer their terminal") {
  const std::array<field, 1> fields{{{"sku", std::string_view{"\x1B[31mred"}}}};
  const auto line = log::text_line({some_time, level::info, "an-id", "hello\nworld", fields, 0});
  CHECK(line == "hello\\x0aworld  sku=\\x1b[31mred  (an-id)");
}

TEST_CASE("malformed UTF-8 is replaced byte by byte, good text kept") {
  struct row {
    std::string given, expected;
  };

  const std::string bad = "\xEF\xBF\xBD";
  const auto& [given, expected] = GENERATE_REF(values<row>({
      {"plain", "plain"},
      {"\xC3\xA9", "\xC3\xA9"},
      {"\xC3", bad},
      {"\xC0\xAF", bad + bad},                     // overlong
      {"\xED\xA0\x80", bad + bad + bad},           // surrogate
      {"\xF4\x90\x80\x80", bad + bad + bad + bad}, // beyond U+10FFFF
      {"\xE2\x82x", bad + bad + "x"},
      {"\xFF\xFE", bad + bad},
      {"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"},
  }));
  CHECK(valid_utf8(given) == expected);
}

TEST_CASE("controls are shown, not sent: C0, DEL and C1") {
  CHECK(printable("\x07\x1B[0m\x7F\xC2\x9B") == "\\x07\\x1b[0m\\x7f\\x9b");
  CHECK(printable("a\tb\n") == "a\\x09b\\x0a");
  CHECK(printable("a\tb\n\x1B", lines::multiple) == "a\tb\n\\x1b");
}

TEST_CASE("bidirectional controls are shown too, their neighbours are left alone") {
  const auto [given, expected] = GENERATE(table<std::string, std::string>({
      {"SKU\u202Etxt.exe", "SKU\\u202etxt.exe"},
      {"\u202A\u202B\u202C\u202D\u202E", "\\u202a\\u202b\\u202c\\u202d\\u202e"},
      {"\u2066\u2067\u2068\u2069", "\\u2066\\u2067\\u2068\\u2069"},
      {"\u200E\u200F\u061C", "\\u200e\\u200f\\u061c"},
      {"\u200D\u2010\u2029\u202F\u2065\u206A\u061B\u061D",
       "\u200D\u2010\u2029\u202F\u2065\u206A\u061B\u061D"},
      {"\u05D0\u0627\u20AC\U0001F600", "\u05D0\u0627\u20AC\U0001F600"},
  }));
  CHECK(printable(given) == expected);
  CHECK(printable(given, lines::multiple) == expected);
}

TEST_CASE("an id that storms is held back, and the others are not") {
  log::repetition_limit limit;
  const std::chrono::steady_clock::time_point start{std::chrono::hours{1}};
  for (std::size_t i = 0; i < limits::log_lines_per_id; ++i)
    CHECK(limit.admit("storm", start) == 0U);
  CHECK_FALSE(limit.admit("storm", start).has_value());
  CHECK_FALSE(limit.admit("storm", start + limits::log_window / 2).has_value());
  CHECK(limit.admit("calm", start) == 0U);
  CHECK(limit.admit("storm", start + limits::log_window) == 2U); // told once
  CHECK(limit.admit("storm", start + limits::log_window) == 0U);
}

TEST_CASE("ids without end do not take memory without end") {
  log::repetition_limit limit;
  const std::chrono::steady_clock::time_point now{};
  for (std::size_t i = 0; i < 3 * limits::log_ids_max; ++i)
    CHECK(limit.admit(std::to_string(i), now).has_value());
}
