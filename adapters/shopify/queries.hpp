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

// Changed orders ($first, $after, $query; left out unless `page`), and the rest of the lines of `rest` orders
// that were too long for their page ($order0 from $line0 on, ...).
[[nodiscard]] std::string orders_document(bool page, std::size_t rest);

} // namespace lockstep::adapters::shopify
