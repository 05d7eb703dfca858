// Parts that all of the shop's GraphQL objects are made of.
#pragma once

#include "adapters/sandbox/admin_objects.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace lockstep::adapters::sandbox {

[[nodiscard]] boost::json::value to_json(time_point time);
[[nodiscard]] boost::json::value text_or_null(const std::string& text);
[[nodiscard]] std::string_view text_of(const boost::json::object& arguments, std::string_view name);
[[nodiscard]] std::size_t first_of(const boost::json::object& arguments); // Shopify gives at most 250
[[nodiscard]] std::int64_t to_number(std::string_view text);              // 0 when it is none

[[nodiscard]] graphql_value connection(std::string_view type, std::vector<graphql_value> nodes, bool more,
                                       std::string end);
[[nodiscard]] graphql_value location_object(const shop_model& shop);
[[nodiscard]] graphql_value item_object(const shop_model& shop, const shop_model::listed& of);
[[nodiscard]] graphql_value variant_object(const shop_model& shop, const shop_model::listed& of);
[[nodiscard]] graphql_value order_object(const shop_model& shop, const sold_order& order);

// A page of a list whose cursor is the index of the next element.
template <class List, class Make>
graphql_value indexed_connection(std::string_view type, const List& list,
                                 const boost::json::object& arguments, Make make) {
  const auto from =
      static_cast<std::size_t>(std::max<std::int64_t>(to_number(text_of(arguments, "after")), 0));
  const auto to = std::min(list.size(), from + first_of(arguments));
  std::vector<graphql_value> nodes;
  for (std::size_t i = from; i < to; ++i)
    nodes.push_back(make(list[i]));
  return connection(type, std::move(nodes), to < list.size(), fmt::to_string(to));
}

} // namespace lockstep::adapters::sandbox
