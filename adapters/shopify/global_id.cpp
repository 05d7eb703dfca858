#include "adapters/shopify/global_id.hpp"

namespace lockstep::adapters::shopify {

std::string_view number_of(std::string_view global_id) {
  if (!global_id.starts_with("gid://shopify/")) return {};
  auto number = global_id.substr(global_id.rfind('/') + 1);
  number = number.substr(0, number.find('?')); // some carry parameters
  return number.find_first_not_of("0123456789") == std::string_view::npos ? number : std::string_view{};
}

std::string read_number(json_reader::place id) {
  const auto text = id.text();
  const auto number = number_of(text);
  if (number.empty()) id.fail("a global id");
  return std::string{number};
}

std::string read_optional_number(json_reader::place id) {
  return id.is_null() ? std::string{} : read_number(id);
}

} // namespace lockstep::adapters::shopify
