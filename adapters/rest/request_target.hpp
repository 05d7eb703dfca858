// The path and query of a request, percent-decoded.
#pragma once

#include <boost/container/small_vector.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace lockstep::adapters::rest {

struct request_target {
  boost::container::small_vector<std::string, 6>
      segments; // of the path: "/v1/stock/A%2FB" has "v1", "stock", "A/B"
  boost::container::small_vector<std::pair<std::string, std::string>, 4> query;

  // First parameter of that name; null when there is none.
  [[nodiscard]] const std::string* parameter(std::string_view name) const;
};

// Nothing when it is no origin form of RFC 9112, or decodes to anything but UTF-8 without NUL.
[[nodiscard]] std::optional<request_target> parse_target(std::string_view text);

// `text` fit for a path segment or a query value.
[[nodiscard]] std::string percent_encoded(std::string_view text);

} // namespace lockstep::adapters::rest
