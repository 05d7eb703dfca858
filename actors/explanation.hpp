// How the number that a listing shows comes about, and what keeps a newer one from the channel.
#pragma once

#include "engine/listing_push.hpp"
#include "engine/number.hpp"
#include "engine/publishing.hpp"
#include "engine/tier.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lockstep::actors {

struct listing_explanation {
  engine::listing_id listing{};
  std::optional<engine::version> version; // of the SKU, whose number this is; none: it has no number
  std::vector<engine::published_step> steps;
  engine::quantity wanted = 0;    // to be written: the last step less what is not safe to show now
  engine::quantity held_back = 0; // units the channel seems to have sold and has not told
  std::int64_t publication = 0;   // the listing's counter
  std::optional<engine::acknowledgement> acknowledged;
  std::optional<engine::quantity> expected; // what the channel should show by now
  engine::push_state state{};
  engine::tier tier{};
  std::string why; // why it does not show what is wanted; empty: it does
};

// What one account shows of a SKU.
struct account_explanation {
  engine::account_id account{};
  std::vector<listing_explanation> listings;
};

} // namespace lockstep::actors
