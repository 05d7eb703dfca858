#include "app/api/route.hpp"
#include "app/api/routes.hpp"
#include "engine/limits.hpp"

#include <array>

namespace lockstep::app {

namespace {

using enum access;
using enum body_kind;
using actors::channel_order;
using rest::operation;

constexpr auto get = http_method::get;
constexpr auto post = http_method::post;
constexpr auto put = http_method::put;
constexpr auto body_max = limits::http_body_bytes_max;
constexpr auto batch_max = limits::http_batch_body_bytes_max;

// A movement that stands for itself, and one on a thing that the path names and that may need no body.
constexpr route movement(std::string_view pattern, operation op, access needs = write) {
  return {post, pattern, needs, json, body_max, serve_movement, op, {}};
}

constexpr route movement_of(std::string_view pattern, operation op) {
  return {post, pattern, write, json_or_none, body_max, serve_movement, op, {}};
}

// Begins something that has an id of its caller's own.
constexpr route stated(std::string_view pattern, operation op) {
  return {put, pattern, write, json, body_max, serve_movement, op, {}};
}

constexpr route read_of(std::string_view pattern, io_task<http_answer> (*serve)(call&), access needs = read) {
  return {get, pattern, needs, none, 0, serve, {}, {}};
}

constexpr route order_of(std::string_view pattern, channel_order order) {
  return {post, pattern, admin, none, 0, serve_channel_order, {}, order};
}

constexpr std::array table{
    route{post, "/webhooks/{account}", open, raw, body_max, serve_webhook, {}, {}},
    movement("/v1/holds", operation::hold),
    movement_of("/v1/holds/{hold}/confirm", operation::confirm),
    movement_of("/v1/holds/{hold}/release", operation::release),
    movement_of("/v1/holds/{hold}/ship", operation::ship_hold),
    movement("/v1/orders", operation::order),
    read_of("/v1/stock/{sku}", serve_stock),
    route{post, "/v1/batch", write, ndjson, batch_max, serve_batch, {}, {}},
    read_of("/v1/holds/{hold}", serve_hold),
    movement_of("/v1/orders/{order}/cancel", operation::cancel),
    movement_of("/v1/orders/{order}/ship", operation::ship),
    movement_of("/v1/holds/{hold}/extend", operation::extend),
    movement_of("/v1/holds/{hold}/allocate", operation::allocate),
    movement_of("/v1/orders/{order}/allocate", operation::allocate),
    movement("/v1/receipts", operation::receipt),
    movement("/v1/adjustments", operation::adjustment),
    movement("/v1/counts", operation::count),
    movement("/v1/safety", operation::safety),
    movement("/v1/returns", operation::take_return),
    movement("/v1/inspections", operation::inspection),
    movement("/v1/available", operation::available),
    movement("/v1/fences", operation::fence),
    stated("/v1/transfers/{transfer}", operation::transfer),
    movement_of("/v1/transfers/{transfer}/receipts", operation::transfer_receipt),
    movement_of("/v1/transfers/{transfer}/cancel", operation::cancel_transfer),
    stated("/v1/supplies/{supply}", operation::supply),
    movement_of("/v1/supplies/{supply}/receipts", operation::receipt),
    movement_of("/v1/supplies/{supply}/cancel", operation::cancel_supply),
    stated("/v1/returns/{return}", operation::announce_return),
    movement_of("/v1/returns/{return}/arrivals", operation::return_arrival),
    movement_of("/v1/returns/{return}/inspections", operation::inspection),
    movement_of("/v1/returns/{return}/close", operation::close_return),
    read_of("/v1/stock", serve_stock_list),
    read_of("/v1/skus/{sku}", serve_sku),
    read_of("/v1/skus/{sku}/explain", serve_explain),
    read_of("/v1/products", serve_product_list),
    route{post, "/v1/products", write, json, body_max, serve_product_change, {}, {}},
    read_of("/v1/products/{sku}", serve_product),
    route{put, "/v1/products/{sku}", write, json_or_none, body_max, serve_product_change, {}, {}},
    route{put, "/v1/products/{sku}/components", write, json, body_max, serve_components_change, {}, {}},
    route{put, "/v1/products/{sku}/substitutes", write, json, body_max, serve_substitutes_change, {}, {}},
    route{http_method::remove,
          "/v1/products/{sku}/substitutes",
          write,
          none,
          0,
          serve_substitutes_change,
          {},
          {}},
    route{post, "/v1/products/{sku}/release", admin, none, 0, serve_release, {}, {}},
    read_of("/v1/lookup", serve_lookup),
    read_of("/v1/identify", serve_identification),
    route{post, "/v1/identify", write, json, body_max, serve_identify, {}, {}},
    read_of("/v1/proposals", serve_proposals),
    route{post, "/v1/proposals/{proposal}/confirm", write, none, 0, serve_proposal_confirm, {}, {}},
    route{post, "/v1/proposals/{proposal}/reject", write, none, 0, serve_proposal_reject, {}, {}},
    route{post, "/v1/catalogue", write, ndjson, batch_max, serve_catalogue_batch, {}, {}},
    read_of("/v1/quarantine", serve_quarantine),
    read_of("/v1/accounts", serve_accounts),
    read_of("/v1/accounts/{account}/listings", serve_account_listings),
    read_of("/v1/accounts/{account}/sourcing", serve_sourcing),
    route{put, "/v1/accounts/{account}/sourcing", admin, json, body_max, serve_sourcing_change, {}, {}},
    route{http_method::remove,
          "/v1/accounts/{account}/sourcing",
          admin,
          none,
          0,
          serve_sourcing_change,
          {},
          {}},
    read_of("/v1/rules", serve_rule_list),
    read_of("/v1/accounts/{account}/rules", serve_rules),
    route{put, "/v1/accounts/{account}/rules", admin, json, body_max, serve_rule_change, {}, {}},
    route{http_method::remove, "/v1/accounts/{account}/rules", admin, none, 0, serve_rule_change, {}, {}},
    route{put, "/v1/accounts/{account}/rules/{tag}", admin, json, body_max, serve_tag_rule_change, {}, {}},
    route{http_method::remove,
          "/v1/accounts/{account}/rules/{tag}",
          admin,
          none,
          0,
          serve_tag_rule_change,
          {},
          {}},
    read_of("/v1/locations", serve_locations),
    read_of("/v1/locations/{location}", serve_location),
    route{put, "/v1/locations/{location}", admin, json_or_none, body_max, serve_location_change, {}, {}},
    read_of("/v1/audit", serve_audit),
    read_of("/v1/audit/{sku}", serve_sku_audit),
    read_of("/v1/incidents", serve_incidents),
    read_of("/v1/incidents/{sku}/{incident}", serve_incident),
    movement("/v1/incidents/{sku}/{incident}/resolve", operation::resolve, admin),
    read_of("/v1/channels", serve_channels),
    read_of("/v1/channels/{account}", serve_channel),
    read_of("/v1/channels/{account}/diff", serve_channel_difference),
    order_of("/v1/channels/{account}/activate", channel_order::activate),
    order_of("/v1/channels/{account}/pause", channel_order::pause),
    order_of("/v1/channels/{account}/resume", channel_order::resume),
    order_of("/v1/channels/{account}/flush", channel_order::flush),
    order_of("/v1/channels/{account}/release-brake", channel_order::release_brake),
    order_of("/v1/channels/{account}/sweep", channel_order::sweep),
    read_of("/v1/dead-letters", serve_dead_letters, admin),
    read_of("/v1/dead-letters/{id}", serve_dead_letter, admin),
    route{post, "/v1/dead-letters/{id}/replay", admin, none, 0, serve_dead_letter_replay, {}, {}},
    route{post, "/v1/dead-letters/{id}/dismiss", admin, none, 0, serve_dead_letter_dismissal, {}, {}},
    read_of("/problems/{code}", serve_problem, open),
};

} // namespace

std::span<const route> route_table() {
  return table;
}

} // namespace lockstep::app
