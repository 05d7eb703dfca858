// Dynamic safety stock of a SKU: when its actor looks at it, and what comes of that.
#include "actors/sku_actor.hpp"

#include "engine/dynamic_safety.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace lockstep::actors {

namespace {

// Facts of a SKU's dynamic safety stock: at most one a minute while it sells.
constexpr auto safety_follows_every = std::chrono::minutes{1};
constexpr auto safety_fades_every = std::chrono::minutes{15};

} // namespace

// Dynamic safety stock: a minute after the last look at the earliest when something happened since, and while units are
// held back now and then, because velocity fades.
std::optional<engine::time_point> sku_host::follow_due() const {
  const auto& safety = owner_->state().safety;
  if (safety.mode != engine::safety_rule::kind::dynamic || owner_->quarantined() || !shared_.slowest_lag)
    return std::nullopt;
  if (last_moved_ > followed_at_) return followed_at_ + safety_follows_every;
  if (safety.value > 0) return followed_at_ + safety_fades_every;
  return std::nullopt;
}

// Told to the SKU like any command, so every change is a fact.
void sku_host::follow(engine::time_point now) {
  const auto& state = owner_->state();
  const auto units =
      engine::followed(state.safety.value, state.velocity.per_day(now), shared_.slowest_lag(slot_.id));
  if (units) {
    engine::command asked;
    asked.occurred_at = now;
    asked.body = engine::follow_velocity{*units};
    auto done = owner_->apply(asked, now, nullptr);
    auto happened = std::move(done.expired);
    std::move(done.decision.facts.begin(), done.decision.facts.end(), std::back_inserter(happened));
    store_expired(std::move(happened));
  }
  followed_at_ = std::max(now, last_moved_);
}

} // namespace lockstep::actors
