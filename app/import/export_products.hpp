// The catalogue and its stock as CSV in our own layout, which `lockstep import` reads back.
#pragma once

#include "app/import/api_client.hpp"
#include "engine/catalogue.hpp"
#include "engine/error.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lockstep::app {

struct exported_product {
  std::string code;
  std::string title;
  std::vector<engine::identifier> identifiers;
  std::optional<engine::quantity> on_hand; // none: never counted or received
  engine::quantity reserved = 0;
  engine::quantity available = 0;
};

// All products in the order of their codes. Stock is of the moment each page was read.
[[nodiscard]] engine::result<std::vector<exported_product>> read_catalogue(api_client& api);

// Header and one line for each product. Columns beside our own are the schemes that any product has; several
// identifiers of one scheme stand in one field with `;` between them.
[[nodiscard]] std::string to_csv(const std::vector<exported_product>& products);

// One JSON object a line.
[[nodiscard]] std::string to_ndjson(const std::vector<exported_product>& products);

} // namespace lockstep::app
