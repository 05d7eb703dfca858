// A rule (engine/listing_rule.hpp) as the API takes and shows it. Pure.
#pragma once

#include "adapters/rest/json_text.hpp"
#include "adapters/rest/members.hpp"
#include "adapters/rest/problem.hpp"
#include "engine/listing_rule.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace lockstep::adapters::rest {

// The members that are there; `buffer` and `buffer_percent` exclude each other.
[[nodiscard]] engine::listing_rule read_rule(members& from);

// The rule of an account, or of the products with a tag there.
struct placed_rule {
  std::string account; // by name
  std::string tag;     // empty: of the account
  engine::listing_rule rule;
};

// A rule whose body names where it holds. invalid_body with every mistake found.
[[nodiscard]] decoded<placed_rule> decode_rule(const boost::json::object& body);

// Those that are stated, into an open object.
void put_rule(json_text& to, const engine::listing_rule& shown);

} // namespace lockstep::adapters::rest
