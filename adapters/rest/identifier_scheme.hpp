// Product identifiers in the one form that is stored and compared, and who bears them. Pure.
//
//   scheme                          what it is                         may several SKUs bear the same value?
//   gtin, upc, ean, isbn            one number with a check digit      yes: conditions, pack sizes
//   asin                            Amazon: ten of A-Z and 0-9         yes: own stock and Amazon's
//   walmart_item_id                 Walmart: digits                    yes: several offers of one item
//   ebay_listing                    eBay: the number of a listing      yes: its variations
//   shopify_product:ACCOUNT         of one shop: digits                yes: its variants
//   shopify_variant:ACCOUNT         of one shop: digits                no
//   shopify_inventory_item:ACCOUNT  of one shop: digits                no
//   woo_product:ACCOUNT             of one shop: digits                yes: its variations
//   woo_variation:ACCOUNT           of one shop: digits                no
//   any other NAME or NAME:ACCOUNT  any text                           yes
//
// Names of schemes are lower case. One SKU may bear several values of any scheme.
#pragma once

#include "engine/catalogue.hpp"
#include "engine/error.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace lockstep::adapters::rest {

inline constexpr std::size_t scheme_bytes_max = 64;

// Whether it can be the name of a scheme, known or any other.
[[nodiscard]] bool is_scheme(std::string_view name);

// The stored form of an identifier. The GTIN family: ("upc", 12 digits), ("ean", 8 or 13) or ("gtin", 14),
// whatever it was called; only of eight digits that could be both, `upc` says that they are a UPC-E, whose 12
// digits are stored. Shopify's gid://shopify/ProductVariant/1 is its number. error_code::malformed says
// what is wrong.
[[nodiscard]] engine::result<engine::identifier> stored_identifier(std::string_view scheme,
                                                                   std::string_view value);

// Every form under which the same thing may be stored: a GTIN is looked up under all names of its family.
[[nodiscard]] std::vector<engine::identifier> equivalent_identifiers(const engine::identifier& stored);

// Whether one of `codes`, in their stored form, is `code` under whatever name.
[[nodiscard]] bool bears(std::span<const engine::identifier> codes, const engine::identifier& code);

// At most one SKU bears it: a second one would get the first one's orders.
[[nodiscard]] bool names_one_sku(std::string_view scheme);

// Who bears a value.
struct lookup_match {
  engine::sku_id sku{};
  std::vector<engine::identifier> by; // under what: `sku`, a scheme, `item:ACCOUNT` or `variant:ACCOUNT`
};

// Under one scheme (malformed: the value cannot be of that scheme), or, when `scheme` is empty, under every one, in
// every form of the value, as a SKU code and as a listing's variant; as a listing's item when nothing else is
// found, which walks all listings. Each SKU once, at most limits::page_size_max of them.
[[nodiscard]] engine::result<std::vector<lookup_match>>
look_up(const engine::catalogue& known, std::string_view scheme, std::string_view value);

} // namespace lockstep::adapters::rest
