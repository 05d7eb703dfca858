// A node that starts on what another left: which SKUs it loads for its channel accounts.
#include "actors/node.hpp"
#include "actors/waiting_sink.hpp"
#include "storage/memory/memory_store.hpp"
#include "tests/actors/fake_channel.hpp"
#include "tests/actors/faulty_store.hpp"
#include "tests/catch.hpp"
#include "tests/comes_true.hpp"

#include <atomic>
#include <thread>

using namespace lockstep;
using namespace lockstep::tests;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t skus = 20;
constexpr auto shop = engine::account_id{1};

engine::time_point wall_now() {
  return std::chrono::time_point_cast<engine::duration>(std::chrono::system_clock::now());
}

engine::sku_id sku(std::int64_t i) {
  return engine::sku_id{i};
}

engine::fact received(engine::version version, engine::time_point at) {
  engine::fact made;
  made.version = version;
  made.at = at;
  made.kind = engine::fact_kind::received;
  made.units = 10;
  made.available = 10 * version;
  return made;
}

engine::listing listing(std::int64_t i) {
  engine::listing made;
  made.id = engine::listing_id{i};
  made.account = shop;
  made.sku = sku(i);
  made.item = fmt::format("i{}", i);
  made.location = "here";
  return made;
}

// What a process has left that died without a word: SKU i was counted i minutes after `began`, published and
// settled.
class remains {
 public:
  explicit remains(engine::account_mode mode = engine::account_mode::active) {
    storage::batch content;
    content.records.emplace_back(engine::account{shop, "shop", "fake", mode});
    for (std::int64_t i = 1; i <= skus; ++i) {
      content.facts.push_back({sku(i), received(1, began_ + i * 1min)});
      content.records.emplace_back(engine::product{sku(i), fmt::format("s{}", i), "", {}});
      content.records.emplace_back(listing(i));
      content.records.emplace_back(storage::publication{.listing = engine::listing_id{i},
                                                        .counter = 1,
                                                        .sku_version = 1,
                                                        .quantity = 10,
                                                        .expected = 10,
                                                        .at = began_ + i * 1min,
                                                        .uncertain = false,
                                                        .parked = {}});
    }
    content.records.emplace_back(storage::watermark{shop, "numbers", began_ + skus * 1min + 1s});
    commit(std::move(content));
  }

  void commit(storage::batch content) {
    content.number = ++batches_;
    REQUIRE(store_->commit(content).status == storage::commit_status::committed);
  }

  void commit(storage::record item) {
    storage::batch content;
    content.records.push_back(std::move(item));
    commit(std::move(content));
  }

  // As recorded by a channel for which SKU i's second fact is settled, with the cursor behind it.
  std::vector<storage::record> settled(std::int64_t i) const {
    return {storage::publication{.listing = engine::listing_id{i},
                                 .counter = 2,
                                 .sku_version = 2,
                                 .quantity = 20,
                                 .expected = 20,
                                 .at = began_ + 3h,
                                 .uncertain = false,
                                 .parked = {}},
            storage::watermark{shop, "numbers", began_ + 3h}};
  }

  // Another unit of stock, which no channel was told of.
  void receive_more(std::int64_t i) {
    storage::batch content;
    content.facts.push_back({sku(i), received(2, began_ + 2h)});
    commit(std::move(content));
  }

  // The next process, after every number that it needs was told. The channel itself is away.
  std::unique_ptr<actors::node>
  start(adapters::http_client& client,
        std::shared_ptr<fake_adapter> adapter = std::make_shared<fake_adapter>()) {
    actors::node_options settings;
    settings.scheduler_threads = 2;
    auto node = *actors::node::start(std::move(settings),
                                     std::make_unique<faulty_store>(storage::open_memory(content_), plan));
    actors::channel_options options;
    options.account = "shop";
    options.marketplace = "fake";
    options.adapter = std::move(adapter);
    REQUIRE(node->add_channel(std::move(options), client).has_value());
    return node;
  }

  fault_plan plan;

 private:
  std::shared_ptr<storage::memory> content_ = storage::make_memory();
  std::unique_ptr<storage::store> store_ = storage::open_memory(content_);
  storage::batch_number batches_ = 0;
  engine::time_point began_ = wall_now() - 24h;
};

// Every listing but these tells that nothing is to be pushed, and their SKUs alone were loaded.
void check_loaded(const actors::node& node, std::size_t needed) {
  CHECK(comes_true([&] {
    const auto all = node.channels();
    return all && all->size() == 1 && all->front().at_rest == skus - needed;
  }));
  CHECK(node.statistics().sku_actors == needed);
}

} // namespace

TEST_CASE("a start loads no SKU of an account whose listings are all settled", "[node]") {
  remains left;
  adapters::http_client client{{.insecure_http = true}};
  const auto node = left.start(client);
  check_loaded(*node, 0);
}

TEST_CASE("a start loads the SKUs that have changed since their account's cursor, and pushes them",
          "[node]") {
  remains left;
  left.receive_more(7);
  left.receive_more(9);
  adapters::http_client client{{.insecure_http = true}};
  const auto node = left.start(client);
  check_loaded(*node, 2);
  const auto differences = node->channel_diff(shop, 100);
  REQUIRE(differences.has_value());
  CHECK(differences->size() == 2);
  CHECK(node->channels()->front().pending == 2);
}

TEST_CASE("a start loads the SKU of a listing that was changed just before the crash", "[node]") {
  remains left;
  auto capped = listing(3);
  capped.rule.cap = 4;
  left.commit(capped);
  adapters::http_client client{{.insecure_http = true}};
  const auto node = left.start(client);
  check_loaded(*node, 1);
  CHECK(node->channel_diff(shop, 100)->front().wanted == 4);
}

TEST_CASE("a start loads SKUs that were quarantined, released or not, and those never published", "[node]") {
  remains left;
  left.commit(storage::quarantined{sku(5), wall_now() - 30h, "for a test", true});
  left.commit(engine::product{sku(skus + 1), "new", "", {}});
  left.commit(listing(skus + 1));
  adapters::http_client client{{.insecure_http = true}};
  const auto node = left.start(client);
  CHECK(comes_true([&] { return node->channels()->front().at_rest == skus - 1; }));
  CHECK(node->statistics().sku_actors == 2);
}

TEST_CASE("an account that observes loads no SKU before somebody asks what differs", "[node]") {
  remains left{engine::account_mode::observe};
  adapters::http_client client{{.insecure_http = true}};
  const auto node = left.start(client);
  CHECK(comes_true([&] { return node->channels()->front().listings == skus; }));
  CHECK(node->statistics().sku_actors == 0);
  const auto differences = node->channel_diff(shop, 100);
  REQUIRE(differences.has_value());
  CHECK(differences->empty());
  CHECK(node->statistics().sku_actors == skus);
}

TEST_CASE("a channel that is started again does not rely on a cursor newer than its publications", "[node]") {
  remains left;
  left.receive_more(7);
  std::atomic<actors::node*> running{nullptr};
  std::atomic<int> reads{0};
  std::atomic<bool> recorded{false};
  actors::waiting_sink sink;
  // The second time, for the actor that is started again: what the failed one had sent becomes durable.
  left.plan.publications_read = [&] {
    if (++reads != 2) return;
    if (!comes_true([&] { return running.load() != nullptr; })) return;
    const auto number = running.load()->add_sink(sink);
    recorded = running.load()->record(left.settled(7), {number, 0, 0, 0, 1}).has_value() &&
               sink.wait(1, std::chrono::steady_clock::now() + 20s).has_value();
  };
  adapters::http_client client{{.insecure_http = true}};
  const auto node = left.start(client, std::make_shared<failing_adapter>(1));
  running = node.get();
  CHECK(comes_true([&] { return recorded.load() && node->statistics().actor_restarts == 1; }));
  check_loaded(*node, 1);
}
