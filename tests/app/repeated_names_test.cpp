#include "app/import/repeated_names.hpp"

#include "tests/catch.hpp"

#include <rapidcheck.h>

#include <map>

using namespace lockstep::app;

TEST_CASE("names that stand several times are found, on whatever lines and in whatever pieces") {
  const bool held = rc::check("the merge of sorted runs agrees with a map", [] {
    const auto names =
        *rc::gen::container<std::vector<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(0, 40));
    const auto in_memory = *rc::gen::inRange<std::size_t>(1, 12);
    repeated_names finder{in_memory};
    std::map<std::uint64_t, std::vector<std::uint64_t>> lines;
    std::uint64_t line = 1;
    for (const auto name : names) {
      RC_ASSERT(finder.add({name, ++line}).has_value());
      lines[name].push_back(line);
    }
    const auto found = finder.finish();
    RC_ASSERT(found.has_value());
    std::size_t repeats = 0, several = 0;
    for (const auto& [name, of] : lines) {
      repeats += of.size() - 1;
      if (of.size() == 1) continue;
      ++several;
      RC_ASSERT(found->contains(name));
      RC_ASSERT(found->at(name) == of.front());
    }
    RC_ASSERT(found->size() == several);
    RC_ASSERT(finder.repeats() == repeats);
  });
  CHECK(held);
}

TEST_CASE("more names than one read of a run are merged") {
  repeated_names finder{3'000};
  for (std::uint64_t i = 0; i < 20'000; ++i)
    REQUIRE(finder.add({i % 19'999, i}).has_value());
  const auto found = finder.finish();
  REQUIRE(found.has_value());
  REQUIRE(found->size() == 1);
  CHECK(found->at(0) == 0);
}
