// A fact as a sentence for people: audits say what happened, not only which numbers changed.
#pragma once

#include "engine/catalogue.hpp"
#include "engine/fact.hpp"

#include <string>

namespace lockstep::adapters::rest {

// Such as "ordered 2 (3 of the line in all)" or "counted 40: 2 fewer than recorded (shelf check)". Locations are
// told by their codes in `known`.
[[nodiscard]] std::string in_words(const engine::fact& happened, const engine::catalogue& known);

} // namespace lockstep::adapters::rest
