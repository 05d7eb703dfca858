#include "engine/id_table.hpp"

#include "engine/types.hpp"
#include "tests/catch.hpp"

#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

using namespace lockstep;
using engine::id_table;
using engine::sku_id;

TEST_CASE("an id table knows what was put, and nothing else") {
  id_table<sku_id, std::string> table;
  CHECK(table.find(sku_id{7}) == nullptr);
  table[sku_id{7}] = "mug";
  REQUIRE(table.find(sku_id{7}) != nullptr);
  CHECK(*table.find(sku_id{7}) == "mug");
  CHECK(table.find(sku_id{6}) == nullptr); // on the same page
  CHECK(table.find(sku_id{7 + 64}) == nullptr);
  table[sku_id{7}] += "s";
  CHECK(*table.find(sku_id{7}) == "mugs");
  CHECK(table.size() == 1);
}

TEST_CASE("an id table goes through its values in the order of their ids, however far apart") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  id_table<sku_id, std::int64_t> table;
  std::map<std::int64_t, std::int64_t> expected{{std::numeric_limits<std::int64_t>::min(), 1},
                                                {std::numeric_limits<std::int64_t>::max(), 2},
                                                {-1, 3},
                                                {0, 4}};
  for (int i = 0; i < 1'000; ++i) {
    const auto bits = random() % 64; // ids of every size
    expected[static_cast<std::int64_t>(random() >> bits)] = i;
  }
  for (const auto& [id, value] : expected)
    table[sku_id{id}] = value;
  std::vector<std::int64_t> values, visited;
  for (const auto& [id, value] : expected)
    values.push_back(value);
  table.each([&](std::int64_t value) { visited.push_back(value); });
  CHECK(visited == values);
  CHECK(table.size() == values.size());
}

TEST_CASE("a value of an id table stays where it is") {
  id_table<sku_id, int> table;
  auto& first = table[sku_id{1}];
  for (std::int64_t i = 2; i < 10'000; ++i)
    table[sku_id{i}] = 0;
  first = 5;
  CHECK(*table.find(sku_id{1}) == 5);
}
