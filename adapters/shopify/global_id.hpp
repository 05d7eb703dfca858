// Shopify's global ids: "gid://shopify/Order/450789469".
#pragma once

#include "adapters/json_reader.hpp"

#include <string>
#include <string_view>

namespace lockstep::adapters::shopify {

// The decimal number of a global id; empty when the text is none.
[[nodiscard]] std::string_view number_of(std::string_view global_id);

// The same of a document's value, which must be one.
[[nodiscard]] std::string read_number(json_reader::place id);
// As read_number(); null or missing: empty.
[[nodiscard]] std::string read_optional_number(json_reader::place id);

} // namespace lockstep::adapters::shopify
