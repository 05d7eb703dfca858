#include "adapters/shopify/queries.hpp"

#include <fmt/format.h>

namespace lockstep::adapters::shopify {

namespace {

// What is stated of an order apart from its lines. Fulfilments and refunds are bounded lists: see
// order_page.cpp for what is left unsaid when one is full.
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

constexpr std::string_view refunds_fragment = R"(fragment refunds on Order {
  refunds(first: 5) {
    id
    createdAt
    refundLineItems(first: 50) { nodes { id quantity restockType lineItem { id sku variant { id } } } }
  }
}
)";

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

std::string orders_document(bool page, std::size_t rest) {
  std::string variables = "$lines: Int!";
  std::string fields;
  std::string fragments{order_fragment};
  fragments += lines_fragment;
  if (page) {
    variables += ", $first: Int!, $after: String, $query: String!";
    fields += "  orders(first: $first, after: $after, sortKey: UPDATED_AT, query: $query) {\n"
              "    nodes { ...order ...refunds lineItems(first: $lines) { ...lines } }\n"
              "    pageInfo { hasNextPage endCursor }\n  }\n";
    fragments += refunds_fragment;
  }
  for (std::size_t i = 0; i < rest; ++i) {
    variables += fmt::format(", $order{0}: ID!, $line{0}: String!", i);
    fields += fmt::format("  rest{0}: order(id: $order{0}) {{ ...order lineItems(first: $lines, after: "
                          "$line{0}) {{ ...lines }} }}\n",
                          i);
  }
  return fmt::format("query Orders({}) {{\n{}}}\n{}", variables, fields, fragments);
}

} // namespace lockstep::adapters::shopify
