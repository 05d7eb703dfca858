// What Shopify tells of an order, through adapter and intake into one SKU.
#include "adapters/order_intake.hpp"
#include "engine/sku_owner.hpp"
#include "tests/adapters/shopify_samples.hpp"
#include "tests/catch.hpp"

#include <fmt/format.h>

using namespace lockstep;
using engine::refusal;

namespace {

const engine::time_point noon{std::chrono::sys_days{std::chrono::year{2026} / 3 / 5} +
                              std::chrono::hours{12}};
const engine::account shop{engine::account_id{3}, "eu", "shopify", engine::account_mode::active};

class sku_of_a_shop {
 public:
  sku_of_a_shop() {
    REQUIRE(known_.put(shop).has_value());
    REQUIRE(known_.put(engine::product{engine::sku_id{1}, "A", "", {}}).has_value());
    engine::command counted;
    counted.body = engine::count{.counted = 10, .note = {}};
    REQUIRE(owner_.apply(counted, noon, nullptr).decision.reason == refusal::none);
  }

  // Why each command of the webhook was refused, or none.
  std::vector<refusal> tell(const std::string& topic, const std::string& body) {
    const std::vector<adapters::header> headers{{"x-shopify-topic", topic}};
    const auto orders = tests::sample_adapter().decode_webhook(headers, body);
    REQUIRE(orders.has_value());
    std::vector<refusal> reasons;
    for (const auto& [sku, asked] : adapters::plan_orders(known_, shop, *orders, false).commands)
      reasons.push_back(owner_.apply(asked, noon, nullptr).decision.reason);
    return reasons;
  }

  [[nodiscard]] engine::figures figures() const { return engine::figures_of(owner_.state()); }

 private:
  engine::catalogue known_;
  engine::sku_owner owner_{engine::sku_id{1}, {}};
};

std::string refund_line(std::string_view type) {
  return fmt::format(
      R"({{"id":31,"order_id":1001,"created_at":"2026-03-05T11:00:00Z","refund_line_items":[{{"id":41,)"
      R"("line_item_id":11,"quantity":1,"restock_type":"{}","line_item":{{"variant_id":21,"sku":"A"}}}}]}})",
      type);
}

// Placed twenty days ago, one unit, shipped long ago.
std::string old_order(const std::string& refunds) {
  return R"({"id":1001,"test":false,"created_at":"2026-02-13T12:00:00Z","updated_at":"2026-03-05T11:00:00Z",)"
         R"("line_items":[{"id":11,"variant_id":21,"sku":"A","quantity":1,"fulfillable_quantity":0}],)"
         R"("fulfillments":[{"status":"success","line_items":[{"id":11,"quantity":1}]}],"refunds":[)" +
         refunds + "]}";
}

} // namespace

TEST_CASE("a return after its order was forgotten never takes the order for a new one") {
  sku_of_a_shop sku;
  const std::vector<refusal> taken{refusal::none};
  const std::vector<refusal> late{refusal::older_than_window};
  CHECK(sku.tell("orders/updated", old_order("")) == late);
  CHECK(sku.tell("refunds/create", refund_line("return")) == taken);
  CHECK(sku.figures().inspecting == 1);
  CHECK(sku.tell("orders/updated", old_order("")) == late);
  CHECK(sku.tell("orders/updated", old_order(refund_line("return"))).front() == refusal::older_than_window);
  CHECK(sku.tell("orders/updated", old_order("")) == late);
  CHECK(sku.figures().on_hand == 10);
  CHECK(sku.figures().reserved == 0);
}

TEST_CASE("a cancel after its order was forgotten never takes the order for a new one") {
  sku_of_a_shop sku;
  (void)sku.tell("refunds/create", refund_line("cancel"));
  CHECK(sku.tell("orders/updated", old_order("")) == std::vector<refusal>{refusal::older_than_window});
  CHECK(sku.figures().on_hand == 10);
}
