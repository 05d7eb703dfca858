// Rules of accounts in a whole node: durable, and derived by at once.
#include "actors/node.hpp"

#include "storage/memory/memory_store.hpp"
#include "tests/actors/commands.hpp"
#include "tests/actors/fake_channel.hpp"
#include "tests/catch.hpp"
#include "tests/comes_true.hpp"

using namespace lockstep;
using namespace lockstep::tests;
using namespace std::chrono_literals;

namespace {

constexpr engine::sku_id sku{1};

std::unique_ptr<actors::node> start(const std::shared_ptr<storage::memory>& disk) {
  auto started = actors::node::start({}, storage::open_memory(disk));
  REQUIRE(started.has_value());
  return std::move(*started);
}

} // namespace

TEST_CASE("a rule of an account and one of a tag are durable, and its channel derives its numbers by them", "[node]") {
  adapters::http_client client{{.insecure_http = true}};
  const auto disk = storage::make_memory();
  const engine::account_id shop{5};
  {
    auto engine = start(disk);
    REQUIRE(engine
                ->record({engine::product{sku, "MUG-1", "Mug", {}},
                          engine::account{shop, "shop-1", "fake", engine::account_mode::observe},
                          engine::listing{engine::listing_id{1}, shop, sku, "m", "", "here", {}}},
                         {})
                .has_value());
    REQUIRE(engine->submit(actors::submission{sku, receive("r", 10), {}}) == actors::admission::accepted);
    actors::channel_options options;
    options.account = "shop-1";
    options.marketplace = "fake";
    options.adapter = std::make_shared<fake_adapter>();
    REQUIRE(engine->add_channel(options, client).has_value());
    const auto shows = [&](engine::quantity wanted) {
      return comes_true([&] {
        const auto differences = engine->channel_diff(shop, 10);
        return differences && differences->size() == 1 && differences->front().wanted == wanted;
      });
    };
    CHECK(shows(10));
    engine::listing_rule rule;
    rule.cap = 4;
    REQUIRE(engine->record({engine::account_rule{shop, "", rule}}, {}).has_value());
    CHECK(shows(4));
    rule.cap = 2;
    REQUIRE(engine->record({engine::account_rule{shop, "hot", rule}}, {}).has_value());
    REQUIRE(engine->record({engine::product{sku, "MUG-1", "Mug", {}, {"hot"}}}, {}));
    CHECK(shows(2));
    REQUIRE(engine->record({engine::account_rule{shop, "hot", {}}}, {}));
    CHECK(shows(4));
  }
  auto engine = start(disk);
  const auto rules = engine->catalogue()->rules_of(shop);
  CHECK(rules.all.cap == 4);
  CHECK(rules.by_tag.empty());
  CHECK(engine->catalogue()->find(sku)->tags == std::vector<std::string>{"hot"});
  const auto reader = engine->open_reader();
  REQUIRE(reader);
  const auto cursor = (*reader)->load_watermark(shop, "numbers");
  REQUIRE((cursor && *cursor));
  CHECK((*cursor)->at == engine::time_point{}); // the next start asks for every number
}
