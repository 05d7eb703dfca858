// A listing's or an account's rule as columns: what it does not state is NULL.
#pragma once

#include "engine/listing_rule.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace lockstep::storage {

#define LOCKSTEP_RULE_COLUMNS "cap, buffer, buffer_percent, minimum, share, sells, sells_ahead"

// In the order of LOCKSTEP_RULE_COLUMNS.
using rule_figures = std::array<std::optional<std::int64_t>, 7>;

[[nodiscard]] inline rule_figures figures_of(const engine::listing_rule& rule) {
  rule_figures out{rule.cap, {}, {}, rule.minimum, rule.share, rule.sells, rule.sells_ahead};
  if (rule.buffer) out[rule.buffer->percent ? 2 : 1] = rule.buffer->value;
  return out;
}

[[nodiscard]] inline engine::listing_rule rule_of(const rule_figures& stored) {
  engine::listing_rule rule;
  rule.cap = stored[0];
  if (stored[1]) rule.buffer = engine::margin{*stored[1], false};
  if (stored[2]) rule.buffer = engine::margin{*stored[2], true};
  rule.minimum = stored[3];
  if (stored[4]) rule.share = static_cast<std::int8_t>(*stored[4]);
  if (stored[5]) rule.sells = *stored[5] != 0;
  if (stored[6]) rule.sells_ahead = *stored[6] != 0;
  return rule;
}

} // namespace lockstep::storage
