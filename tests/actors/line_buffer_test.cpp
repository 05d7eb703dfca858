#include "actors/line_buffer.hpp"

#include "tests/catch.hpp"

#include <rapidcheck.h>

#include <string>
#include <vector>

using lockstep::actors::line_buffer;

TEST_CASE("lines come out whole, without their ends") {
  line_buffer buffer{10};
  buffer.add("one\r\ntwo\n\nthr");
  CHECK(buffer.next() == "one");
  CHECK(buffer.next() == "two");
  CHECK(buffer.next() == "");
  CHECK(buffer.next() == std::nullopt);
  buffer.add("ee\n");
  CHECK(buffer.next() == "three");
  CHECK(buffer.size() == 0);
}

TEST_CASE("a line of the allowed length passes and one byte more does not") {
  line_buffer buffer{4};
  buffer.add("1234");
  CHECK_FALSE(buffer.too_long());
  buffer.add("\n12345");
  CHECK(buffer.next() == "1234");
  CHECK(buffer.too_long());
  buffer.add("\n");
  CHECK(buffer.too_long());
  CHECK(buffer.next() == std::nullopt);
  buffer.clear();
  CHECK_FALSE(buffer.too_long());
}

TEST_CASE("how the bytes were cut on their way does not matter") {
  CHECK(rc::check([](const std::vector<std::string>& pieces) {
    std::string whole;
    line_buffer piecewise{1'000'000}, at_once{1'000'000};
    for (const auto& piece : pieces) {
      piecewise.add(piece);
      whole += piece;
    }
    at_once.add(whole);
    for (auto line = at_once.next(); line; line = at_once.next())
      RC_ASSERT(piecewise.next() == line);
    RC_ASSERT(piecewise.next() == std::nullopt);
    RC_ASSERT(piecewise.size() == at_once.size());
  }));
}
