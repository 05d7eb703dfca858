// What every GraphQL answer has in common: how the exchange ended, top-level errors, cost.
#pragma once

#include "adapters/channel.hpp"

#include <boost/json/value.hpp>

namespace lockstep::adapters::shopify {

struct graphql_answer {
  batch_verdict verdict = batch_verdict::uncertain; // judged: the server executed the document
  boost::json::value document;                      // with "data", when judged
  std::vector<std::size_t> refused_rows; // rows of $input.quantities whose value is no value of its type
  throttle_report throttle;
  std::string what; // when not judged, or why rows are refused
};

// For a mutation: an answer that does not say what happened is uncertain.
[[nodiscard]] graphql_answer judge_write(const http_response& answer);
// For a query: there is nothing to be uncertain about, so such an answer is retry.
[[nodiscard]] graphql_answer judge_read(const http_response& answer);

} // namespace lockstep::adapters::shopify
