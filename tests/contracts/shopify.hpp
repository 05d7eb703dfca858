#pragma once

#include "tests/contracts/report.hpp"

namespace lockstep::contracts {

// Our documents and the sandbox's schema against Shopify's full one
// (DIR/shopify/admin-2026-04.schema.graphql.gz).
void check_shopify_schema(const std::string& directory, report& to);
// Recorded answers through our decoder, and through the sandbox (DIR/shopify/recorded).
void check_shopify_recorded(const std::string& directory, report& to);
// Signatures and orders (DIR/vectors).
void check_shopify_webhooks(const std::string& directory, report& to);

} // namespace lockstep::contracts
