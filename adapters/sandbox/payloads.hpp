// Bodies of webhooks, in the REST shapes of Shopify, slashes escaped as Shopify escapes them.
#pragma once

#include "adapters/sandbox/shop_model.hpp"

#include <string>

namespace lockstep::adapters::sandbox {

[[nodiscard]] std::string order_payload(const shop_model& shop, const sold_order& order);
[[nodiscard]] std::string refund_payload(const shop_model& shop, const sold_order& order,
                                         const refund& given);
[[nodiscard]] std::string edit_payload(const sold_order& order, std::int64_t line, quantity difference);
[[nodiscard]] std::string level_payload(const shop_model::listed& of, std::int64_t location);

} // namespace lockstep::adapters::sandbox
