// The shop's things as GraphQL objects. They point into the model: use them before it changes.
#pragma once

#include "adapters/sandbox/graphql_run.hpp"
#include "adapters/sandbox/shop_model.hpp"

namespace lockstep::adapters::sandbox {

[[nodiscard]] graphql_object query_root(const shop_model& shop);

// The group of a write that was applied: Shopify tells two changes per row, of available and of on_hand.
// `changes`: inventory item and difference. `input` outlives the object.
[[nodiscard]] graphql_object adjustment_group(const shop_model& shop, std::int64_t id, time_point created_at,
                                              const boost::json::object& input,
                                              std::vector<std::pair<std::int64_t, quantity>> changes);

// "gid://shopify/KIND/NUMBER", and the number of such an id; 0 when it is of another kind.
[[nodiscard]] std::string global_id(std::string_view kind, std::int64_t number);
[[nodiscard]] std::int64_t number_of(std::string_view id, std::string_view kind);

} // namespace lockstep::adapters::sandbox
