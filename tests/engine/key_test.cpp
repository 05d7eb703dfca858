#include "engine/key.hpp"
#include "tests/catch.hpp"

#include <boost/uuid/uuid_io.hpp>

#include <set>
#include <string>

using namespace lockstep::engine;

TEST_CASE("keys are UUIDs of version 5 that anybody can compute again") {
  // Computed with Python's uuid.uuid5 from the namespaces in key.cpp and the netstrings of the parts.
  CHECK(to_string(request_key("console", "order-1")) == "5b8975d9-ec0b-5cb4-91a2-b2ef65d43d93");
  const auto line = line_key(account_id{7}, "#1001", "1");
  CHECK(to_string(line) == "871f32c9-5dcd-5686-9221-e4aec652e800");
  CHECK(to_string(movement_key(line, "refund", "901")) == "915360e6-3b84-516c-b5d8-1e2f567b52da");
}

TEST_CASE("parts that join to the same text make different keys") {
  const std::set<uuid> keys{
      request_key("ab", "c"),
      request_key("a", "bc"),
      request_key("", "abc"),
      request_key("abc", ""),
      request_key("a1:b", "c"),
      line_key(account_id{1}, "1", "11"),
      line_key(account_id{1}, "11", "1"),
      line_key(account_id{11}, "1", "1"),
      line_key(account_id{-1}, "1", "1"),
      movement_key({}, "refund", "1"),
      movement_key({}, "return", "1"),
      movement_key({}, "refun", "d1"),
  };
  CHECK(keys.size() == 12);
}

TEST_CASE("content differs when any part differs, or its border, or its order") {
  const auto of = [](auto... parts) {
    content_hash hash;
    (hash.add(parts), ...);
    return hash.value();
  };
  using std::string_view;

  CHECK(of(string_view{"ab"}) == 10849495831776507240ULL); // FNV-1a of "ab" and its length as eight bytes
  const std::set<std::uint64_t> contents{
      of(string_view{"ab"}, string_view{"c"}),
      of(string_view{"a"}, string_view{"bc"}),
      of(string_view{"abc"}),
      of(string_view{"abc"}, string_view{""}),
      of(string_view{""}, string_view{"abc"}),
      of(std::int64_t{1}, std::int64_t{2}),
      of(std::int64_t{2}, std::int64_t{1}),
      of(std::int64_t{-1}),
      of(std::int64_t{0}),
      of(std::int64_t{256}),
      of(uuid{}),
      of(request_key("a", "b")),
      of(),
  };
  CHECK(contents.size() == 13);
}
