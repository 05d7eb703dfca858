// Why a listing shows what it shows.
#include "actors/channel_state.hpp"

#include "adapters/timestamp.hpp"

#include <fmt/format.h>

namespace lockstep::actors {

using engine::account_mode;
using engine::push_state;

// The number that this channel knows, unless the asker's is newer: a listing at rest has heard none.
std::vector<listing_explanation> channel_state::explain(const engine::number& present) const {
  std::vector<listing_explanation> out;
  for (const auto s : push_.slots_of(present.sku)) {
    const auto& p = push_.protocol(s);
    const auto& heard = push_.number_of(s);
    const bool newer = present.known && (!heard.known || present.version > heard.version);
    const auto& number = newer ? present : heard;
    listing_explanation one;
    one.listing = push_.content(s).id;
    if (number.known) {
      one.version = number.version;
      const auto shown = push_.derive(s, number, &one.steps);
      one.wanted = newer || !p.has_number() ? shown : p.value();
    }
    one.held_back = p.held_back();
    one.publication = p.counter();
    if (p.last().counter > 0) one.acknowledged = p.last();
    one.expected = p.expected();
    one.state = p.state();
    one.tier = push_.tier_of(s);
    one.why = why_not(s, one, newer && heard.known);
    out.push_back(std::move(one));
  }
  return out;
}

// The first reason that holds, from what stops everything to what stops this listing.
std::string channel_state::why_not(engine::channel_push::slot s, const listing_explanation& one,
                                   bool newer) const {
  const auto& p = push_.protocol(s);
  if (p.state() == push_state::parked) return "parked: " + p.parked_because();
  if (!one.version && push_.rests(s)) return "at rest since the start: its number was not needed yet";
  if (!one.version) return "no number: never counted or received, or quarantined";
  if (one.expected == one.wanted && p.state() == push_state::idle)
    return p.uncertain() ? "read back soon: the last write's answer was lost" : "";
  if (context_.account.mode == account_mode::observe)
    return "observing: nothing is written before the account is activated";
  if (const auto stopped = stopped_because(); !stopped.empty()) return stopped;
  if (newer) return "a newer number is on its way to the channel";
  switch (p.state()) {
  case push_state::waiting: return waits_because(s);
  case push_state::writing: return "being written: its answer is awaited";
  case push_state::blind:
  case push_state::reading: return "being read before it is written";
  default: return "left as it is until its number changes: what the channel shows was changed there";
  }
}

std::string channel_state::stopped_because() const {
  const auto at = now();
  if (!suspended_.empty()) return "the channel refuses our credentials: " + suspended_;
  if (context_.account.mode == account_mode::paused) return "paused";
  if (push_.braked()) return "braked: too many listings would go to zero; release the brake to go on";
  if (gate_.circuit().state() != engine::circuit_state::closed)
    return "the channel is away: it is tried again at " + adapters::format_timestamp(gate_.circuit().open_until());
  if (gate_.limit().blocked_until() > at)
    return "the channel's rate limit: until " + adapters::format_timestamp(gate_.limit().blocked_until());
  return {};
}

std::string channel_state::waits_because(engine::channel_push::slot s) const {
  const auto& p = push_.protocol(s);
  if (p.value() > 0 && p.raises() && !push_.raises_allowed())
    return "raises wait until the account's orders have been read";
  const auto due = push_.due_at(s);
  if (due > now())
    return fmt::format("waits for its tier ({}) until {}", to_string(push_.tier_of(s)),
                       adapters::format_timestamp(due));
  return "due: it leaves with the next write";
}

} // namespace lockstep::actors
