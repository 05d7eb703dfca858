// A product and its listings as the API takes them, and product identifiers in the one form that is stored.
// Pure.
#pragma once

#include "adapters/rest/problem.hpp"
#include "engine/catalogue.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::adapters::rest {

struct listing_request {
  std::string account; // by name
  std::string item;
  std::string variant;
  std::string location;
  engine::listing_rule rule;
  std::string pointer; // where it stands in the body
};

struct product_request {
  std::string sku;
  std::string title;
  std::vector<engine::identifier> identifiers; // in their stored form, each once
  std::optional<std::vector<std::string>> tags; // by name, each once; nothing: those it has stay
  std::vector<listing_request> listings;       // added or changed; others stay
};

// Problems: invalid_body with every mistake found, an identifier's wrong check digit among them.
[[nodiscard]] decoded<product_request> decode_product(const boost::json::object& body);

struct component_request {
  std::string sku;
  engine::quantity units = 0;
  std::string pointer;
};

// What a bundle is made of. Problems as above.
[[nodiscard]] decoded<std::vector<component_request>> decode_components(const boost::json::object& body);

// The stored form of an identifier. `gtin`, `upc`, `ean` and `isbn` are one family: ("upc", 12 digits),
// ("ean", 8 or 13) or ("gtin", 14), whatever they were called. `asin` is ten of A-Z and 0-9.
// `walmart_item_id` is digits. Any other scheme is NAME or NAME:ACCOUNT in lower case with any text.
// error_code::malformed says what is wrong.
[[nodiscard]] engine::result<engine::identifier> stored_identifier(std::string_view scheme,
                                                                   std::string_view value);

// Every form under which the same thing may be stored: a GTIN is looked up under all names of its family.
[[nodiscard]] std::vector<engine::identifier> equivalent_identifiers(const engine::identifier& stored);

} // namespace lockstep::adapters::rest
