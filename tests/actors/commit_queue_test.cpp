#include "actors/commit_queue.hpp"

#include "tests/catch.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>

using namespace lockstep;
using actors::commit_queue;

namespace {

actors::work_ptr item(int sku, std::uint64_t group = 0, std::uint32_t members = 0) {
  actors::work_ptr made{new actors::work_item};
  made->sku = engine::sku_id{sku};
  made->group = {engine::group_id{group}, members};
  made->facts.emplace_back();
  return made;
}

// Units as text: "1 2g7|3" is a unit of SKU 1 and group 7's member on SKU 2, then a unit of SKU 3.
std::string text_of(const commit_queue::taken& taken) {
  std::string out;
  for (const auto& unit : taken.units) {
    if (!out.empty()) out += '|';
    std::vector<std::string> words;
    for (auto i = unit.first; i <= unit.last; ++i) {
      const auto& one = *taken.items[i];
      auto word = std::to_string(static_cast<std::int64_t>(one.sku));
      if (one.group.members != 0) word += 'g' + std::to_string(static_cast<std::uint64_t>(one.group.id));
      words.push_back(word);
    }
    std::sort(words.begin(), words.end());
    for (std::size_t i = 0; i < words.size(); ++i)
      out += (i > 0 ? " " : "") + words[i];
  }
  return out;
}

} // namespace

TEST_CASE("items without a group leave in the order they came, each a unit", "[commit_queue]") {
  commit_queue queue;
  for (const int sku : {3, 1, 3, 2})
    queue.push(item(sku));
  CHECK(queue.size() == 4);
  CHECK(text_of(queue.take(100)) == "3|1|3|2");
  CHECK(queue.size() == 0);
  CHECK_FALSE(queue.ready());
}

TEST_CASE("a batch ends when it has records enough", "[commit_queue]") {
  commit_queue queue;
  for (int sku = 1; sku <= 4; ++sku) {
    auto made = item(sku);
    made->facts.clear();
    made->records.resize(2);
    queue.push(std::move(made));
  }
  CHECK(text_of(queue.take(5)) == "1|2");
  CHECK(text_of(queue.take(1)) == "3");
}

TEST_CASE("a group with two members on a SKU takes along what stands between them", "[commit_queue]") {
  commit_queue queue;
  queue.push(item(1, 1, 3));
  queue.push(item(1, 2, 2));
  queue.push(item(1, 1, 3));
  queue.push(item(1));
  queue.push(item(2, 1, 3)); // group 1 is whole; group 2 is not
  CHECK_FALSE(queue.ready());
  queue.push(item(2, 2, 2));
  CHECK(text_of(queue.take(100)) == "1g1 1g1 1g2 2g1 2g2|1");
  CHECK(queue.size() == 0);
  CHECK(queue.incomplete_groups() == 0);
}

TEST_CASE("a batch ends at a unit's edge when it has facts enough", "[commit_queue]") {
  commit_queue queue;
  for (int sku = 1; sku <= 5; ++sku)
    queue.push(item(sku));
  CHECK(text_of(queue.take(2)) == "1|2");
  queue.push(item(6));
  CHECK(text_of(queue.take(3)) == "3|4|5");
  CHECK(text_of(queue.take(3)) == "6");
}

TEST_CASE("a group leaves as one unit when its last member has come", "[commit_queue]") {
  commit_queue queue;
  queue.push(item(1, 7, 3));
  queue.push(item(2, 7, 3));
  CHECK_FALSE(queue.ready());
  CHECK(queue.incomplete_groups() == 1);
  queue.push(item(3, 7, 3));
  CHECK(queue.incomplete_groups() == 0);
  CHECK(text_of(queue.take(1)) == "1g7 2g7 3g7"); // more facts than the batch may have, but never split
}

TEST_CASE("what follows an incomplete group on its SKUs waits, everything else goes on", "[commit_queue]") {
  commit_queue queue;
  queue.push(item(1));
  queue.push(item(1, 7, 2));
  queue.push(item(1));
  queue.push(item(3));
  CHECK(text_of(queue.take(100)) == "1|3");
  CHECK(queue.size() == 2);
  queue.push(item(2));
  queue.push(item(2, 7, 2));
  CHECK(text_of(queue.take(100)) == "2|1g7 2g7|1");
  CHECK(queue.size() == 0);
}

TEST_CASE("a complete group behind an incomplete one waits for it", "[commit_queue]") {
  commit_queue queue;
  queue.push(item(1, 7, 2));
  queue.push(item(1, 8, 2));
  queue.push(item(2, 8, 2));
  CHECK_FALSE(queue.ready());
  queue.push(item(3, 7, 2));
  CHECK(text_of(queue.take(100)) == "1g7 3g7|1g8 2g8");
}

TEST_CASE("groups that crossed on two SKUs become durable together", "[commit_queue]") {
  commit_queue queue;
  queue.push(item(1, 7, 2));
  queue.push(item(2, 8, 2));
  queue.push(item(1));
  queue.push(item(1, 8, 2));
  CHECK_FALSE(queue.ready());
  queue.push(item(2, 7, 2));
  CHECK(text_of(queue.take(100)) == "1 1g7 1g8 2g7 2g8");
  CHECK(queue.size() == 0);
}

namespace {

// Sends the items of `skus` in a random interleaving that keeps each SKU's order, and returns what comes out.
struct history {
  std::vector<std::deque<actors::work_ptr>> lines;
  std::vector<std::vector<actors::work_item*>> sent; // per SKU, in order
};

history random_history(std::mt19937& random) {
  history made;
  const auto skus = 2 + random() % 5;
  made.lines.resize(skus);
  made.sent.resize(skus);
  std::uint64_t group = 0;
  for (int step = 0; step < 40; ++step) {
    if (random() % 3 != 0) {
      const auto sku = random() % skus;
      made.lines[sku].push_back(item(static_cast<int>(sku)));
      continue;
    }
    std::set<std::size_t> members;
    while (members.size() < 2)
      members.insert(random() % skus);
    if (random() % 2 == 0) members.insert(random() % skus);
    ++group;
    // At a random place of each line, so that groups cross.
    for (const auto sku : members) {
      auto& line = made.lines[sku];
      line.insert(line.begin() + static_cast<std::ptrdiff_t>(random() % (line.size() + 1)),
                  item(static_cast<int>(sku), group, static_cast<std::uint32_t>(members.size())));
    }
  }
  for (std::size_t sku = 0; sku < skus; ++sku)
    for (const auto& one : made.lines[sku])
      made.sent[sku].push_back(one.get());
  return made;
}

} // namespace

TEST_CASE("whatever the order of arrival, each SKU's order is kept and no group is split", "[commit_queue]") {
  rc::check([](std::uint32_t seed) {
    std::mt19937 random{seed};
    auto made = random_history(random);
    commit_queue queue;
    std::vector<std::vector<actors::work_item*>> came(made.sent.size());
    std::vector<actors::work_ptr> kept;
    const auto drain = [&] {
      while (queue.ready()) {
        const auto taken = queue.take(1 + random() % 8);
        for (const auto& unit : taken.units) {
          std::map<std::uint64_t, std::uint32_t> members;
          for (auto i = unit.first; i <= unit.last; ++i) {
            const auto& one = taken.items[i];
            came[static_cast<std::size_t>(one->sku)].push_back(one.get());
            if (one->group.members != 0) ++members[static_cast<std::uint64_t>(one->group.id)];
            kept.push_back(one);
          }
          for (auto i = unit.first; i <= unit.last; ++i) {
            const auto& mark = taken.items[i]->group;
            if (mark.members != 0) RC_ASSERT(members.at(static_cast<std::uint64_t>(mark.id)) == mark.members);
          }
        }
      }
    };
    for (;;) {
      std::vector<std::size_t> open;
      for (std::size_t sku = 0; sku < made.lines.size(); ++sku)
        if (!made.lines[sku].empty()) open.push_back(sku);
      if (open.empty()) break;
      auto& line = made.lines[open[random() % open.size()]];
      queue.push(std::move(line.front()));
      line.pop_front();
      if (random() % 4 == 0) drain();
    }
    drain();
    RC_ASSERT(queue.size() == 0U);
    RC_ASSERT(came == made.sent);
  });
}
