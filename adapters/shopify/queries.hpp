// The GraphQL documents we send. Each is checked against Shopify's own schema by the contracts program.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lockstep::adapters::shopify {

inline constexpr std::string_view set_quantities_document =
    R"(mutation Push($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id }
    userErrors { field message code }
  }
}
)";

inline constexpr std::string_view list_document =
    R"(query Listings($first: Int!, $after: String, $location: ID!) {
  productVariants(first: $first, after: $after) {
    nodes {
      id
      sku
      inventoryItem {
        id
        tracked
        inventoryLevel(locationId: $location) { quantities(names: ["available"]) { name quantity } }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}
)";

// Levels of items ($ids) at `locations` places ($place0, $place1, ...). Each place is asked for by itself
// too, under the name of its alias, because an answer without a level does not say which place lacks it.
[[nodiscard]] std::string levels_document(std::size_t locations);

// Shopify's list of refunds has no cursor: an order with more of them, or with longer ones, than a page tells
// is asked for its refunds once more, in larger lists. What does not fit these is told as a fault.
inline constexpr int refunds_per_page = 5;
inline constexpr int refund_lines_per_page = 50;
inline constexpr int refunds_per_rest = 50;
inline constexpr int refund_lines_per_rest = 250;

struct orders_wanted {
  bool page = true; // changed orders: $first, $after, $query
  std::size_t rest =
      0; // the rest of the lines of so many orders that were too long: $order0 from $line0 on, ...
  std::size_t refunds = 0; // so many orders are to be asked for their refunds: the first now ($refunds0), the
                           // others, of whom the answer only repeats the ids, next time
};

[[nodiscard]] std::string orders_document(const orders_wanted& wanted);

} // namespace lockstep::adapters::shopify
