// A rule (engine/listing_rule.hpp) as the API takes and shows it. Pure.
#pragma once

#include "adapters/rest/json_text.hpp"
#include "adapters/rest/members.hpp"
#include "engine/listing_rule.hpp"

namespace lockstep::adapters::rest {

// The members that are there; `buffer` and `buffer_percent` exclude each other.
[[nodiscard]] engine::listing_rule read_rule(members& from);

// Those that are stated, into an open object.
void put_rule(json_text& to, const engine::listing_rule& shown);

} // namespace lockstep::adapters::rest
