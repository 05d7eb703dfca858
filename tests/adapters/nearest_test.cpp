#include "adapters/nearest.hpp"

#include "tests/catch.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <string>

using namespace lockstep::adapters;

TEST_CASE("edits between words are counted, a swap of neighbours as one") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("port", "port") == 0);
  CHECK(edit_distance("", "port") == 4);
  CHECK(edit_distance("port", "") == 4);
  CHECK(edit_distance("prot", "port") == 1);
  CHECK(edit_distance("pot", "port") == 1);
  CHECK(edit_distance("poort", "port") == 1);
  CHECK(edit_distance("fort", "port") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("the nearest word is told only when somebody may have meant it") {
  constexpr std::array<std::string_view, 4> words{"run", "check-config", "console", "import"};
  CHECK(nearest("rum", words) == "run");
  CHECK(nearest("chekc-config", words) == "check-config");
  CHECK(nearest("improt", words) == "import");
  CHECK(nearest("frobnicate", words) == "");
}

TEST_CASE("the edit distance is the same both ways, and none only between equal words") {
  CHECK(rc::check([](const std::string& a, const std::string& b) {
    RC_ASSERT((edit_distance(a, b) == 0) == (a == b));
    RC_ASSERT(edit_distance(a, b) == edit_distance(b, a));
    RC_ASSERT(edit_distance(a, b) <= std::max(a.size(), b.size()));
  }));
}
