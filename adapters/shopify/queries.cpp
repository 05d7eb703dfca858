#include "adapters/shopify/queries.hpp"

#include <fmt/format.h>

namespace lockstep::adapters::shopify {

namespace {

// What is stated of an order apart from its lines. Fulfilments and refunds are bounded lists without a
// cursor: see order_page.cpp for what is done when one is full.
constexpr std::string_view order_fragment = R"(fragment order on Order {
  id
  test
  createdAt
  updatedAt
  cancelledAt
  fulfillments(first: 10) {
    status
    fulfillmentLineItems(first: 50) { nodes { quantity lineItem { id } } pageInfo { hasNextPage } }
  }
}
)";

constexpr std::string_view refund_lines_fragment = R"(fragment refundLines on RefundLineItemConnection {
  nodes { id quantity restockType lineItem { id sku variant { id } } }
  pageInfo { hasNextPage }
}
)";

std::string refunds_of(int refunds, int lines) {
  return fmt::format("refunds(first: {}) {{ id createdAt refundLineItems(first: {}) {{ ...refundLines }} }}",
                     refunds, lines);
}

constexpr std::string_view lines_fragment = R"(fragment lines on LineItemConnection {
  nodes { id sku quantity fulfillableQuantity variant { id } }
  pageInfo { hasNextPage endCursor }
}
)";

} // namespace

std::string levels_document(std::size_t locations) {
  std::string variables = "$ids: [ID!]!";
  std::string places;
  std::string levels;
  for (std::size_t i = 0; i < locations; ++i) {
    variables += fmt::format(", $place{}: ID!", i);
    places += fmt::format("  place{0}: location(id: $place{0}) {{ id }}\n", i);
    levels += fmt::format("      place{0}: inventoryLevel(locationId: $place{0}) "
                          "{{ quantities(names: [\"available\"]) {{ name quantity }} }}\n",
                          i);
  }
  return fmt::format(
      "query Levels({}) {{\n{}  nodes(ids: $ids) {{\n    ... on InventoryItem {{\n      id\n      sku\n"
      "      tracked\n{}    }}\n  }}\n}}\n",
      variables, places, levels);
}

std::string orders_document(const orders_wanted& wanted) {
  // Shopify refuses a document that declares what it does not use.
  std::string variables;
  std::string fields;
  std::string fragments;
  if (wanted.page || wanted.rest > 0) {
    variables += "$lines: Int!, ";
    fragments += order_fragment;
    fragments += lines_fragment;
  }
  if (wanted.page || wanted.refunds > 0) fragments += refund_lines_fragment;
  if (wanted.page) {
    variables += "$first: Int!, $after: String, $query: String!, ";
    fields += fmt::format("  orders(first: $first, after: $after, sortKey: UPDATED_AT, query: $query) {{\n"
                          "    nodes {{ ...order lineItems(first: $lines) {{ ...lines }}\n      {} }}\n"
                          "    pageInfo {{ hasNextPage endCursor }}\n  }}\n",
                          refunds_of(refunds_per_page, refund_lines_per_page));
  }
  if (wanted.refunds > 0) {
    variables += "$refunds0: ID!, ";
    fields += fmt::format("  refunds0: order(id: $refunds0) {{ id test createdAt updatedAt\n    {} }}\n",
                          refunds_of(refunds_per_rest, refund_lines_per_rest));
  }
  for (std::size_t i = 1; i < wanted.refunds; ++i) {
    variables += fmt::format("$refunds{}: ID!, ", i);
    fields += fmt::format("  refunds{0}: order(id: $refunds{0}) {{ id }}\n", i);
  }
  for (std::size_t i = 0; i < wanted.rest; ++i) {
    variables += fmt::format("$order{0}: ID!, $line{0}: String!, ", i);
    fields += fmt::format("  rest{0}: order(id: $order{0}) {{ ...order lineItems(first: $lines, after: "
                          "$line{0}) {{ ...lines }} }}\n",
                          i);
  }
  return fmt::format("query Orders({}) {{\n{}}}\n{}", variables, fields, fragments);
}

} // namespace lockstep::adapters::shopify
