#include "engine/push_queue.hpp"
#include "tests/catch.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <map>

using namespace lockstep::engine;
using namespace std::chrono_literals;

namespace {

const time_point start{std::chrono::hours{1}};
constexpr auto lowering = push_queue::lane::lowering;
constexpr auto raising = push_queue::lane::raising;
using slots = std::vector<push_queue::slot>;

} // namespace

TEST_CASE("queue: nothing leaves before the oldest row is due or the batch is full") {
  push_queue queue;
  queue.put(1, {lowering, start + 60s, 0});
  queue.put(2, {lowering, start + 30s, 0});
  CHECK(queue.take(3, true, start).empty());
  CHECK(queue.leaves_at(3, true, start) == start + 30s);
  CHECK(queue.take(3, true, start + 30s) == slots{2, 1}); // the other rides along
  CHECK(queue.size() == 0);
  queue.put(1, {lowering, start + 60s, 0});
  queue.put(2, {lowering, start + 30s, 0});
  CHECK(queue.take(2, true, start) == slots{2, 1});
}

TEST_CASE("queue: where a call takes one row, a row waits for its own time") {
  push_queue queue;
  queue.put(1, {lowering, start + 60s, 0});
  CHECK(queue.take(1, true, start).empty());
  CHECK(queue.take(1, true, start + 60s) == slots{1});
}

TEST_CASE("queue: decreases before increases, the riskiest first, every fourth row the oldest") {
  push_queue queue;
  queue.put(1, {raising, start, 99});
  queue.put(2, {lowering, start + 2s, 1});
  queue.put(3, {lowering, start + 2s, 3});
  queue.put(4, {lowering, start + 2s, 2});
  queue.put(5, {lowering, start + 2s, 0.5});
  CHECK(queue.take(10, true, start + 9s) == slots{3, 4, 2, 1, 5});
}

TEST_CASE("queue: while increases may not leave only decreases do, and do not wait for them") {
  push_queue queue;
  queue.put(1, {raising, start, 0});
  queue.put(2, {raising, start, 0});
  queue.put(3, {lowering, start + 5s, 0});
  CHECK(queue.take(2, false, start).empty());
  CHECK(queue.leaves_at(2, false, start) == start + 5s);
  CHECK(queue.take(2, false, start + 5s) == slots{3});
  CHECK(queue.take(2, true, start + 5s) == slots{1, 2});
}

TEST_CASE("queue: flush makes everything due, putting again replaces") {
  push_queue queue;
  queue.put(1, {lowering, start + 1h, 0});
  queue.put(2, {raising, start + 1h, 0});
  queue.flush(start);
  CHECK(queue.take(9, true, start) == slots{1, 2});
  queue.put(1, {lowering, start, 0});
  queue.put(1, {raising, start + 1h, 0});
  CHECK(queue.size() == 1);
  CHECK(queue.take(9, true, start).empty());
  queue.erase(1);
  queue.erase(1);
  CHECK(queue.size() == 0);
  CHECK_FALSE(queue.leaves_at(9, true, start));
}

TEST_CASE("queue: no row starves however risky the others are") {
  CHECK(rc::check([] {
    const auto rows = *rc::gen::inRange<std::size_t>(1, 6);
    push_queue queue;
    auto now = start;
    queue.put(0, {*rc::gen::element(lowering, raising), now, 0});
    push_queue::slot next = 1;
    for (std::size_t batches = 1; batches <= 8 * 5; ++batches) {
      now += 1s;
      for (std::size_t i = 0; i < rows + 1; ++i)
        queue.put(next++, {lowering, now, 1'000});
      const auto left = queue.take(rows, true, now);
      RC_ASSERT(left.size() == rows);
      if (std::find(left.begin(), left.end(), 0U) != left.end()) {
        RC_ASSERT(batches * rows <= 4 + rows); // its turn comes with the fourth row
        return;
      }
    }
    RC_FAIL("it never left");
  }));
}

TEST_CASE("queue: any history agrees with a plain list") {
  CHECK(rc::check([] {
    push_queue queue;
    std::map<push_queue::slot, push_queue::row> plain;
    auto now = start;
    const auto steps = *rc::gen::inRange(1, 200);
    for (int i = 0; i < steps; ++i) {
      now += std::chrono::seconds{*rc::gen::inRange(0, 3)};
      const auto slot = *rc::gen::inRange<push_queue::slot>(0, 12);
      switch (*rc::gen::inRange(0, 4)) {
      case 0:
      case 1: {
        const push_queue::row row{*rc::gen::element(lowering, raising),
                                  now + std::chrono::seconds{*rc::gen::inRange(0, 9)},
                                  static_cast<double>(*rc::gen::inRange(0, 3))};
        queue.put(slot, row);
        plain[slot] = row;
        break;
      }
      case 2:
        queue.erase(slot);
        plain.erase(slot);
        break;
      default: {
        const bool raises = *rc::gen::arbitrary<bool>();
        const auto may = [&](const auto& each) { return raises || each.second.where == lowering; };
        const auto count = static_cast<std::size_t>(std::count_if(plain.begin(), plain.end(), may));
        const bool due = std::any_of(plain.begin(), plain.end(),
                                     [&](const auto& each) { return may(each) && each.second.due <= now; });
        const auto left = queue.take(4, raises, now);
        RC_ASSERT(left.size() == (due || count >= 4 ? std::min<std::size_t>(4, count) : 0));
        for (const auto each : left)
          RC_ASSERT(plain.erase(each) == 1U);
      }
      }
      RC_ASSERT(queue.size() == plain.size());
    }
  }));
}
