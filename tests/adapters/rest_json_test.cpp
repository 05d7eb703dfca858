#include "adapters/rest/json_text.hpp"
#include "adapters/rest/members.hpp"
#include "adapters/rest/strict_json.hpp"

#include "engine/limits.hpp"
#include "tests/catch.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <rapidcheck.h>

#include <limits>
#include <string>

using namespace lockstep;
using namespace lockstep::adapters::rest;

namespace {

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

struct bad_text {
  std::string what;
  std::string text;
  std::string pointer; // of the error; "-": none is told
};

} // namespace

TEST_CASE("JSON of our own kind is taken as it stands") {
  const auto value = parse_strict(R"({"a":[1,-2,"x\u00e9y",true,null],"b":{}})");
  REQUIRE(value.has_value());
  CHECK(*value == boost::json::parse(R"({"a":[1,-2,"xéy",true,null],"b":{}})"));
  CHECK(parse_strict("9223372036854775807")->as_int64() == std::numeric_limits<std::int64_t>::max());
  CHECK(parse_strict("-9223372036854775808")->as_int64() == std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("what a ledger must not guess about is refused with its place") {
  const std::vector<bad_text> cases{
      {"a fraction", R"({"units":1.5})", "/units"},
      {"a fraction of zero", R"({"units":1.0})", "/units"},
      {"an exponent", R"({"units":1e2})", "/units"},
      {"beyond a double", R"({"units":1e309})", "/units"},
      {"beyond 64 bits", R"({"units":9223372036854775808})", "/units"},
      {"far beyond 64 bits", R"({"units":123456789012345678901234567890})", "/units"},
      {"far below 64 bits", R"({"units":-123456789012345678901234567890})", "/units"},
      {"in an array", R"({"lines":[{"units":1},{"units":2.5}]})", "/lines/1/units"},
      {"a name with a slash", R"({"a/b~c":0.5})", "/a~1b~0c"},
      {"a name twice", R"({"units":1,"units":2})", "/units"},
      {"a name twice, escaped", R"({"units":1,"\u0075nits":2})", "/units"},
      {"a name twice deeper", R"({"lines":[{"a":1},{"b":1,"b":1}]})", "/lines/1/b"},
      {"NaN", R"({"units":NaN})", "-"},
      {"Infinity", R"({"units":Infinity})", "-"},
      {"hexadecimal", R"({"units":0x10})", "-"},
      {"a leading zero", R"({"units":01})", "-"},
      {"a plus sign", R"({"units":+1})", "-"},
      {"a comment", R"({"units":1/*x*/})", "-"},
      {"a trailing comma", R"({"units":1,})", "-"},
      {"a second text", R"({} {})", "-"},
      {"nothing", "", "-"},
      {"half a text", R"({"units":)", "-"},
      {"bad UTF-8", "{\"note\":\"\xff\"}", "-"},
      {"overlong UTF-8", "{\"note\":\"\xc0\xaf\"}", "-"},
      {"a lone surrogate", R"({"note":"\ud800"})", "-"},
      {"a raw control character", "{\"note\":\"\x01\"}", "-"},
      {"too deep", nested(limits::json_depth_max + 2), "-"},
      {"very deep", std::string(100'000, '['), "-"},
  };
  for (const auto& each : cases) {
    INFO(each.what);
    const auto value = parse_strict(each.text);
    REQUIRE_FALSE(value.has_value());
    CHECK(value.error().code == problem_code::malformed_json);
    const auto& errors = value.error().errors;
    CHECK((errors.empty() ? "-" : errors.front().pointer) == each.pointer);
  }
}

TEST_CASE("an object with more members than any of ours is refused") {
  std::string text = "{";
  for (std::size_t i = 0; i <= limits::json_members_max; ++i)
    text += fmt::format(R"({}"{}":1)", i == 0 ? "" : ",", i);
  CHECK_FALSE(parse_strict(text + "}").has_value());
}

TEST_CASE("any bytes are either refused or read again as the same value") {
  CHECK(rc::check("parse_strict never crashes and never changes a value", [](const std::string& bytes) {
    if (const auto value = parse_strict(bytes)) RC_ASSERT(*value == boost::json::parse(bytes));
  }));
}

TEST_CASE("written texts are valid JSON whatever they contain") {
  CHECK(rc::check("json_text escapes", [] {
    const auto text = *rc::gen::string<std::string>();
    const auto clean = [&] {
      std::string ascii;
      for (const char c : text)
        ascii += static_cast<char>(c & 0x7F);
      return ascii;
    }();
    std::string out;
    json_text to{out};
    to.begin_object();
    to.member("text", clean);
    to.member("number", std::int64_t{-5});
    to.begin_array("list");
    to.begin_object();
    to.member("flag", true);
    to.end_object();
    to.element(clean);
    to.end_array();
    to.null_member("nothing");
    to.end_object();
    const auto read = boost::json::parse(out).as_object();
    RC_ASSERT(std::string{read.at("text").as_string()} == clean);
    RC_ASSERT(read.at("number").as_int64() == -5);
    RC_ASSERT(read.at("list").as_array().size() == 2U);
    RC_ASSERT(read.at("nothing").is_null());
  }));
}

TEST_CASE("times are written as RFC 3339 with microseconds") {
  CHECK(rfc3339(engine::time_point{}) == "1970-01-01T00:00:00.000000Z");
  CHECK(rfc3339(engine::time_point{std::chrono::microseconds{1'782'351'235'000'042}}) ==
        "2026-06-25T01:33:55.000042Z");
}

TEST_CASE("every mistake in an object is told at once, unknown members by name") {
  const auto value = *parse_strict(R"({"units":0,"note":7,"extra":1,"lines":[{"sku":""},5]})");
  reading read;
  members from{value.as_object(), "", read};
  (void)from.integer("units", 1, 10);
  (void)from.optional_text("note", 10);
  (void)from.text("sku", 10);
  from.each("lines", 10, [](members& line) { (void)line.text("sku", 10); });
  from.finish();
  const auto failure = read.failure();
  REQUIRE(failure);
  std::vector<std::string> places;
  for (const auto& error : failure->errors)
    places.push_back(error.pointer);
  CHECK(places == std::vector<std::string>{"/units", "/note", "/sku", "/lines/0/sku", "/lines/1", "/extra"});
}

TEST_CASE("texts at the edge are bounded and free of NUL") {
  const auto refuses = [](const std::string& json) {
    const auto value = *parse_strict(json);
    reading read;
    members from{value.as_object(), "", read};
    (void)from.text("t", 5);
    return read.failure().has_value();
  };
  CHECK_FALSE(refuses(R"({"t":"12345"})"));
  CHECK(refuses(R"({"t":"123456"})"));
  CHECK(refuses(R"({"t":"a\u0000b"})"));
  CHECK(refuses(R"({"t":""})"));
  CHECK(refuses(R"({"t":null})"));
  CHECK(refuses(R"({"t":5})"));
  CHECK(refuses(R"({})"));
}

TEST_CASE("the content hash depends on what is said, not on how it is laid out") {
  const auto hash = [](const std::string& json) {
    const auto value = *parse_strict(json);
    reading read;
    members from{value.as_object(), "", read};
    (void)from.text("sku", 10);
    (void)from.integer("units", 0, 10);
    (void)from.optional_text("note", 10);
    return read.content.value();
  };
  CHECK(hash(R"({"sku":"A","units":1})") == hash(R"( {"units": 1, "sku": "\u0041"} )"));
  CHECK(hash(R"({"sku":"A","units":1})") != hash(R"({"sku":"A","units":2})"));
  CHECK(hash(R"({"sku":"A","units":1})") != hash(R"({"sku":"A","units":1,"note":""})"));
}
