// From the number of a SKU to the number that a listing shows, step by step. Pure: what pushes and what explains
// call the same function.
//
//   available   on hand less reserved less safety
//   fences      less units kept for other accounts
//   incoming    plus what suppliers will deliver, when the listing sells ahead
//   locations   at most what is at the locations that the account's orders are served from
//   share       a percentage of that, rounded down
//   buffer      less units, or less a percentage rounded up
//   minimum     of fewer units none
//   cap         at most so many
//   sells       none, when it does not sell
//   shown       not below zero, not above limits::published_max
#pragma once

#include "engine/listing_rule.hpp"
#include "engine/number.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace lockstep::engine {

// Who stated a member of a rule. Nobody: what holds without one.
enum class rule_level : std::uint8_t { nobody, account, tag, listing };

[[nodiscard]] std::string_view to_string(rule_level level);

template <class Value>
struct stated {
  Value value{};
  rule_level by = rule_level::nobody;
  friend bool operator==(const stated&, const stated&) = default;
};

// The most specific level that states a member wins, member by member.
struct effective_rule {
  stated<margin> buffer;
  stated<std::optional<quantity>> cap;
  stated<quantity> minimum;
  stated<quantity> share{100, rule_level::nobody};
  stated<bool> sells{true, rule_level::nobody};
  stated<bool> sells_ahead;
  friend bool operator==(const effective_rule&, const effective_rule&) = default;
};

// `tagged`: of the product's tag, null without one.
[[nodiscard]] effective_rule resolve(const listing_rule& account, const listing_rule* tagged,
                                     const listing_rule& listing);

enum class publishing_step : std::uint8_t {
  available,
  fences,
  incoming,
  locations,
  share,
  buffer,
  minimum,
  cap,
  sells,
  shown,
};

[[nodiscard]] std::string_view to_string(publishing_step step);

// What a step left over; only those steps that were asked to do something.
struct published_step {
  publishing_step step{};
  quantity units = 0;
  rule_level by = rule_level::nobody;
  friend bool operator==(const published_step&, const published_step&) = default;
};

// Whose listing it is.
struct publishing_terms {
  account_id account{};
  std::span<const location_id> locations; // see account_rules
  effective_rule rule;
};

// `steps`: gets them, `available` first and `shown` last.
[[nodiscard]] quantity published(const number& from, const publishing_terms& terms,
                                 std::vector<published_step>* steps = nullptr);

} // namespace lockstep::engine
