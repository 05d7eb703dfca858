// Sends judged products to an engine: first the products, then what is on hand as counts.
#pragma once

#include "app/import/api_client.hpp"
#include "app/import/product_file.hpp"
#include "engine/error.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::app {

struct import_result {
  std::size_t products_new = 0;
  std::size_t products_changed = 0; // known before; now as the file states them
  std::size_t counted = 0;
  std::size_t counted_before = 0;    // the same line of the same import: its first outcome stands
  std::vector<line_finding> refused; // by the engine
};

struct import_progress {
  std::function<void(std::size_t products)> products_sent;
  std::function<void(std::size_t counts)> counts_sent;
};

// `name` with a product's line is the key of its count, so that the same import twice counts once, though
// units were sold in between. unavailable: the engine went away; the same import may be sent again.
[[nodiscard]] engine::result<import_result> import_products(api_client& api,
                                                            const std::vector<imported_product>& products,
                                                            std::string_view name,
                                                            const import_progress& told);

} // namespace lockstep::app
