// Parses a request's body the way a ledger needs it: well-formed UTF-8, bounded depth, no name twice in one
// object, and no number but an integer of 64 bits. What is refused is named by its place (RFC 6901).
#pragma once

#include "adapters/rest/problem.hpp"

#include <boost/json/value.hpp>

#include <string_view>

namespace lockstep::adapters::rest {

// problem_code::malformed_json, with the pointer where one is known.
[[nodiscard]] decoded<boost::json::value> parse_strict(std::string_view text);

// `name` as one step of a pointer: "/" and "~" escaped.
[[nodiscard]] std::string pointer_step(std::string_view name);

} // namespace lockstep::adapters::rest
