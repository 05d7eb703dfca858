#include "adapters/sandbox/admin_schema.hpp"

namespace lockstep::adapters::sandbox {

const std::string_view admin_schema_text = R"(
schema { query: QueryRoot mutation: Mutation }

directive @idempotent(key: String!) on FIELD

scalar DateTime

type QueryRoot {
  inventoryItem(id: ID!): InventoryItem
  location(id: ID): Location
  nodes(ids: [ID!]!): [Node]!
  order(id: ID!): Order
  orders(first: Int, after: String, reverse: Boolean = false, sortKey: OrderSortKeys = PROCESSED_AT, query: String): OrderConnection!
  productVariants(first: Int, after: String): ProductVariantConnection!
}

type Mutation {
  inventorySetQuantities(input: InventorySetQuantitiesInput!): InventorySetQuantitiesPayload
}

input InventorySetQuantitiesInput {
  reason: String!
  name: String!
  referenceDocumentUri: String
  quantities: [InventoryQuantityInput!]!
}

input InventoryQuantityInput {
  inventoryItemId: ID!
  locationId: ID!
  quantity: Int!
  changeFromQuantity: Int
}

type InventorySetQuantitiesPayload {
  inventoryAdjustmentGroup: InventoryAdjustmentGroup
  userErrors: [InventorySetQuantitiesUserError!]!
}

type InventorySetQuantitiesUserError {
  code: InventorySetQuantitiesUserErrorCode
  field: [String!]
  message: String!
}

enum InventorySetQuantitiesUserErrorCode {
  INVALID_INVENTORY_ITEM INVALID_LOCATION INVALID_QUANTITY_NEGATIVE INVALID_REASON INVALID_REFERENCE_DOCUMENT
  ITEM_NOT_STOCKED_AT_LOCATION INVALID_QUANTITY_TOO_HIGH INVALID_QUANTITY_TOO_LOW COMPARE_QUANTITY_REQUIRED
  COMPARE_QUANTITY_STALE CHANGE_FROM_QUANTITY_STALE INVALID_NAME NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR
  NON_MUTABLE_INVENTORY_ITEM IDEMPOTENCY_CONCURRENT_REQUEST IDEMPOTENCY_KEY_PARAMETER_MISMATCH
  IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED
}

type InventoryAdjustmentGroup implements Node {
  changes: [InventoryChange!]!
  createdAt: DateTime!
  id: ID!
  reason: String!
  referenceDocumentUri: String
}

type InventoryChange {
  delta: Int!
  item: InventoryItem
  location: Location
  name: String!
  quantityAfterChange: Int
}

interface Node { id: ID! }

type PageInfo { endCursor: String hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String }

type Location implements Node { id: ID! name: String! }

type InventoryItem implements Node {
  id: ID!
  inventoryLevel(locationId: ID!): InventoryLevel
  sku: String
  tracked: Boolean!
}

type InventoryLevel implements Node {
  id: ID!
  item: InventoryItem!
  location: Location!
  quantities(names: [String!]!): [InventoryQuantity!]!
  updatedAt: DateTime!
}

type InventoryQuantity implements Node { id: ID! name: String! quantity: Int! updatedAt: DateTime }

type ProductVariant implements Node { id: ID! inventoryItem: InventoryItem! inventoryQuantity: Int sku: String }

type ProductVariantConnection { nodes: [ProductVariant!]! pageInfo: PageInfo! }

type OrderConnection { nodes: [Order!]! pageInfo: PageInfo! }

enum OrderSortKeys { CREATED_AT ID PROCESSED_AT UPDATED_AT }

type Order implements Node {
  cancelledAt: DateTime
  createdAt: DateTime!
  fulfillments(first: Int): [Fulfillment!]!
  id: ID!
  lineItems(first: Int, after: String): LineItemConnection!
  refunds(first: Int): [Refund!]!
  test: Boolean!
  updatedAt: DateTime!
}

type LineItemConnection { nodes: [LineItem!]! pageInfo: PageInfo! }

type LineItem implements Node {
  currentQuantity: Int!
  fulfillableQuantity: Int!
  id: ID!
  quantity: Int!
  sku: String
  unfulfilledQuantity: Int!
  variant: ProductVariant
}

enum FulfillmentStatus { PENDING OPEN SUCCESS CANCELLED ERROR FAILURE }

type Fulfillment implements Node {
  createdAt: DateTime!
  fulfillmentLineItems(first: Int, after: String): FulfillmentLineItemConnection!
  id: ID!
  status: FulfillmentStatus!
}

type FulfillmentLineItemConnection { nodes: [FulfillmentLineItem!]! pageInfo: PageInfo! }

type FulfillmentLineItem implements Node { id: ID! lineItem: LineItem! quantity: Int }

enum RefundLineItemRestockType { RETURN CANCEL LEGACY_RESTOCK NO_RESTOCK }

type Refund implements Node {
  createdAt: DateTime
  id: ID!
  refundLineItems(first: Int, after: String): RefundLineItemConnection!
}

type RefundLineItemConnection { nodes: [RefundLineItem!]! pageInfo: PageInfo! }

type RefundLineItem { id: ID lineItem: LineItem! quantity: Int! restockType: RefundLineItemRestockType! }
)";

} // namespace lockstep::adapters::sandbox
