#include "adapters/rest/base64url.hpp"
#include "adapters/rest/hold_id.hpp"
#include "adapters/rest/request_target.hpp"

#include "engine/key.hpp"
#include "engine/limits.hpp"
#include "tests/catch.hpp"

#include <rapidcheck.h>

#include <limits>
#include <set>

using namespace lockstep;
using namespace lockstep::adapters::rest;

TEST_CASE("base64url is RFC 4648 without padding") {
  CHECK(encode_base64url("") == "");
  CHECK(encode_base64url("f") == "Zg");
  CHECK(encode_base64url("fo") == "Zm8");
  CHECK(encode_base64url("foo") == "Zm9v");
  CHECK(encode_base64url("\xfb\xff") == "-_8");
  CHECK(rc::check("decoding gives back the bytes", [](const std::string& bytes) {
    RC_ASSERT(decode_base64url(encode_base64url(bytes)) == bytes);
  }));
}

TEST_CASE("text that no encoder writes is not base64url") {
  for (const std::string text : {"Zg==", "Z", "Zh", "Zm9", "+/8", "a b", "Zm9v\n"}) {
    INFO(text);
    CHECK_FALSE(decode_base64url(text).has_value());
  }
}

TEST_CASE("a hold's id gives back its key and SKUs, and is the only text that does") {
  CHECK(rc::check("round trip", [] {
    const auto numbers = *rc::gen::nonEmpty(rc::gen::container<std::set<std::int64_t>>(
        rc::gen::inRange<std::int64_t>(1, std::numeric_limits<std::int64_t>::max())));
    hold_id id{engine::request_key("caller", *rc::gen::string<std::string>()), {}};
    for (const auto number : numbers)
      id.skus.push_back(engine::sku_id{number});
    const auto text = encode(id);
    const auto back = decode_hold_id(text);
    RC_ASSERT(back.has_value());
    RC_ASSERT(back->key == id.key);
    RC_ASSERT(back->skus == id.skus);
    RC_ASSERT(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
              std::string::npos);
  }));
}

TEST_CASE("any other text is no hold's id, or one that encodes to itself") {
  CHECK(rc::check("no two meanings", [](const std::string& bytes) {
    const auto text = encode_base64url(bytes);
    const auto id = decode_hold_id(text);
    if (id) RC_ASSERT(!id->skus.empty());
  }));
  CHECK_FALSE(decode_hold_id("").has_value());
  CHECK_FALSE(decode_hold_id(encode_base64url(std::string(16, 'k'))).has_value());        // a key and no SKU
  CHECK_FALSE(decode_hold_id(encode_base64url(std::string(16, 'k') + '\0')).has_value()); // SKU 0
  CHECK_FALSE(decode_hold_id(encode_base64url(std::string(16, 'k') + std::string(12, '\xff'))).has_value());
  const std::string too_many(limits::lines_per_group_max + 1, '\x01');
  CHECK_FALSE(decode_hold_id(encode_base64url(std::string(16, 'k') + too_many)).has_value());
}

TEST_CASE("a hold of one line reserves under its key, one of several under a key per SKU") {
  const auto key = engine::request_key("caller", "k");
  const hold_id one{key, {engine::sku_id{5}}};
  CHECK(one.reservation(engine::sku_id{5}) == key);
  const hold_id two{key, {engine::sku_id{5}, engine::sku_id{6}}};
  CHECK(two.reservation(engine::sku_id{5}) != two.reservation(engine::sku_id{6}));
  CHECK(two.reservation(engine::sku_id{5}) != key);
}

TEST_CASE("a target is taken apart and decoded") {
  const auto target = parse_target("/v1/stock/A%2FB%20%C3%A9?limit=5&cursor=a%26b&flag");
  REQUIRE(target.has_value());
  REQUIRE(target->segments.size() == 3);
  CHECK(target->segments[2] == "A/B é");
  REQUIRE(target->parameter("cursor") != nullptr);
  CHECK(*target->parameter("cursor") == "a&b");
  CHECK(target->parameter("flag") != nullptr);
  CHECK(target->parameter("other") == nullptr);
}

TEST_CASE("targets that decode to no text are refused") {
  for (const std::string text : {"/%", "/%zz", "/%ff", "/%00", "/a b", "/a?x=%c0%af", "relative", "/\xff"}) {
    INFO(text);
    CHECK_FALSE(parse_target(text).has_value());
  }
}

TEST_CASE("an encoded text comes back from a path") {
  CHECK(rc::check("percent encoding", [] {
    auto text = *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127)));
    const auto target = parse_target("/v1/" + percent_encoded(text));
    RC_ASSERT(target.has_value());
    RC_ASSERT(target->segments.back() == text);
  }));
}
