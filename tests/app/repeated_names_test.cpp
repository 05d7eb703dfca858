#include "app/import/repeated_names.hpp"

#include "tests/catch.hpp"

#include <rapidcheck.h>

#include <map>
#include <set>

using namespace lockstep::app;

namespace {

using pairs = std::vector<repeated_lines::pair>;

pairs all_of(repeated_lines& lines) {
  pairs all;
  for (;;) {
    const auto each = lines.next();
    REQUIRE(each.has_value());
    if (!*each) return all;
    all.push_back(**each);
  }
}

} // namespace

TEST_CASE("names that stand several times are found, on whatever lines and in whatever pieces") {
  const bool held = rc::check("the merge of sorted runs agrees with a map", [] {
    const auto names =
        *rc::gen::container<std::vector<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(0, 40));
    const auto in_memory = *rc::gen::inRange<std::size_t>(1, 12);
    repeated_names finder{in_memory};
    std::map<std::uint64_t, std::vector<std::uint64_t>> lines;
    std::uint64_t line = 1;
    for (const auto name : names) {
      RC_ASSERT(finder.add(name, ++line).has_value());
      lines[name].push_back(line);
    }
    auto found = finder.finish();
    RC_ASSERT(found.has_value());
    std::set<repeated_lines::pair> expected;
    std::size_t repeats = 0, several = 0;
    for (const auto& [name, of] : lines) {
      repeats += of.size() - 1;
      if (of.size() == 1) continue;
      ++several;
      for (const auto each : of)
        expected.emplace(each, of.front());
    }
    RC_ASSERT(all_of(*found) == pairs(expected.begin(), expected.end()));
    RC_ASSERT(finder.repeated() == several);
    RC_ASSERT(finder.repeats() == repeats);
  });
  CHECK(held);
}

TEST_CASE("more names than one read of a run are merged, and as many repeats") {
  repeated_names finder{3'000};
  for (std::uint64_t i = 0; i < 20'000; ++i)
    REQUIRE(finder.add(i % 9'999, i).has_value());
  auto found = finder.finish();
  REQUIRE(found.has_value());
  const auto all = all_of(*found);
  REQUIRE(all.size() == 20'000);
  for (std::uint64_t i = 0; i < 20'000; ++i)
    REQUIRE(all[i] == repeated_lines::pair{i, i % 9'999});
}
