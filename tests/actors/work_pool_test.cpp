#include "actors/work_pool.hpp"

#include "tests/catch.hpp"

#include <set>
#include <thread>
#include <vector>

using namespace lockstep::actors;

TEST_CASE("blocks that one thread gave back serve another, each once", "[work_pool]") {
  constexpr std::size_t many = 10 * work_pool::chain_length;
  std::set<void*> first;
  while (first.size() < many)
    REQUIRE(first.insert(work_pool::take()).second);
  std::thread{[&] {
    for (void* block : first)
      work_pool::give_back(block);
  }}.join();

  std::set<void*> second;
  std::size_t reused = 0;
  while (second.size() < many) {
    void* block = work_pool::take();
    REQUIRE(second.insert(block).second);
    reused += first.count(block);
  }
#ifndef __SANITIZE_ADDRESS__
  CHECK(reused + work_pool::chain_length >= many); // but for what this thread had at hand before
#endif
  for (void* block : second)
    work_pool::give_back(block);
}
