#include "actors/key_memory.hpp"

#include "tests/actors/commands.hpp"
#include "tests/catch.hpp"

#include <thread>
#include <vector>

using namespace lockstep;
using namespace std::chrono_literals;
using actors::key_memory;
using tests::key_of;
using verdict = key_memory::verdict;

namespace {

constexpr engine::sku_id one{1};
constexpr engine::sku_id two{2};
constexpr engine::time_point now{std::chrono::hours{24 * 365 * 56}};

} // namespace

TEST_CASE("a key leads everybody to the SKU that claimed it first", "[key_memory]") {
  key_memory memory{100, std::chrono::days{8}};
  CHECK(memory.claim(key_of("a"), one).verdict == verdict::taken);
  const auto second = memory.claim(key_of("a"), two);
  CHECK(second.verdict == verdict::taken);
  CHECK(second.sku == one);
  CHECK(memory.target(key_of("a")) == one);
  CHECK_FALSE(memory.find(key_of("a")));
}

TEST_CASE("a recorded key tells its first outcome for good", "[key_memory]") {
  key_memory memory{100, std::chrono::days{8}};
  std::ignore = memory.claim(key_of("a"), one);
  memory.record(key_of("a"), {77, 5, 42}, now);
  const auto again = memory.claim(key_of("a"), two);
  CHECK(again.verdict == verdict::remembered);
  CHECK(again.sku == one);
  memory.record(key_of("a"), {88, 6, 43}, now);
  const auto first = memory.find(key_of("a"));
  REQUIRE(first);
  CHECK(first->content == 77);
  CHECK(first->version == 5);
  CHECK(first->available == 42);
}

TEST_CASE("a refused key is forgotten with its last claim only", "[key_memory]") {
  key_memory memory{100, std::chrono::days{8}};
  std::ignore = memory.claim(key_of("a"), one);
  std::ignore = memory.claim(key_of("a"), two);
  memory.drop(key_of("a"));
  CHECK(memory.claim(key_of("a"), two).sku == one); // somebody still holds it
  memory.drop(key_of("a"));
  memory.drop(key_of("a"));
  CHECK(memory.size() == 0);
  CHECK(memory.claim(key_of("a"), two).sku == two);
}

TEST_CASE("nobody decides a key that a group is deciding", "[key_memory]") {
  key_memory memory{100, std::chrono::days{8}};
  CHECK(memory.claim(key_of("a"), one, true).verdict == verdict::taken);
  CHECK(memory.claim(key_of("a"), two).verdict == verdict::busy);
  CHECK(memory.claim(key_of("a"), two, true).verdict == verdict::busy);
  memory.record(key_of("a"), {1, 1, 1}, now);
  CHECK(memory.claim(key_of("a"), two, true).verdict == verdict::remembered);

  std::ignore = memory.claim(key_of("b"), one);
  CHECK(memory.claim(key_of("b"), one, true).verdict == verdict::busy);
  memory.drop(key_of("b"));
  CHECK(memory.claim(key_of("b"), one, true).verdict == verdict::taken);
  memory.drop(key_of("b"));
  CHECK(memory.claim(key_of("b"), one).verdict == verdict::taken);
}

TEST_CASE("a full memory takes no new key and still knows the old ones", "[key_memory]") {
  key_memory memory{2, std::chrono::days{8}};
  std::ignore = memory.claim(key_of("a"), one);
  std::ignore = memory.claim(key_of("b"), one);
  CHECK(memory.claim(key_of("c"), one).verdict == verdict::full);
  CHECK(memory.claim(key_of("a"), one).verdict == verdict::taken);
  memory.drop(key_of("b"));
  CHECK(memory.claim(key_of("c"), one).verdict == verdict::taken); // room again
}

TEST_CASE("outcomes older than the retention are swept, claimed and newer ones stay", "[key_memory]") {
  key_memory memory{100, std::chrono::days{8}};
  CHECK(memory.restore(key_of("old"), one, {1, 1, 1}, now - std::chrono::days{9}));
  CHECK(memory.restore(key_of("claimed"), one, {1, 2, 1}, now - std::chrono::days{9}));
  CHECK(memory.restore(key_of("new"), one, {1, 3, 1}, now - std::chrono::days{7}));
  std::ignore = memory.claim(key_of("claimed"), two);
  std::ignore = memory.claim(key_of("open"), one);
  std::size_t swept = 0;
  for (std::size_t shard = 0; shard < key_memory::shards; ++shard)
    swept += memory.sweep(now);
  CHECK(swept == 1);
  CHECK(memory.size() == 3);
  CHECK_FALSE(memory.target(key_of("old")));
  CHECK(memory.find(key_of("claimed"))->version == 2);
}

TEST_CASE("the key of an open line is kept until it is told that the line closed", "[key_memory]") {
  key_memory memory{2, std::chrono::days{8}};
  std::ignore = memory.claim(key_of("line"), one);
  memory.record(key_of("line"), {0, 1, 1}, engine::time_point::max());
  CHECK(memory.restore(key_of("loaded"), two, {0, 1, 1}, engine::time_point::max()));
  const auto sweep_all = [&](engine::time_point at) {
    for (std::size_t shard = 0; shard < key_memory::shards; ++shard)
      std::ignore = memory.sweep(at);
  };
  sweep_all(now + std::chrono::days{100});
  CHECK(memory.target(key_of("line")) == one);
  CHECK(memory.target(key_of("loaded")) == two);
  CHECK(memory.restore(key_of("line"), two, {0, 2, 1}, now)); // known already: there is room for it
  sweep_all(now + std::chrono::days{9});
  CHECK_FALSE(memory.target(key_of("line")));
}

TEST_CASE("at start the first stored outcome under a key stays", "[key_memory]") {
  key_memory memory{1, std::chrono::days{8}};
  CHECK(memory.restore(key_of("a"), one, {7, 1, 10}, now));
  CHECK_FALSE(memory.restore(key_of("b"), one, {7, 1, 10}, now)); // no room: the caller must say so
  CHECK(memory.find(key_of("a"))->version == 1);
}

TEST_CASE("threads that claim the same keys all get the same SKU", "[key_memory]") {
  key_memory memory{100'000, std::chrono::days{8}};
  constexpr int keys = 2'000;
  std::vector<std::vector<engine::sku_id>> seen(4);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int k = 0; k < keys; ++k)
        seen[static_cast<std::size_t>(t)].push_back(
            memory.claim(key_of(std::to_string(k)), engine::sku_id{t + 1}).sku);
    });
  for (auto& thread : threads)
    thread.join();
  CHECK(seen[1] == seen[0]);
  CHECK(seen[2] == seen[0]);
  CHECK(seen[3] == seen[0]);
  CHECK(memory.size() == keys);
}
