// What one line of a CSV (of a bundle: its lines) asks of the engine.
#pragma once

#include "app/csv.hpp"
#include "engine/catalogue.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace lockstep::app {

struct imported_product {
  // Nothing: what it has stays.
  std::optional<std::string> title{};
  std::optional<std::vector<engine::identifier>> identifiers{};
  std::optional<std::vector<std::string>> tags{};
};

struct imported_listing {
  std::string account; // by name
  std::string item, variant, location;
  engine::listing_rule rule;
};

struct imported_rule {
  std::string account; // by name
  std::string tag;     // empty: of the account
  engine::listing_rule rule;
};

struct imported_count {
  std::string location; // empty: main
  engine::quantity counted = 0;
};

struct imported_component {
  std::string sku;
  engine::quantity units = 0;
};

struct import_item {
  std::size_t line = 0;  // where it begins
  std::size_t lines = 1; // that it is made of
  std::string sku;      // empty: it is of none
  std::optional<imported_product> product;
  std::optional<imported_listing> listing;
  std::optional<imported_rule> rule;
  std::vector<imported_component> components;
  std::vector<imported_count> counts;
  std::vector<csv_record> records; // as they stand in the file; empty where nobody wants them

  // What may stand in a file once.
  [[nodiscard]] std::string name() const;
  // The same for people: "SKU 'A'".
  [[nodiscard]] std::string shown_name() const;
};

struct line_finding {
  std::size_t line = 0;
  std::string what;
};

} // namespace lockstep::app
