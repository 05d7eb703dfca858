// Execution of a checked document: walks the selections, asks objects for their fields, shapes the answer.
#pragma once

#include "adapters/sandbox/graphql_check.hpp"

#include <boost/json/value.hpp>

#include <functional>
#include <memory>
#include <variant>
#include <vector>

namespace lockstep::adapters::sandbox {

struct graphql_object;

// A leaf (null included), an object, or a list of any.
struct graphql_value {
  std::variant<boost::json::value, std::shared_ptr<const graphql_object>, std::vector<graphql_value>> is;

  graphql_value() = default;

  graphql_value(boost::json::value leaf) : is(std::move(leaf)) {}

  graphql_value(graphql_object object);

  graphql_value(std::vector<graphql_value> list) : is(std::move(list)) {}
};

// An object knows its type, and a value for each field of that type that the schema allows.
struct graphql_object {
  std::string_view type;
  std::function<graphql_value(const selection& field, const boost::json::object& arguments)> resolve;
};

// Values of arguments, variables put in. Absent variables are left out.
[[nodiscard]] boost::json::object read_arguments(const selection& field,
                                                 const boost::json::object& variables);

// The answer's data. `objects` counts the objects that were resolved: the cost that was really incurred.
[[nodiscard]] boost::json::object run_selections(const document& asked, const schema& against,
                                                 const std::vector<selection>& selections,
                                                 const graphql_object& on,
                                                 const boost::json::object& variables, std::size_t& objects);

// Points before execution, estimated as README.md says.
[[nodiscard]] double estimate_cost(const document& asked, const schema& against, const operation& operation,
                                   const boost::json::object& variables);

} // namespace lockstep::adapters::sandbox
