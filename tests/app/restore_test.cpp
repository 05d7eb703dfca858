// A dump of PostgreSQL taken while a node commits at speed: restored, it is a whole store of an earlier time,
// and the daemon that starts on it knows.
#include "actors/loader.hpp"
#include "engine/decide.hpp"
#include "engine/limits.hpp"
#include "storage/open_store.hpp"
#include "tests/app/listed_shop.hpp"
#include "tests/storage/postgres_server.hpp"

#include <atomic>
#include <map>

using namespace lockstep;
using namespace lockstep::tests;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using storage::samples::postgres_server;

namespace {

// Sends receipts of one unit for three SKUs until told to stop; counts those that were acknowledged.
class steady_load {
 public:
  explicit steady_load(const served_engine& engine) : thread_([this, &engine] { run(engine); }) {}

  ~steady_load() { stop(); }

  void stop() {
    ended_ = true;
    if (thread_.joinable()) thread_.join();
  }

  [[nodiscard]] std::int64_t done() const { return done_; }

 private:
  void run(const served_engine& engine) {
    auto connection = engine.connect();
    while (!ended_) {
      std::string lines;
      for (int i = 0; i < 60; ++i)
        lines += fmt::format(R"({{"key":"load {}","op":"receipt","sku":"{}","units":1}})", ++key_,
                             std::string_view{"ABC"}.substr(static_cast<std::size_t>(i % 3), 1)) +
                 "\n";
      const auto told = connection.ask(engine.batch_text(lines));
      if (told.status == 200 && told.body.find("503") == std::string::npos) done_ += 60;
    }
  }

  std::atomic<bool> ended_ = false;
  std::atomic<std::int64_t> done_ = 0;
  std::int64_t key_ = 0;
  std::thread thread_;
};

// Number of facts, when every SKU's versions go up from 1 without a gap and its newest snapshot, with the
// facts after it, is the state that all of its facts lead to.
std::int64_t check_consistent(const std::string& url) {
  const auto store = storage::open_store(url);
  REQUIRE(store);
  const auto reader = (*store)->open_reader();
  REQUIRE(reader);
  std::map<engine::sku_id, engine::sku_state> replayed;
  std::int64_t facts = 0;
  bool whole = true;
  REQUIRE((*reader)->scan(0, [&](const storage::stored_fact& row) {
    auto& state = replayed[row.sku];
    state.retention = limits::key_retention_default;
    whole = whole && row.fact.version == state.version + 1;
    engine::evolve(state, row.fact);
    ++facts;
    return true;
  }));
  CHECK(whole);
  int snapshots = 0;
  for (const auto& [sku, state] : replayed) {
    const auto loaded = actors::read_state(**reader, sku, limits::key_retention_default);
    REQUIRE(loaded);
    CHECK(engine::same(loaded->state, state));
    snapshots += loaded->snapshot_version > 0;
  }
  CHECK(snapshots > 0);
  return facts;
}

} // namespace

TEST_CASE("restore: a dump taken under load is a whole store, and no shop is written to before a person has "
          "compared") {
  auto& server = postgres_server::shared();
  const auto schema = server.new_schema();
  installation here{server.url(schema, server.port())};
  listed_shop shop{here};
  here.configure(shop.section());
  const std::vector<std::string> with_witness{"--set", "store.witness=" + here.folder().path("witness")};
  const auto dump = server.file("dump.sql");
  std::int64_t acknowledged_before = 0;
  {
    served_engine engine{here, with_witness};
    engine.stock("A", 1, shop.product());
    engine.stock("B", 1);
    engine.stock("C", 1);
    shop.activate(engine);
    steady_load load{engine};
    REQUIRE(comes_true([&] { return load.done() > 9'000; })); // each SKU has a snapshot by then
    acknowledged_before = load.done();
    server.run_tool("pg_dump",
                    {"--dbname", server.local_words(), "--no-owner", "--schema", schema, "--file", dump});
    const auto after = load.done();
    CHECK(comes_true([&] { return load.done() > after; }));
    load.stop();
    REQUIRE(shop.comes_to_show(engine, engine.figure("A", "available")));
    engine.stop();
  }
  server.make_database("restored_" + schema);
  server.run_tool("psql", {"--dbname", server.local_words("restored_" + schema, "lockstep"), "--quiet",
                           "--set", "ON_ERROR_STOP=1", "--file", dump});
  const auto restored = server.url_in("restored_" + schema, schema);
  const auto facts = check_consistent(restored);
  CHECK(facts >= acknowledged_before + 3);
  CHECK(facts < check_consistent(server.url(schema, server.port())));

  const auto shown = shop.shown();
  const auto writes = shop.shop().statistics().writes;
  auto words = with_witness;
  words.insert(words.end(), {"--set", "store.url=" + restored});
  served_engine engine{here, words};
  CHECK_THAT(engine.program().log(), Contains("store-went-back"));
  CHECK_THAT(engine.ask("GET", "/v1/accounts").body,
             Contains(R"("name":"shop","marketplace":"shopify","mode":"observe")"));
  shop.sell(2); // its orders are read all the same
  CHECK(comes_true([&] { return engine.figure("A", "reserved") == 2; }));
  CHECK(engine.receive("A", 1, "after the restore").status == 201);
  CHECK(
      comes_true([&] { return !engine.get("/v1/channels/shop/diff").at("differences").as_array().empty(); }));
  CHECK(shop.shown() == shown - 2);
  CHECK(shop.shop().statistics().writes == writes);
  shop.activate(engine);
  CHECK(shop.comes_to_show(engine, engine.figure("A", "available")));
  engine.stop();
}
