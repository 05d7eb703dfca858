#include "engine/text.hpp"
#include "tests/catch.hpp"

#include <string>
#include <string_view>

using namespace lockstep::engine;
using namespace std::string_view_literals;

TEST_CASE("well-formed UTF-8 is taken at any length") {
  for (const auto text :
       {""sv, "a"sv, "plain ascii of more than eight bytes"sv, "Größe"sv, "価格表示、在庫"sv, "🚚🚚🚚"sv,
        "1234567\u00e9"sv, "\u007f\u0080\u07ff\u0800\uffff"sv, "\U00010000\U0010ffff"sv}) {
    INFO(text);
    CHECK(is_valid_utf8(text));
  }
}

TEST_CASE("malformed UTF-8 and NUL are refused wherever they stand") {
  const std::string_view wrong[] = {
      "\0"sv,               // NUL
      "\x80"sv,             // continuation without a lead
      "\xc3"sv,             // cut short
      "\xc3\x28"sv,         // no continuation
      "\xc0\x80"sv,         // overlong NUL
      "\xe0\x80\xaf"sv,     // overlong slash
      "\xed\xa0\x80"sv,     // surrogate
      "\xf4\x90\x80\x80"sv, // above U+10FFFF
      "\xf8\x88\x80\x80\x80"sv,
      "\xff"sv,
      "\xe2\x82"sv,
  };
  for (const auto text : wrong) {
    for (std::size_t before = 0; before < 20; ++before) {
      const auto whole = std::string(before, 'x').append(text).append("tail of it");
      CHECK_FALSE(is_valid_utf8(whole));
    }
    CHECK_FALSE(is_valid_utf8(text));
  }
}

TEST_CASE("a text longer than its limit is refused, one of exactly that length is taken") {
  CHECK(is_valid_text("12345", 5));
  CHECK_FALSE(is_valid_text("123456", 5));
  CHECK(check_text("note", "12345", 5).has_value());
  const auto refused = check_text("note", "123456", 5);
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == error_code::malformed);
  CHECK(refused.error().what == "note is longer than 5 bytes: shorten it");
  CHECK(check_text("note", "\xff", 5).has_error());
}
