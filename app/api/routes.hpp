// The coroutines behind the routes, by the file that holds them.
#pragma once

#include "adapters/rest/json_text.hpp"
#include "adapters/rest/product.hpp"
#include "app/api/route.hpp"
#include "engine/bundle.hpp"
#include "engine/remedy.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace lockstep::app {

// movement_routes.cpp
io_task<http_answer> serve_movement(call& c);
io_task<http_answer> serve_hold(call& c);
// batch_route.cpp
io_task<http_answer> serve_batch(call& c);
// catalogue_route.cpp
io_task<http_answer> serve_catalogue_batch(call& c);
// bundle_routes.cpp
io_task<http_answer> serve_components_change(call& c);
// Records that `sku` is made of `wanted`; what is wrong, or nothing once it is durable. `judge`: what would
// be wrong, and nothing is recorded.
enum class composing : unsigned char { record, judge };
io_task<std::optional<rest::problem>> compose_bundle(call& c, engine::sku_id sku,
                                                     const std::vector<rest::component_request>& wanted,
                                                     composing how = composing::record);
io_task<http_answer> serve_bundle_stock(call& c, std::string_view code, engine::bundle of);
// Nothing: a plain SKU.
std::optional<engine::bundle> find_bundle(const call& c, engine::sku_id sku);
// In the order of its leaves. `detail` as of engine::read_stock.
io_task<rest::decoded<std::vector<actors::answer>>> read_leaves(const call& c, const engine::bundle& of, bool detail);
// What the leaves make of it, as members of an open object.
void put_bundle_stock(rest::json_text& to, std::string_view code, const engine::bundle& of,
                      const std::vector<actors::answer>& leaves, const engine::catalogue& known);
// stock_routes.cpp
io_task<http_answer> serve_stock(call& c);
io_task<http_answer> serve_stock_list(call& c);
// product_routes.cpp
io_task<http_answer> serve_product_change(call& c);
io_task<http_answer> serve_product(call& c);
io_task<http_answer> serve_product_list(call& c);
io_task<http_answer> serve_accounts(call& c);
io_task<http_answer> serve_account_listings(call& c);
// location_routes.cpp
io_task<http_answer> serve_locations(call& c);
io_task<http_answer> serve_location(call& c);
io_task<http_answer> serve_location_change(call& c);
io_task<http_answer> serve_sourcing(call& c);
io_task<http_answer> serve_sourcing_change(call& c);
// rule_routes.cpp
io_task<http_answer> serve_rule_list(call& c);
io_task<http_answer> serve_rules(call& c);
io_task<http_answer> serve_rule_change(call& c);
io_task<http_answer> serve_tag_rule_change(call& c);
// identify_routes.cpp
io_task<http_answer> serve_identify(call& c);
io_task<http_answer> serve_identification(call& c);
// proposal_routes.cpp
io_task<http_answer> serve_proposals(call& c);
io_task<http_answer> serve_proposal_confirm(call& c);
io_task<http_answer> serve_proposal_reject(call& c);
// lookup_route.cpp
io_task<http_answer> serve_lookup(call& c);
// sku_routes.cpp
// The SKU's figures and its whole state, as of its last decision.
io_task<rest::decoded<actors::answer>> read_detail(const call& c, engine::sku_id sku);
// What asks a SKU for its figures, or for its whole state as well.
[[nodiscard]] actors::submission stock_read(const call& c, engine::sku_id sku, actors::ticket to,
                                            bool detail = false);
io_task<http_answer> serve_sku(call& c);
// explain_route.cpp
io_task<http_answer> serve_explain(call& c);
// audit_routes.cpp
io_task<http_answer> serve_sku_audit(call& c);
io_task<http_answer> serve_audit(call& c);
// substitute_routes.cpp
io_task<http_answer> serve_substitutes_change(call& c);
// Those of a product, best first, with what of each is available now.
io_task<rest::decoded<std::vector<engine::substitute>>> read_substitute_stock(const call& c,
                                                                              engine::sku_id of);
// incident_routes.cpp
io_task<http_answer> serve_incidents(call& c);
io_task<http_answer> serve_incident(call& c);
// channel_routes.cpp
io_task<http_answer> serve_channels(call& c);
io_task<http_answer> serve_channel(call& c);
io_task<http_answer> serve_channel_difference(call& c);
io_task<http_answer> serve_channel_order(call& c);
// dead_letter_routes.cpp
io_task<http_answer> serve_dead_letters(call& c);
io_task<http_answer> serve_dead_letter(call& c);
io_task<http_answer> serve_dead_letter_replay(call& c);
io_task<http_answer> serve_dead_letter_dismissal(call& c);
// quarantine_routes.cpp
io_task<http_answer> serve_quarantine(call& c);
io_task<http_answer> serve_release(call& c);
// webhook_route.cpp
io_task<http_answer> serve_webhook(call& c);
// problem_route.cpp
io_task<http_answer> serve_problem(call& c);

} // namespace lockstep::app
