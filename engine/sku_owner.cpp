#include "engine/sku_owner.hpp"

#include "engine/assertion.hpp"
#include "engine/codec.hpp"
#include "engine/limits.hpp"

#include <algorithm>
#include <utility>

namespace lockstep::engine {
namespace {

// Applies the facts one by one and stamps each with the number it leads to.
void evolve_all(sku_state& state, facts& happened) {
  for (auto& each : happened) {
    evolve(state, each);
    each.available = figures_of(state).available;
  }
}

// A request for units to leave the shelf.
bool ships(const command& asked) {
  if (!is_request(asked)) return false;
  const auto* line = std::get_if<record_line>(&asked.body);
  const auto* corrected = std::get_if<adjust>(&asked.body);
  return (corrected != nullptr && corrected->change < 0) || std::holds_alternative<ship>(asked.body) ||
         std::holds_alternative<send_transfer>(asked.body) ||
         (line != nullptr && (line->shipped.has_value() || line->ships_when_sold));
}

std::vector<placed> shipped_by(const facts& decided) {
  std::vector<placed> units;
  for (const auto& each : decided)
    if (each.kind == fact_kind::shipped) units.push_back({each.location, each.units});
  return units;
}

} // namespace

sku_owner::sku_owner(sku_id id, sku_state state)
    : id_(id), state_(std::move(state)), snapshot_version_(state_.version) {}

sku_owner::sku_owner(sku_id id, sku_state state, version snapshot_version)
    : id_(id), state_(std::move(state)), snapshot_version_(snapshot_version) {}

applied sku_owner::apply(const command& asked, time_point now, const remembered* prior,
                         const sourcing_rule* sourcing) {
  now = std::max(now, state_.last_at);
  auto expired = expire(now);
  if (is_request(asked) && meets_prepared(asked)) {
    decision busy;
    busy.reason = refusal::in_progress;
    busy.reservation = subject_of(asked);
    return settle(std::move(busy), std::move(expired));
  }
  const circumstances around{.now = now,
                             .prior = prior,
                             .withheld = withheld_,
                             .promised = false,
                             .quarantined = quarantined_,
                             .sourcing = sourcing};
  return settle(decide(state_, asked, around), std::move(expired));
}

sku_owner::prepare_result sku_owner::prepare(group_id group, const command& asked, time_point now,
                                             const remembered* prior, const sourcing_rule* sourcing) {
  now = std::max(now, state_.last_at);
  prepare_result result{prepared::granted, refusal::none, expire(now)};
  const auto leaving = leaving_by(group);
  circumstances around{.now = now,
                       .prior = prior,
                       .withheld = withheld_,
                       .promised = false,
                       .quarantined = quarantined_,
                       .sourcing = sourcing,
                       .leaving = leaving};
  auto verdict = decide(state_, asked, around);
  const bool short_of_units = verdict.reason == refusal::insufficient_stock;
  if (const auto own = short_of_units ? withheld_by(group) : withheld_; withheld_ > own) {
    around.withheld = own;
    verdict = decide(state_, asked, around);
    result.verdict = prepared::waits;
  }
  if (verdict.reason != refusal::none) {
    result.verdict = prepared::refused;
    result.reason = verdict.reason;
  } else if (meets_prepared(asked, group)) {
    result.verdict = prepared::waits;
  } else if (result.verdict == prepared::granted) {
    const auto units = std::max<quantity>(0, verdict.taken);
    prepared_.push_back({group, asked, units,
                         ships(asked) ? shipped_by(verdict.facts) : std::vector<placed>{},
                         prior == nullptr ? std::nullopt : std::optional{*prior}});
    withheld_ += units;
    subjects_.insert(subject_of(asked));
    if (ships(asked)) ++shipments_;
  }
  return result;
}

applied sku_owner::commit(group_id group, time_point now, const sourcing_rule* sourcing) {
  const auto found = std::ranges::find(prepared_, group, &preparation::group);
  ensure(found != prepared_.end(), "a group commits what it has prepared", static_cast<std::int64_t>(group));
  now = std::max(now, state_.last_at);
  auto expired = expire(now);
  const auto promise = std::move(*found);
  prepared_.erase(found);
  take_back(promise);
  const circumstances around{.now = now,
                             .prior = promise.prior ? &*promise.prior : nullptr,
                             .withheld = 0,
                             .promised = true,
                             .sourcing = sourcing};
  auto verdict = decide(state_, promise.asked, around);
  // A fact has closed the reservation since: what was promised is done already.
  if (verdict.reason != refusal::none) verdict.reason = refusal::none;
  return settle(std::move(verdict), std::move(expired));
}

void sku_owner::abort(group_id group) {
  for (const auto& each : prepared_)
    if (each.group == group) take_back(each);
  const auto gone = std::ranges::remove(prepared_, group, &preparation::group);
  prepared_.erase(gone.begin(), gone.end());
}

// No other group has its subject: it would have waited.
void sku_owner::take_back(const preparation& ended) {
  withheld_ -= ended.units;
  subjects_.erase(subject_of(ended.asked));
  if (ships(ended.asked)) --shipments_;
}

quantity sku_owner::withheld_by(group_id group) const {
  quantity units = 0;
  for (const auto& each : prepared_)
    if (each.group == group) units += each.units;
  return units;
}

std::vector<placed> sku_owner::leaving_by(group_id group) const {
  std::vector<placed> units;
  if (shipments_ == 0) return units;
  for (const auto& each : prepared_)
    if (each.group == group) units.insert(units.end(), each.leaving.begin(), each.leaving.end());
  return units;
}

// A prepared hold outlives its time until its group's outcome, and so do those that expire after it: the wait
// is short. A quarantined SKU keeps its holds until it is released: the store may have refused the end of
// one, and whatever came next would meet it again.
facts sku_owner::expire(time_point now) {
  if (quarantined_) return {};
  if (const auto next = next_expiry(state_); !next || *next > now) return {};
  for (const auto& each : prepared_) {
    const auto found = state_.reservations.find(subject_of(each.asked));
    if (found == state_.reservations.end() || found->second.state != reservation::kind::hold) continue;
    now = std::min(now, found->second.expires_at - duration{1});
  }
  auto ended = expire_due(state_, now);
  for (auto& each : ended)
    each.at = std::max(each.at, state_.last_at);
  evolve_all(state_, ended);
  return ended;
}

applied sku_owner::settle(decision verdict, facts expired) {
  evolve_all(state_, verdict.facts);
  applied done;
  done.moved = !verdict.facts.empty() || !expired.empty();
  done.sold = verdict.sold;
  done.decision = std::move(verdict);
  done.expired = std::move(expired);
  done.figures = figures_of(state_);
  return done;
}

// Two shipments of an oversold SKU could each be granted the units that stand on the shelf only once.
bool sku_owner::meets_prepared(const command& asked, group_id own) const {
  const auto subject = subject_of(asked);
  const bool same_line = !subject.is_nil() && subjects_.contains(subject);
  if (!same_line && (shipments_ == 0 || !ships(asked))) return false;
  return std::ranges::any_of(prepared_, [&](const auto& each) {
    if (each.group == own) return false;
    return (!subject.is_nil() && subject_of(each.asked) == subject) || (ships(each.asked) && ships(asked));
  });
}

bool sku_owner::snapshot_due() const {
  const auto lines = static_cast<std::int64_t>(state_.reservations.size());
  return state_.version - snapshot_version_ >= std::max(limits::facts_between_snapshots_min, lines);
}

std::string sku_owner::take_snapshot() {
  snapshot_version_ = state_.version;
  return encode_snapshot(state_);
}

} // namespace lockstep::engine
