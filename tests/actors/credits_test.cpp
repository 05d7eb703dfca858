#include "actors/credits.hpp"

#include "tests/actors/commands.hpp"
#include "tests/catch.hpp"

#include <deque>
#include <thread>
#include <vector>

using namespace lockstep;
using actors::credit;
using actors::credit_class;
using actors::credits;

namespace {

// Takes credits until the next one is refused.
std::deque<credit> take_all(credits& from, credit_class kind, engine::account_id source,
                            std::atomic<std::uint32_t>& sku) {
  std::deque<credit> held;
  while (auto one = from.take(kind, source, sku))
    held.push_back(std::move(*one));
  return held;
}

constexpr engine::account_id source{3};
constexpr actors::credit_limits wide{.total = 100, .per_sku = 1'000, .per_source = 1'000, .reserve = 20};

} // namespace

TEST_CASE("what a command is decides which credits it may use", "[credits]") {
  const auto kind = [](engine::command asked) { return actors::class_of(asked); };
  CHECK(kind(tests::hold("k", 1, {})) == credit_class::request);
  CHECK(kind(tests::receive("k", 1)) == credit_class::request);
  CHECK(kind(tests::read_stock()) == credit_class::request);
  CHECK(kind(tests::order("k", "o", 1)) == credit_class::request);
  CHECK(kind(tests::sale("o", 1)) == credit_class::marketplace_fact);
  CHECK(kind(tests::cancel_of_sale("o", 1)) == credit_class::ends_work);
  CHECK(kind(tests::confirm("k", "h")) == credit_class::ends_work);
  CHECK(kind(tests::release("k", "h")) == credit_class::ends_work);
  CHECK(kind(tests::ship("k", "h", 1)) == credit_class::ends_work);
}

TEST_CASE("requests leave a quarter to marketplace facts, and both leave the reserve to what ends work",
          "[credits]") {
  credits all{wide};
  std::atomic<std::uint32_t> sku{0};
  const auto requests = take_all(all, credit_class::request, source, sku);
  CHECK(requests.size() == 60);
  const auto facts = take_all(all, credit_class::marketplace_fact, source, sku);
  CHECK(facts.size() == 20);
  const auto ends = take_all(all, credit_class::ends_work, source, sku);
  CHECK(ends.size() == 20);
  CHECK(all.in_use() == 100);
  CHECK(all.shed() == 3);
}

TEST_CASE("one SKU and one source have bounds of their own, and only they are refused", "[credits]") {
  credits all{{.total = 1'000, .per_sku = 10, .per_source = 15, .reserve = 2}};
  std::atomic<std::uint32_t> hot{0};
  std::atomic<std::uint32_t> other{0};
  const auto on_hot = take_all(all, credit_class::request, source, hot);
  CHECK(on_hot.size() == 10);
  CHECK(take_all(all, credit_class::ends_work, source, hot).size() == 2);
  const auto of_source = take_all(all, credit_class::request, source, other);
  CHECK(of_source.size() == 5);
  CHECK(all.take(credit_class::request, engine::account_id{4}, other));
}

TEST_CASE("a credit comes back when it is destroyed, once", "[credits]") {
  credits all{wide};
  std::atomic<std::uint32_t> sku{0};
  {
    auto one = all.take(credit_class::request, source, sku);
    REQUIRE(one);
    credit moved = std::move(*one);
    CHECK(all.in_use() == 1);
    moved.give_back();
    CHECK(all.in_use() == 0);
    credit again = std::move(moved);
    CHECK_FALSE(again.held());
  }
  CHECK(all.in_use() == 0);
  CHECK(sku.load() == 0);
}

TEST_CASE("a flip tells credits taken before from those taken after", "[credits]") {
  credits all{wide};
  std::atomic<std::uint32_t> sku{0};
  auto before = all.take(credit_class::request, source, sku);
  const auto old = all.flip_phase();
  auto after = all.take(credit_class::request, source, sku);
  CHECK(all.in_use(old) == 1);
  before->give_back();
  CHECK(all.in_use(old) == 0);
  CHECK(all.in_use() == 1);
}

TEST_CASE("credits of many threads all come back", "[credits]") {
  credits all{wide};
  std::atomic<std::uint32_t> sku{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 10'000; ++i)
        std::ignore = all.take(credit_class::request, source, sku);
    });
  for (auto& thread : threads)
    thread.join();
  CHECK(all.in_use() == 0);
  CHECK(sku.load() == 0);
}
