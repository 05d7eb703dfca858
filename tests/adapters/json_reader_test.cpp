#include "adapters/json_reader.hpp"

#include "adapters/timestamp.hpp"
#include "tests/catch.hpp"

using namespace lockstep;
using adapters::format_timestamp;
using adapters::json_reader;
using adapters::parse_json;
using adapters::parse_timestamp;

TEST_CASE("a reader gives what is there and nothing for what may be missing") {
  const auto document =
      parse_json(R"({"a":{"list":[1,{"b~/c":"text"}]},"id":18446744073709551615,"none":null})");
  REQUIRE(document.has_value());
  json_reader reader{*document};
  const auto root = reader.root();
  CHECK(root["id"].id() == "18446744073709551615");
  CHECK(root["none"].is_null());
  CHECK(root["missing"].optional_text().empty());
  CHECK_FALSE(root["missing"].optional_integer());
  CHECK(root.has("none"));
  CHECK_FALSE(root.has("missing"));
  int elements = 0;
  root["a"]["list"].each([&](json_reader::place) { ++elements; });
  root["missing"].each_if_present([&](json_reader::place) { ++elements; });
  CHECK(elements == 2);
  CHECK_FALSE(reader.failed());
}

TEST_CASE("a value read alone breaks nothing else, and names its places from itself on") {
  const auto document = parse_json(R"({"list":[{"a":1},{"a":"x"},{"a":3}]})");
  REQUIRE(document.has_value());
  json_reader reader{*document};
  std::int64_t sum = 0;
  std::string why;
  reader.root()["list"].each([&](json_reader::place item) {
    auto alone = item.alone();
    sum += alone.root()["a"].integer();
    if (alone.failed()) why = alone.failure().what;
  });
  CHECK(sum == 4);
  CHECK(why.starts_with("/a: "));
  CHECK_FALSE(reader.failed());
  CHECK(reader.root()["missing"].alone().root().is_null());
}

TEST_CASE("the first broken place is named by its pointer") {
  const auto document = parse_json(R"({"a":{"list":[1,{"b~/c":"text"}]}})");
  REQUIRE(document.has_value());
  const auto failure_of = [&](auto read) {
    json_reader reader{*document};
    read(reader.root());
    REQUIRE(reader.failed());
    return reader.failure().what;
  };
  CHECK(failure_of([](auto root) {
          root["a"]["list"].each([](auto e) { static_cast<void>(e["b~/c"].integer()); });
        }) == "/a/list/0: an object expected");
  CHECK(failure_of([](auto root) {
          root["a"]["list"].each([](auto e) {
            if (e.has("b~/c")) static_cast<void>(e["b~/c"].integer());
          });
        }) == "/a/list/1/b~0~1c: a whole number expected");
  CHECK(failure_of([](auto root) { static_cast<void>(root["a"]["x"].text()); }) == "/a/x: a text expected");
  CHECK(failure_of([](auto root) { static_cast<void>(root.flag()); }) ==
        "the document: true or false expected");
  CHECK(failure_of([](auto root) {
          static_cast<void>(root["x"].text());
          static_cast<void>(root["y"].text());
        }) == "/x: a text expected");
}

TEST_CASE("text that is not JSON says where, and nothing is nested without end") {
  for (const auto* text : {"", " ", "{", "{}x", "{} {}", "nul", "01", "\"\xff\"", "{\"a\":1,}"})
    CHECK_FALSE(parse_json(text).has_value());
  CHECK(parse_json("{} \n").has_value());
  CHECK_FALSE(parse_json(std::string(1000, '[') + std::string(1000, ']')).has_value());
}

TEST_CASE("times are read in every form that channels use") {
  using namespace std::chrono;
  const engine::time_point moment{sys_days{2026y / 2 / 28} + 23h + 59min + 58s};
  const std::pair<std::string_view, engine::time_point> table[] = {
      {"2026-02-28T23:59:58Z", moment},           {"2026-02-28T23:59:58+00:00", moment},
      {"2026-02-28T18:59:58-05:00", moment},      {"2026-03-01T05:29:58+05:30", moment},
      {"2026-02-28T23:59:58.5Z", moment + 500ms}, {"2026-02-28T23:59:58.123456789Z", moment + 123456us},
  };
  for (const auto& [text, time] : table) {
    INFO(text);
    CHECK(parse_timestamp(text) == time);
  }
  for (const auto* text :
       {"", "2026-02-29T00:00:00Z", "2026-02-28", "2026-02-28T23:59:58", "2026-02-28 23:59:58Z",
        "2026-13-01T00:00:00Z", "2026-02-28T24:00:00Z", "2026-02-28T23:60:00Z", "2026-02-28T23:59:58.Z",
        "2026-02-28T23:59:58Zx", "2026-02-28T23:59:58+0500", "1969-12-31T23:59:59Z", "-026-02-28T23:59:58Z",
        "2026-02-28T23:59:58+24:00"}) {
    INFO(text);
    CHECK_FALSE(parse_timestamp(text));
  }
  CHECK(format_timestamp(moment + 999ms) == "2026-02-28T23:59:58Z");
}
