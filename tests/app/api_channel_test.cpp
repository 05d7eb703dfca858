// What the API tells of a channel that works, and what it may be told: a local shop on the other side.
#include "adapters/http_client.hpp"
#include "adapters/sandbox/shopify_shop.hpp"
#include "adapters/shopify/shopify_adapter.hpp"
#include "tests/app/api_world.hpp"
#include "tests/comes_true.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <functional>

using namespace lockstep;
using namespace std::chrono_literals;
using adapters::sandbox::shopify_shop;
using tests::api_world;
using tests::comes_true;

namespace {

// A shop that lists CHAIR with 7 and DESK with 4 units, joined to an engine that knows both.
struct shop_at_work {
  shop_at_work() : shop(open()) {
    shop->list({{.sku = "CHAIR", .variant = 11, .inventory_item = 101, .available = 7},
                {.sku = "DESK", .variant = 12, .inventory_item = 102, .available = 4}});
    here.stock("CHAIR", 5);
    here.stock("DESK", 4);
    adapters::channel_account account;
    account.name = "shop";
    account.base_url = shop->base_url();
    account.access_token = "shpat_sandbox";
    account.location = shop->location_id();
    actors::channel_options options;
    options.account = "shop";
    options.marketplace = "shopify";
    options.adapter = std::make_shared<adapters::shopify::shopify_adapter>(account);
    const auto added = here.node().add_channel(std::move(options), client);
    REQUIRE(added.has_value());
    order("sweep");
    REQUIRE(comes_true([this] { return status().number("listings") == 2 && differences() == 1; }));
  }

  static std::unique_ptr<shopify_shop> open() {
    auto started = shopify_shop::start({});
    REQUIRE(started.has_value());
    return std::move(*started);
  }

  [[nodiscard]] tests::api_answer status() { return all.get("/v1/channels/shop"); }

  [[nodiscard]] boost::json::array diff() {
    return all.get("/v1/channels/shop/diff").body.at("differences").as_array();
  }

  [[nodiscard]] std::size_t differences() {
    const auto lines = diff();
    const auto is_read = [](const auto& line) {
      return line.at("shown").is_int64() && line.at("wanted").is_int64();
    };
    return std::all_of(lines.begin(), lines.end(), is_read) ? lines.size() : SIZE_MAX;
  }

  void order(const std::string& what) {
    const auto answer = all.post("/v1/channels/shop/" + what, "");
    INFO(what << ": " << answer.raw.body);
    CHECK(answer.status == 204);
    CHECK(answer.raw.body.empty());
  }

  [[nodiscard]] engine::quantity shown(std::string_view sku) const {
    for (const auto& row : shop->shown())
      if (row.sku == sku) return row.available;
    return -1;
  }

  adapters::http_client client{{.insecure_http = true}}; // outlives the node
  std::unique_ptr<shopify_shop> shop;
  api_world here;
  tests::api_caller all = here.caller();
};

} // namespace

TEST_CASE("the difference of an observed channel tells what would be pushed, and nothing is") {
  shop_at_work at;
  const auto lines = at.diff();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].at("sku").as_string() == "CHAIR");
  CHECK(lines[0].at("item").as_string() == shopify_shop::item_id(101));
  CHECK(lines[0].at("location").as_string() == at.shop->location_id());
  CHECK(lines[0].at("shown").as_int64() == 7);
  CHECK(lines[0].at("wanted").as_int64() == 5);
  CHECK_FALSE(lines[0].at("why").as_string().empty());
  CHECK(at.status().text("mode") == "observe");
  CHECK(at.shop->statistics().writes == 0);
  CHECK(at.all.get("/v1/channels").body.at("channels").as_array().size() == 1);
}

TEST_CASE("a channel that is activated and flushed shows the truth") {
  shop_at_work at;
  at.order("activate");
  at.order("flush");
  CHECK(comes_true([&] { return at.shown("CHAIR") == 5 && at.diff().empty(); }));
  const auto now = at.status();
  CHECK(now.text("mode") == "active");
  CHECK(now.number("rows_acknowledged") >= 1);
  CHECK(now.body.as_object().contains("orders_read_to"));
  CHECK(at.shown("DESK") == 4);
  CHECK(at.all.post("/v1/channels/shop/activate", "").status == 409);
}

TEST_CASE("a paused channel keeps its number until it is resumed") {
  shop_at_work at;
  CHECK(at.all.post("/v1/channels/shop/pause", "").code() == "conflict"); // it observes
  at.order("activate");
  at.order("flush");
  REQUIRE(comes_true([&] { return at.diff().empty(); }));
  at.order("pause");
  CHECK(at.status().text("mode") == "paused");
  at.all.move("/v1/counts", R"({"sku":"DESK","counted":0})");
  at.order("flush");
  REQUIRE(comes_true([&] { return !at.diff().empty(); }));
  CHECK(at.diff().front().at("wanted").as_int64() == 0);
  CHECK(at.shown("DESK") == 4);
  at.order("resume");
  at.order("flush");
  CHECK(comes_true([&] { return at.shown("DESK") == 0 && at.diff().empty(); }));
  CHECK(at.status().text("mode") == "active");
}

TEST_CASE("explain tells every step from on hand to what a channel shows, and why it does not yet") {
  shop_at_work on;
  REQUIRE(on.all.put("/v1/accounts/shop/rules", R"({"buffer":2})").status == 200);
  on.all.move("/v1/counts", R"({"sku":"CHAIR","counted":6})");
  const auto listing = [&] {
    return on.all.get("/v1/skus/CHAIR/explain?account=shop").body.at("accounts").at(0).at("listings").at(0);
  };
  constexpr auto steps = R"([{"step":"available","units":6},{"step":"buffer","units":4,"by":"account"},)"
                         R"({"step":"shown","units":4}])";
  CHECK(comes_true([&] { return boost::json::serialize(listing().at("steps")) == steps; }));
  CHECK(listing().at("why").as_string() == "observing: nothing is written before the account is activated");
  const auto told = on.all.get("/v1/skus/CHAIR/explain");
  CHECK(told.number("on_hand") == 6);
  CHECK(told.body.at("locations").at(0).at("on_hand").as_int64() == 6);
  CHECK(told.body.at("moved").at("what").as_string() == "counted 6 units: 1 more than recorded");
  CHECK(told.body.at("moved").at("version").as_int64() == told.number("version"));
  CHECK(on.all.get("/v1/skus/CHAIR/explain?account=nobody").code() == "unknown-account");
  CHECK(on.all.get("/v1/skus/TABLE/explain").code() == "unknown-sku");
  CHECK(on.all.get("/v1/skus/CHAIR/explain?account=all").body.at("accounts").as_array().empty());
}
