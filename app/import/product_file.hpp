// A CSV of products, judged line by line before anything is sent anywhere. Two layouts are known by their
// header:
//
//   ours     sku (required), title, upc, ean, gtin, asin, walmart_item_id, on_hand, and NAME:ACCOUNT for a
//            channel's own id, such as shopify_variant:eu. Any order; what is empty is not stated; several
//            identifiers in one field have `;` between them. reserved and available, which an export has,
//            are passed over.
//   shopify  the product export of a Shopify shop: Handle, Title, Option1 Value .., Variant SKU, Variant
//            Barcode, Variant Inventory Tracker, Variant Inventory Qty; other columns are passed over.
#pragma once

#include "engine/catalogue.hpp"
#include "engine/error.hpp"

#include <cstddef>
#include <istream>
#include <optional>
#include <string>
#include <vector>

namespace lockstep::app {

struct imported_product {
  std::size_t line = 0;
  std::string code;
  std::string title;
  std::vector<engine::identifier> identifiers;
  std::optional<engine::quantity> on_hand; // none: not stated, so the SKU has no number yet
};

struct line_finding {
  std::size_t line = 0;
  std::string what;
};

enum class product_layout : unsigned char { ours, shopify };

struct product_file {
  product_layout layout = product_layout::ours;
  std::vector<imported_product> products;
  std::vector<line_finding> bad;   // left out
  std::vector<line_finding> notes; // taken, but not as it stands
  std::size_t passed_over = 0;     // lines of an export that carry no variant: further pictures
};

struct product_file_options {
  bool code_from_barcode = false; // a line without a SKU takes its valid barcode as one
};

// error_code::malformed: no known header (which column is wrong is said); limit: more than
// limits::import_products_max.
[[nodiscard]] engine::result<product_file> read_products(std::istream& from,
                                                         const product_file_options& options);

} // namespace lockstep::app
