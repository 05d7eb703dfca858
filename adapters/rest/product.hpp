// A product and its listings as the API takes them. Pure.
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
  // Nothing: what it has stays.
  std::optional<std::string> title;
  std::optional<std::vector<engine::identifier>> identifiers; // in their stored form, each once
  std::optional<std::vector<std::string>> tags;               // by name, each once
  std::vector<listing_request> listings;                      // added or changed; others stay
};

// Problems: invalid_body with every mistake found, an identifier's wrong check digit among them.
[[nodiscard]] decoded<product_request> decode_product(const boost::json::object& body);

// One listing of a product that the body names as `sku`.
struct placed_listing {
  std::string sku;
  listing_request listing;
};

[[nodiscard]] decoded<placed_listing> decode_listing(const boost::json::object& body);

struct component_request {
  std::string sku;
  engine::quantity units = 0;
  std::string pointer;
};

// What a bundle is made of. Problems as above.
[[nodiscard]] decoded<std::vector<component_request>> decode_components(const boost::json::object& body);

} // namespace lockstep::adapters::rest
