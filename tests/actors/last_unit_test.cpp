// The last units of many SKUs, wanted by many buyers at once from many threads: each unit goes to exactly one
// of them. On the real node: CAF's own scheduler, real threads, group commit.
#include "actors/node.hpp"
#include "actors/waiting_sink.hpp"
#include "storage/memory/memory_store.hpp"
#include "tests/actors/commands.hpp"
#include "tests/catch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <random>
#include <thread>

using namespace lockstep;
using namespace lockstep::tests;
using namespace std::chrono_literals;
using engine::quantity;
using engine::refusal;
using engine::sku_id;

namespace {

constexpr int skus_wanted = 200;
constexpr int buyers_per_sku = 50;
constexpr std::size_t buying_threads = 8;
// Only a defect makes an answer take this long.
constexpr auto patience = 120s;

struct purchase {
  sku_id sku{};
  std::string name; // of hold or order, and of the key
  bool held = false;
};

engine::command request_of(const purchase& wanted) {
  if (!wanted.held) return order(wanted.name, wanted.name, 1);
  const auto tomorrow = std::chrono::system_clock::now() + 24h;
  return hold(wanted.name, 1, std::chrono::time_point_cast<engine::duration>(tomorrow));
}

engine::command undo_of(const purchase& granted) {
  if (granted.held) return release(granted.name + " undo", granted.name);
  const engine::record_line line{.line = engine::line_key(api, granted.name, granted.name),
                                 .mode = engine::line_mode::request,
                                 .cancelled = 1};
  return keyed(granted.name + " undo", 1, line);
}

// Asks from one thread of its own.
class asker {
 public:
  explicit asker(actors::node& engine) : engine_(engine), number_(engine.add_sink(sink_)) {}

  // Admission is refused while too much is under way: asked again, since nothing was done.
  std::uint32_t send(sku_id sku, const engine::command& asked) {
    const auto request = ++requests_;
    while (engine_.submit(actors::submission{sku, asked, {number_, 0, 0, 0, request}}) !=
           actors::admission::accepted)
      std::this_thread::yield();
    return request;
  }

  std::optional<actors::answer> wait(std::uint32_t request) {
    return sink_.wait(request, std::chrono::steady_clock::now() + patience);
  }

  actors::answer ask(sku_id sku, const engine::command& asked) {
    auto told = wait(send(sku, asked));
    REQUIRE(told.has_value());
    return *std::move(told);
  }

  void record(std::vector<storage::record> records) {
    const actors::ticket to{number_, 0, 0, 0, ++requests_};
    REQUIRE(engine_.record(std::move(records), to).has_value());
    REQUIRE(wait(to.request).has_value());
  }

  engine::figures figures(sku_id sku) { return ask(sku, read_stock()).figures; }

 private:
  actors::node& engine_;
  actors::waiting_sink sink_;
  std::uint16_t number_;
  std::uint32_t requests_ = 0;
};

// All of one thread's buyers ask at once; then their answers are read.
struct buying_thread {
  explicit buying_thread(actors::node& engine) : me(engine) {}

  void run() {
    std::vector<std::uint32_t> requests;
    for (const auto& each : wanted)
      requests.push_back(me.send(each.sku, request_of(each)));
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const auto told = me.wait(requests[i]);
      if (!told)
        ++unanswered;
      else if (told->reason == refusal::none)
        granted.push_back(wanted[i]);
      else if (told->reason != refusal::insufficient_stock)
        ++otherwise_refused;
    }
  }

  asker me;
  std::vector<purchase> wanted;
  std::vector<purchase> granted;
  int unanswered = 0;
  int otherwise_refused = 0;
};

struct rush {
  std::vector<purchase> granted;
  std::chrono::steady_clock::duration took{};
};

// The node, and those who ask it: their sinks outlive it.
struct shop_floor {
  shop_floor() {
    actors::node_options options;
    options.fatal = [](int code, const std::string& why) {
      FAIL_CHECK("must not stop: " << code << " " << why);
    };
    auto started = actors::node::start(std::move(options), storage::open_memory(storage::make_memory()));
    REQUIRE(started.has_value());
    engine = std::move(*started);
    me = std::make_unique<asker>(*engine);
    for (std::size_t i = 0; i < buying_threads; ++i)
      threads.push_back(std::make_unique<buying_thread>(*engine));
  }

  ~shop_floor() { engine.reset(); }

  shop_floor(const shop_floor&) = delete;
  shop_floor& operator=(const shop_floor&) = delete;

  engine::figures figures(sku_id sku) { return me->figures(sku); }

  void stock(sku_id sku, quantity units) {
    CHECK(me->ask(sku, receive(numbered("stock", static_cast<int>(sku)), units)).reason == refusal::none);
  }

  // Buyers of one SKU are on all threads, and no two threads ask in the same order.
  rush sell(const std::vector<sku_id>& skus, bool with_holds) {
    for (std::size_t t = 0; t < buying_threads; ++t) {
      auto& wanted = threads[t]->wanted;
      for (const auto sku : skus)
        for (std::size_t buyer = t; buyer < buyers_per_sku; buyer += buying_threads)
          wanted.push_back(
              {sku, fmt::format("{}-{}", static_cast<int>(sku), buyer), with_holds && buyer % 2 == 0});
      std::shuffle(wanted.begin(), wanted.end(), std::mt19937{static_cast<unsigned>(t)});
    }
    const auto from = std::chrono::steady_clock::now();
    std::vector<std::thread> running;
    for (auto& each : threads)
      running.emplace_back([&each] { each->run(); });
    for (auto& each : running)
      each.join();
    rush done{{}, std::chrono::steady_clock::now() - from};
    for (auto& each : threads) {
      CHECK(each->unanswered == 0);
      CHECK(each->otherwise_refused == 0);
      done.granted.insert(done.granted.end(), each->granted.begin(), each->granted.end());
    }
    return done;
  }

  // Everything that was granted is given back.
  void undo(const std::vector<purchase>& granted) {
    for (const auto& each : granted)
      CHECK(me->ask(each.sku, undo_of(each)).reason == refusal::none);
    const auto until = std::chrono::steady_clock::now() + patience;
    while (engine->statistics().credits_in_use > 0 && std::chrono::steady_clock::now() < until)
      std::this_thread::yield();
    CHECK(engine->statistics().credits_in_use == 0);
    CHECK(engine->statistics().groups_waiting == 0);
  }

  // Units promised, less units given back, by the ledger alone.
  std::map<sku_id, quantity> promised_in_ledger() {
    std::map<sku_id, quantity> promised;
    auto reader = engine->open_reader();
    REQUIRE(reader.has_value());
    const auto read = (*reader)->scan(0, [&](const storage::stored_fact& row) {
      switch (row.fact.kind) {
      case engine::fact_kind::held:
      case engine::fact_kind::ordered: promised[row.sku] += row.fact.units; break;
      case engine::fact_kind::released:
      case engine::fact_kind::cancelled: promised[row.sku] -= row.fact.units; break;
      default: break;
      }
      return true;
    });
    REQUIRE(read.has_value());
    return promised;
  }

  std::unique_ptr<actors::node> engine;
  std::unique_ptr<asker> me;
  std::vector<std::unique_ptr<buying_thread>> threads;
};

std::map<sku_id, quantity> by_sku(const std::vector<purchase>& granted) {
  std::map<sku_id, quantity> units;
  for (const auto& each : granted)
    ++units[each.sku];
  return units;
}

std::vector<sku_id> numbered_skus(int first) {
  std::vector<sku_id> all;
  for (int i = 0; i < skus_wanted; ++i)
    all.push_back(sku_id{first + i});
  return all;
}

constexpr int first_leaf = 1;
constexpr int first_bundle = 1'001;

sku_id leaf(int number) {
  return sku_id{first_leaf + number % skus_wanted};
}

sku_id bundle(int number) {
  return sku_id{first_bundle + number % skus_wanted};
}

// Bundle i takes a unit of leaf i and one of the next: every leaf is shared by two, all around.
void compose_ring(shop_floor& here) {
  std::vector<storage::record> records;
  for (const auto sku : numbered_skus(first_leaf))
    records.emplace_back(engine::product{sku, numbered("LEAF-", static_cast<int>(sku)), "", {}});
  for (int i = 0; i < skus_wanted; ++i) {
    std::vector<engine::component> parts{{leaf(i), 1}, {leaf(i + 1), 1}};
    std::ranges::sort(parts, {}, &engine::component::sku);
    records.emplace_back(engine::product{bundle(i), numbered("SET-", i), "", {}});
    records.emplace_back(engine::bundle{bundle(i), 1, parts, parts});
  }
  here.me->record(std::move(records));
}

// Each leaf's units are promised to the two bundles that share it and to nobody else.
void check_leaves(shop_floor& here, const std::vector<quantity>& stock,
                  const std::vector<purchase>& granted) {
  auto sold = by_sku(granted);
  auto promised = here.promised_in_ledger();
  for (int i = 0; i < skus_wanted; ++i) {
    const auto units = sold[bundle(i)] + sold[bundle(i + skus_wanted - 1)];
    const auto shown = here.figures(leaf(i));
    INFO("leaf " << i << " of " << stock[std::size_t(i)]);
    CHECK(shown.on_hand == stock[std::size_t(i)]);
    CHECK(shown.reserved == units);
    CHECK(promised[leaf(i)] == units);
    CHECK(shown.available == shown.on_hand - units);
    CHECK(shown.available >= 0);
    CHECK(promised[bundle(i)] == sold[bundle(i)]);
  }
}

// Two bundles that compete for a unit wait for each other, but not for ever: on a machine that stood still
// both may have given up. Then whoever comes next gets it.
void sell_what_is_left(shop_floor& here, rush& of) {
  int sold = 0;
  for (int i = 0; i < skus_wanted; ++i)
    while (here.figures(leaf(i)).available > 0 && here.figures(leaf(i + 1)).available > 0) {
      const purchase late{bundle(i), fmt::format("late {}-{}", i, sold), false};
      REQUIRE(here.me->ask(late.sku, request_of(late)).reason == refusal::none);
      of.granted.push_back(late);
      ++sold;
    }
  if (of.took < limits::group_wait_max) CHECK(sold == 0);
}

void rush_for_bundles(shop_floor& here, const std::vector<quantity>& stock) {
  compose_ring(here);
  for (int i = 0; i < skus_wanted; ++i)
    here.stock(leaf(i), stock[std::size_t(i)]);
  auto done = here.sell(numbered_skus(first_bundle), false);
  check_leaves(here, stock, done.granted);
  sell_what_is_left(here, done);
  check_leaves(here, stock, done.granted);
  here.undo(done.granted);
  check_leaves(here, stock, {});
}

} // namespace

TEST_CASE("of 50 buyers each of 200 SKUs as many are served as there are units", "[last unit]") {
  shop_floor here;
  const auto skus = numbered_skus(first_leaf);
  const auto stock_of = [](sku_id sku) { return quantity{1 + static_cast<int>(sku) % 5}; };
  for (const auto sku : skus)
    here.stock(sku, stock_of(sku));
  const auto done = here.sell(skus, true);
  auto sold = by_sku(done.granted);
  auto promised = here.promised_in_ledger();
  for (const auto sku : skus) {
    const auto shown = here.figures(sku);
    CHECK(sold[sku] == stock_of(sku));
    CHECK(promised[sku] == stock_of(sku));
    CHECK(shown.on_hand == stock_of(sku));
    CHECK(shown.reserved == stock_of(sku));
    CHECK(shown.available == 0);
    CHECK(shown.oversold == 0);
  }
  here.undo(done.granted);
  for (const auto sku : skus) {
    CHECK(here.figures(sku).reserved == 0);
    CHECK(here.figures(sku).available == stock_of(sku));
  }
}

TEST_CASE("two bundles that share a scarce component share its units out exactly", "[last unit]") {
  shop_floor here;
  std::vector<quantity> stock;
  for (int i = 0; i < skus_wanted; ++i)
    stock.push_back(i % 2 == 0 ? 2 * buyers_per_sku : 1 + i % 5);
  rush_for_bundles(here, stock);
}

TEST_CASE("bundles that share their components all around neither deadlock nor leave a set unsold",
          "[last unit]") {
  shop_floor here;
  std::vector<quantity> stock;
  for (int i = 0; i < skus_wanted; ++i)
    stock.push_back(1 + i % 4);
  rush_for_bundles(here, stock);
}
