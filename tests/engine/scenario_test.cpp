#include "engine/fact.hpp"
#include "engine/refusal.hpp"
#include "tests/catch.hpp"
#include "tests/engine/scenario.hpp"

#include <string>

using namespace lockstep;

namespace {

std::string all_scenarios() {
  std::string text;
  for (const auto& file : test::scenario_files())
    text += test::read_file(file) + "\n";
  return text;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines)
    text += line + "\n";
  return text;
}

} // namespace

TEST_CASE("every scenario holds") {
  const auto files = test::scenario_files();
  REQUIRE(files.size() >= 10);
  for (const auto& file : files) {
    DYNAMIC_SECTION(file.filename().string()) {
      const auto failures = test::run_scenario(file.string(), test::read_file(file));
      INFO(joined(failures));
      CHECK(failures.empty());
    }
  }
}

TEST_CASE("every refusal has a scenario") {
  const auto text = all_scenarios();
  for (int i = 1; i <= static_cast<int>(engine::refusal::quarantined); ++i) {
    if (static_cast<engine::refusal>(i) == engine::refusal::is_bundle) continue; // decided before a SKU is asked
    const std::string name{to_string(static_cast<engine::refusal>(i))};
    INFO(name);
    CHECK(text.find("refused " + name) != std::string::npos);
  }
}

TEST_CASE("every kind of fact has a scenario") {
  const auto text = all_scenarios();
  for (int i = 1; i <= static_cast<int>(engine::fact_kind::below_zero); ++i) {
    const std::string name{to_string(static_cast<engine::fact_kind>(i))};
    INFO(name);
    const bool first = text.find("-> " + name + " ") != std::string::npos;
    const bool later = text.find(", " + name + " ") != std::string::npos;
    CHECK((first || later));
  }
}

TEST_CASE("a refusal or kind of fact that is added has a name") {
  CHECK(to_string(static_cast<engine::refusal>(static_cast<int>(engine::refusal::quarantined) + 1)) ==
        "unknown");
  CHECK(to_string(static_cast<engine::fact_kind>(static_cast<int>(engine::fact_kind::below_zero) + 1)) ==
        "unknown");
}

TEST_CASE("a scenario that does not hold fails with file and line") {
  const auto failures = test::run_scenario("some.scenario", "receive 10\n"
                                                            "available 9\n"
                                                            "hold h1 11\n"
                                                            "hold h2 3 -> refused insufficient_stock\n"
                                                            "dance\n"
                                                            "receive ten\n");
  REQUIRE(failures.size() == 5);
  CHECK(failures[0] == "some.scenario:2: expected available 9, got 10");
  CHECK(failures[1] == "some.scenario:3: expected a grant, got refused insufficient_stock");
  CHECK(failures[2] == "some.scenario:4: expected refused insufficient_stock, got held 3");
  CHECK(failures[3] == "some.scenario:5: 'dance' is no command and no figure");
  CHECK(failures[4] == "some.scenario:6: 'ten' is no number");
}
