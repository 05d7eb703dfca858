// What a shop shows of a SKU's number, as persons state it: for an account, for the products with a tag there, or
// for one listing. Values; engine/publishing.hpp says what they do.
#pragma once

#include "engine/types.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lockstep::engine {

// Units that are not shown: so many, or a percentage of those that could be, rounded up.
struct margin {
  quantity value = 0;
  bool percent = false;
  friend bool operator==(const margin&, const margin&) = default;
};

// Members that are not stated are those of the next level.
struct listing_rule {
  std::optional<margin> buffer;
  std::optional<quantity> cap;     // never show more
  std::optional<quantity> minimum; // of fewer units none are shown
  std::optional<std::int8_t> share; // percent of the pool, rounded down
  std::optional<bool> sells;        // false: none are shown
  std::optional<bool> sells_ahead;  // incoming units may be shown
  friend bool operator==(const listing_rule&, const listing_rule&) = default;
};

// The rule of an account, or of the products with a tag there. A rule that states nothing is none.
struct account_rule {
  account_id account{};
  std::string tag; // empty: of the account
  listing_rule rule;
};

// All that an account's listings have in common.
struct account_rules {
  listing_rule all;
  std::map<std::string, listing_rule, std::less<>> by_tag;
  std::vector<location_id> locations; // its orders are served from there and nowhere else; empty: from all
  std::int64_t revision = 0;          // of this process: counts the changes of these and of its products' tags
  friend bool operator==(const account_rules&, const account_rules&) = default;

  void put(const std::string& tag, const listing_rule& rule) {
    if (tag.empty())
      all = rule;
    else if (rule == listing_rule{})
      by_tag.erase(tag);
    else
      by_tag[tag] = rule;
  }

  // Of several tags that have a rule the first by name counts. Null: none has.
  [[nodiscard]] const listing_rule* of_tags(std::span<const std::string> tags) const {
    const listing_rule* found = nullptr;
    const std::string* first = nullptr;
    for (const auto& tag : tags)
      if (const auto ruled = by_tag.find(tag); ruled != by_tag.end() && (first == nullptr || tag < *first)) {
        first = &tag;
        found = &ruled->second;
      }
    return found;
  }
};

} // namespace lockstep::engine
