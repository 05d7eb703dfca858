// Validation of a document against a schema, and of variables against a document, before anything is
// executed. Errors have the shapes of Shopify's own (graphql-ruby's static validation; INVALID_VARIABLE as
// recorded).
#pragma once

#include "adapters/sandbox/graphql_schema.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace lockstep::adapters::sandbox {

struct graphql_error {
  std::string message;
  std::vector<position> at;
  std::string code;
  boost::json::object more; // further members of extensions
  boost::json::array path;

  [[nodiscard]] boost::json::object to_json() const;
};

// All that is wrong with the document, in document order.
[[nodiscard]] std::vector<graphql_error> check_document(const document& asked, const schema& against);

// All that is wrong with the values given for the operation's variables. The caller checks the document
// first.
[[nodiscard]] std::vector<graphql_error> check_variables(const operation& asked, const schema& against,
                                                         const boost::json::object& given);

} // namespace lockstep::adapters::sandbox
