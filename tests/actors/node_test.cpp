// The node as its users see it: real threads, real time, SQLite on disk.
#include "actors/node.hpp"

#include "actors/loader.hpp"
#include "actors/waiting_sink.hpp"
#include "engine/codec.hpp"
#include "storage/memory/memory_store.hpp"
#include "storage/sqlite/sqlite_store.hpp"
#include "tests/actors/commands.hpp"
#include "tests/actors/fake_channel.hpp"
#include "tests/actors/rig.hpp"
#include "tests/catch.hpp"
#include "tests/comes_true.hpp"

#include <fmt/format.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include <unistd.h>

using namespace lockstep;
using namespace lockstep::tests;
using namespace std::chrono_literals;
using engine::refusal;

namespace {

class folder {
 public:
  folder()
      : path_(std::filesystem::temp_directory_path() /
              fmt::format("lockstep-node-{}-{}", getpid(), ++count)) {
    std::filesystem::create_directories(path_);
  }

  ~folder() { std::filesystem::remove_all(path_); }

  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;

  [[nodiscard]] std::string file() const { return (path_ / "ledger.db").string(); }

 private:
  static inline int count = 0;
  std::filesystem::path path_;
};

std::unique_ptr<actors::node> start(std::unique_ptr<storage::store> store,
                                    std::size_t credits = limits::credits_total) {
  actors::node_options options;
  options.credits_total = credits;
  options.fatal = [](int code, const std::string& why) {
    FAIL_CHECK("must not stop: " << code << " " << why);
  };
  auto started = actors::node::start(std::move(options), std::move(store));
  REQUIRE(started.has_value());
  return std::move(*started);
}

std::unique_ptr<storage::store> open(const folder& in) {
  auto store = storage::open_sqlite({.path = in.file()});
  REQUIRE(store.has_value());
  return std::move(*store);
}

engine::time_point wall_now() {
  return std::chrono::time_point_cast<engine::duration>(std::chrono::system_clock::now());
}

// A caller with a sink of its own who waits for each answer.
class caller {
 public:
  explicit caller(actors::node& engine) : engine_(engine), number_(engine.add_sink(sink_)) {}

  std::optional<actors::answer> ask(engine::sku_id sku, engine::command asked) {
    const auto request = ++requests_;
    if (engine_.submit(actors::submission{sku, std::move(asked), {number_, 0, 0, 0, request}}) !=
        actors::admission::accepted)
      return std::nullopt;
    return wait(request);
  }

  std::optional<actors::answer> wait(std::uint32_t request) {
    return sink_.wait(request, std::chrono::steady_clock::now() + 20s);
  }

  [[nodiscard]] actors::ticket ticket() { return {number_, 0, 0, 0, ++requests_}; }

 private:
  actors::node& engine_;
  actors::waiting_sink sink_;
  std::uint16_t number_;
  std::uint32_t requests_ = 0;
};

constexpr engine::sku_id sku{1};

} // namespace

TEST_CASE("a node takes stock, answers, drains, and goes on where it was", "[node]") {
  const folder disk;
  {
    auto engine = start(open(disk));
    caller me{*engine};
    CHECK(me.ask(sku, receive("r", 10))->available == 10);
    CHECK(me.ask(sku, hold("h", 4, wall_now() + 1h))->available == 6);
    CHECK(engine->statistics().ready);
    CHECK(engine->statistics().facts == 2);
    CHECK(engine->drain(20s));
    CHECK(engine->submit(actors::submission{sku, read_stock(), {}}) == actors::admission::draining);
    CHECK_FALSE(engine->statistics().ready);
  }
  auto engine = start(open(disk));
  caller me{*engine};
  CHECK(me.ask(sku, read_stock())->figures.available == 6);
  CHECK(me.ask(sku, hold("h", 4, wall_now() + 1h))->repeated);
  auto reader = engine->open_reader();
  REQUIRE(reader.has_value());
  CHECK((*reader)->load_snapshot(sku)->has_value()); // written by the drain
}

TEST_CASE("records are known at once, durable before they are answered, and kept", "[node]") {
  const folder disk;
  {
    auto engine = start(open(disk));
    caller me{*engine};
    const auto first = me.ticket();
    REQUIRE(
        engine->record({engine::product{sku, "MUG-1", "Mug", {{"upc", "036000291452"}}}}, first).has_value());
    CHECK(engine->catalogue()->find_code("MUG-1") != nullptr);
    CHECK(me.wait(first.request)->kind == actors::answer_kind::recorded);
    const auto clash =
        engine->record({engine::product{engine::sku_id{2}, "MUG-1", "Another", {}}}, me.ticket());
    REQUIRE_FALSE(clash.has_value());
    CHECK(clash.error().code == engine::error_code::conflict);
    const auto twins = engine->record({engine::product{engine::sku_id{3}, "CUP", "", {}},
                                       engine::product{engine::sku_id{4}, "CUP", "", {}}},
                                      me.ticket());
    CHECK_FALSE(twins.has_value());
    CHECK(engine->catalogue()->find_code("CUP") == nullptr); // all or none
  }
  auto engine = start(open(disk));
  CHECK(engine->catalogue()->find_identifier("upc", "036000291452") == std::vector{sku});
}

TEST_CASE("a listing whose item is another's keeps the records beside it out as well", "[node]") {
  auto engine = start(storage::open_memory(storage::make_memory()));
  const engine::account_id shop{5};
  const auto listing = [&](std::int64_t id, const char* item) {
    return engine::listing{engine::listing_id{id}, shop, sku, item, "", "here", {}};
  };
  REQUIRE(engine->record({engine::product{sku, "MUG-1", "Mug", {}},
                          engine::account{shop, "shop-1", "fake", engine::account_mode::observe},
                          listing(1, "m")},
                         {}));
  const auto clash = engine->record({engine::product{sku, "MUG-2", "Mug", {}}, listing(2, "m")}, {});
  REQUIRE_FALSE(clash);
  CHECK(clash.error().code == engine::error_code::conflict);
  CHECK(engine->catalogue()->find_code("MUG-2") == nullptr); // all or none
  CHECK_FALSE(engine->record({listing(3, "n"), listing(4, "n")}, {}));
  CHECK(engine->catalogue()->listings() == 1);
}

TEST_CASE("a batch is admitted whole or not at all", "[node]") {
  auto engine = start(storage::open_memory(storage::make_memory()), 64);
  caller me{*engine};
  std::vector<actors::submission> many;
  for (int i = 0; i < 100; ++i)
    many.push_back({sku, receive(numbered("r", i), 1), {}});
  CHECK(engine->submit(std::move(many)) == actors::admission::overloaded);
  CHECK(me.ask(sku, read_stock())->figures.total == 0);
  CHECK(engine->statistics().credits_in_use == 0);
  CHECK(engine->statistics().keys == 0);
}

TEST_CASE("a barrier comes after everything its caller submitted before", "[node]") {
  auto engine = start(storage::open_memory(storage::make_memory()));
  caller me{*engine};
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 200; ++i)
      REQUIRE(engine->submit(actors::submission{engine::sku_id{i + 1},
                                                receive(fmt::format("{} {}", round, i), 1),
                                                {}}) == actors::admission::accepted);
    const auto after = me.ticket();
    REQUIRE(engine->barrier(after) == actors::admission::accepted);
    REQUIRE(me.wait(after.request));
    CHECK(engine->statistics().facts == std::uint64_t(200) * std::uint64_t(round + 1));
  }
}

namespace {

// A node that sells one product, ten of it, as item "m" of shop-1.
void list_mug(actors::node& engine, caller& me) {
  const auto kept = me.ticket();
  const auto recorded =
      engine.record({engine::product{sku, "MUG-1", "Mug", {}},
                     engine::account{engine::account_id{5}, "shop-1", "fake", engine::account_mode::observe},
                     engine::listing{engine::listing_id{1}, engine::account_id{5}, sku, "m", "", "here", {}}},
                    kept);
  REQUIRE(recorded.has_value());
  REQUIRE(me.wait(kept.request));
  REQUIRE(me.ask(sku, receive("r", 10)));
}

} // namespace

TEST_CASE("a channel account hears the number of each of its listings when it starts", "[node]") {
  adapters::http_client client{{.insecure_http = true}};
  auto engine = start(storage::open_memory(storage::make_memory()));
  caller me{*engine};
  list_mug(*engine, me);
  actors::channel_options options;
  options.account = "shop-1";
  options.marketplace = "fake";
  options.adapter = std::make_shared<fake_adapter>();
  const auto added = engine->add_channel(options, client);
  REQUIRE(added.has_value());
  CHECK(*added == engine::account_id{5});
  CHECK(engine->add_channel(options, client).error().code == engine::error_code::conflict);
  CHECK(comes_true([&] {
    const auto differences = engine->channel_diff(*added, 10);
    return differences && differences->size() == 1 && differences->front().wanted == 10;
  }));
  CHECK(engine->channels()->front().listings == 1);
  CHECK(engine->order_channel(engine::account_id{99}, actors::channel_order::pause).error().code ==
        engine::error_code::not_found);
}

TEST_CASE("an incident older than the key retention is open after a restart, though nobody touches its SKU",
          "[node]") {
  auto content = storage::make_memory();
  {
    rig longer_ago{content}; // its clock stands a year back
    for (const auto of : {sku, engine::sku_id{2}})
      longer_ago.ask(of, receive(numbered("r", static_cast<int>(of)), 1));
    longer_ago.ask(sku, sale("o", 3));
    REQUIRE(longer_ago.shared().committed.open_incidents() == 1);
    longer_ago.record(engine::product{sku, "MUG-1", "Mug", {}});
    longer_ago.record(engine::product{engine::sku_id{2}, "CUP-1", "Cup", {}});
  }
  REQUIRE(rig::start_time() + limits::key_retention_default < wall_now());
  auto engine = start(storage::open_memory(content));
  CHECK(comes_true([&] { return engine->statistics().open_incidents == 1; }));
  REQUIRE(engine->incidents().size() == 1);
  CHECK(engine->incidents().front().sku == sku);
  CHECK(engine->statistics().sku_actors == 1); // the others sleep
}

TEST_CASE("a failed channel actor starts again from what the store knows", "[node]") {
  adapters::http_client client{{.insecure_http = true}};
  auto engine = start(storage::open_memory(storage::make_memory()));
  caller me{*engine};
  list_mug(*engine, me);
  actors::channel_options options;
  options.account = "shop-1";
  options.marketplace = "fake";
  options.adapter = std::make_shared<failing_adapter>(2);
  const auto added = engine->add_channel(options, client);
  REQUIRE(added.has_value());
  CHECK(comes_true([&] {
    const auto differences = engine->channel_diff(*added, 10);
    return engine->statistics().actor_restarts == 2 && differences && differences->size() == 1 &&
           differences->front().wanted == 10;
  }));
}

namespace {

struct acknowledged {
  engine::sku_id sku{};
  engine::uuid key{};
  engine::version version = 0;
};

// Several threads hold, confirm, ship and release on a few SKUs at once, single and in groups, until told to
// stop.
std::vector<acknowledged> load(actors::node& engine, int thread, const std::atomic<bool>& stop) {
  std::vector<acknowledged> done;
  caller me{engine};
  for (int i = 0; !stop.load(); ++i) {
    const engine::sku_id mine{1 + (thread + i) % 7};
    const auto name = fmt::format("{}-{}", thread, i);
    auto held = me.ask(mine, hold(name, 1 + i % 2, wall_now() + 1h));
    if (!held || held->reason != refusal::none) continue;
    done.push_back({mine, key_of(name), held->version});
    auto next = i % 3 == 0 ? release(name + "r", name) : confirm(name + "c", name);
    const auto key = next.key;
    const auto ended = me.ask(mine, std::move(next));
    if (ended && ended->reason == refusal::none) done.push_back({mine, key, ended->version});
    if (i % 5 != 0) continue;
    const auto ticket = me.ticket();
    std::vector<actors::submission> group{
        {engine::sku_id{1 + i % 7}, hold(name + "ga", 1, wall_now() + 1h), ticket},
        {engine::sku_id{1 + (i + 3) % 7}, hold(name + "gb", 1, wall_now() + 1h), {}}};
    if (engine.submit_group(std::move(group)) != actors::admission::accepted) continue;
    const auto whole = me.wait(ticket.request);
    if (whole && whole->reason == refusal::none)
      done.push_back({whole->sku, key_of(name + "ga"), whole->version});
  }
  return done;
}

} // namespace

TEST_CASE("under load from several threads every acknowledged movement is in the ledger, once", "[node]") {
  const folder disk;
  std::vector<std::vector<acknowledged>> by_thread(4);
  std::vector<std::unique_ptr<storage::reader>> readers;
  {
    auto engine = start(open(disk));
    {
      caller me{*engine};
      for (int s = 1; s <= 7; ++s)
        REQUIRE(me.ask(engine::sku_id{s}, receive(fmt::format("stock {}", s), 5'000)));
    }
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] { by_thread[std::size_t(t)] = load(*engine, t, stop); });
    caller pace{*engine};
    const auto until = std::chrono::steady_clock::now() + 60s;
    while (engine->statistics().facts < 2'000 && std::chrono::steady_clock::now() < until)
      std::ignore = pace.ask(sku, read_stock());
    stop.store(true);
    for (auto& thread : threads)
      thread.join();
  }
  auto store = open(disk);
  auto reader = store->open_reader();
  REQUIRE(reader.has_value());
  boost::unordered_flat_map<engine::uuid, std::pair<engine::sku_id, engine::version>,
                            engine::uuid_hash>
      stored;
  boost::unordered_flat_map<engine::sku_id, engine::sku_state> replayed;
  const auto scanned = (*reader)->scan(0, [&](const storage::stored_fact& row) {
    if (!row.fact.key.is_nil()) CHECK(stored.try_emplace(row.fact.key, row.sku, row.fact.version).second);
    auto& state = replayed[row.sku];
    state.retention = limits::key_retention_default;
    engine::evolve(state, row.fact);
    return true;
  });
  REQUIRE(scanned.has_value());
  std::size_t checked = 0;
  for (const auto& done : by_thread)
    for (const auto& one : done) {
      ++checked;
      const auto found = stored.find(one.key);
      REQUIRE(found != stored.end());
      CHECK(found->second == std::pair{one.sku, one.version});
    }
  CHECK(checked > 100);
  for (const auto& [id, state] : replayed) {
    const auto loaded = actors::read_state(**reader, id, limits::key_retention_default);
    REQUIRE(loaded.has_value());
    CHECK(same(loaded->state, state));
    CHECK(figures_of(state).available >= 0);
  }
}
