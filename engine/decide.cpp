// The order of checks in every judge() is the order of refusal's enumerators; effects follow the last check.
#include "engine/decide.hpp"

#include "engine/draft.hpp"
#include "engine/limits.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace lockstep::engine {
namespace {

fact& change_stock(draft& writing, fact_kind kind, location_id location, quantity units,
                   const std::string& note) {
  writing.change_total(units);
  auto& added = writing.add(kind, location, units);
  added.note = note;
  return added;
}

refusal judge(draft& writing, const receive& asked) {
  if (!is_movement(asked.units)) return refusal::invalid_quantity;
  if (!writing.texts_fit(asked.note)) return refusal::invalid_text;
  if (!writing.total_fits(asked.units)) return refusal::stock_limit;

  change_stock(writing, fact_kind::received, asked.location, asked.units, asked.note);
  return refusal::none;
}

refusal judge(draft& writing, const adjust& asked) {
  constexpr auto most = limits::units_per_movement_max;
  if (asked.change == 0 || asked.change < -most || asked.change > most) return refusal::invalid_quantity;
  const auto lost = std::max<quantity>(0, -asked.change);
  if (asked.reason.empty() || !writing.texts_fit(asked.reason)) return refusal::invalid_text;
  if (writing.forbids(lost > 0 && lost > writing.free())) return refusal::insufficient_stock;
  if (lost > 0 && !writing.has_location(asked.location)) return refusal::unknown_location;
  if (writing.forbids(lost > 0 && lost > writing.on_hand(asked.location))) return refusal::below_zero;
  if (writing.forbids(!writing.total_fits(asked.change))) return refusal::stock_limit;

  change_stock(writing, fact_kind::adjusted, asked.location, asked.change, asked.reason);
  return refusal::none;
}

refusal judge(draft& writing, const count& asked) {
  if (asked.counted < 0 || asked.counted > limits::units_per_movement_max) return refusal::invalid_quantity;
  if (!writing.texts_fit(asked.note)) return refusal::invalid_text;
  const auto difference = asked.counted - writing.on_hand(asked.location);
  if (!writing.total_fits(difference)) return refusal::stock_limit;

  change_stock(writing, fact_kind::counted, asked.location, difference, asked.note).value = asked.counted;
  return refusal::none;
}

refusal judge(draft& writing, const set_safety& asked) {
  const bool percent = asked.rule.mode == safety_rule::kind::percent;
  if (!percent && (asked.rule.value < 0 || asked.rule.value > limits::units_per_movement_max)) {
    return refusal::invalid_quantity;
  }
  if (percent && (asked.rule.value < 0 || asked.rule.value > 100)) return refusal::invalid_percent;
  if (!writing.texts_fit({})) return refusal::invalid_text;

  writing.add(fact_kind::safety_set, main_location, asked.rule.value).value =
      static_cast<quantity>(asked.rule.mode);
  return refusal::none;
}

// A reservation of that id exists: its key was given before, and the key memory no longer knows for what.
refusal judge(draft& writing, const hold& asked) {
  if (writing.find(asked.reservation) != nullptr) return refusal::key_reused;
  if (!is_movement(asked.units)) return refusal::invalid_quantity;
  const auto now = writing.around.now;
  if (writing.forbids(asked.expires_at <= now)) return refusal::invalid_expiry;
  if (asked.expires_at > now + limits::hold_duration_max) return refusal::invalid_expiry;
  if (!writing.texts_fit({})) return refusal::invalid_text;
  if (writing.forbids(asked.units > writing.free())) return refusal::insufficient_stock;
  if (!writing.has_location(asked.location)) return refusal::unknown_location;
  if (writing.forbids(writing.reservations_full())) return refusal::too_many_reservations;

  writing.add(fact_kind::held, asked.reservation, asked.location, asked.units).expires_at = asked.expires_at;
  writing.change_reserved(asked.units);
  return refusal::none;
}

// What confirm and release have in common: the hold they speak of is open, or time has ended it already.
refusal check_open(const draft& writing, const reservation* found) {
  if (!writing.texts_fit({})) return refusal::invalid_text;
  if (found == nullptr) return refusal::unknown_reservation;
  const bool late = found->state == reservation::kind::hold && found->expires_at <= writing.around.now;
  if (found->open() == 0 || writing.forbids(late)) return refusal::reservation_closed;
  return refusal::none;
}

// An order confirmed before stays confirmed: granted without a fact.
refusal judge(draft& writing, const confirm& asked) {
  const auto* found = writing.find(asked.reservation);
  if (const auto reason = check_open(writing, found); reason != refusal::none) return reason;

  if (found->state == reservation::kind::hold) {
    writing.add(fact_kind::confirmed, asked.reservation, found->location, 0);
  }
  return refusal::none;
}

refusal judge(draft& writing, const release& asked) {
  const auto* found = writing.find(asked.reservation);
  if (const auto reason = check_open(writing, found); reason != refusal::none) return reason;
  if (found->state != reservation::kind::hold) return refusal::reservation_confirmed;

  writing.add(fact_kind::released, asked.reservation, found->location, found->open());
  writing.change_reserved(-found->open());
  return refusal::none;
}

refusal judge(draft& writing, const inspect_return& asked) {
  const auto fits = [](quantity units) { return units >= 0 && units <= limits::units_per_movement_max; };
  if (!fits(asked.sellable) || !fits(asked.damaged) || asked.sellable + asked.damaged == 0) {
    return refusal::invalid_quantity;
  }
  if (!writing.texts_fit(asked.note)) return refusal::invalid_text;
  if (!writing.has_location(asked.location)) return refusal::unknown_location;
  const bool too_many = asked.sellable + asked.damaged > writing.state.inspecting;
  if (writing.forbids(too_many)) return refusal::below_zero;
  if (writing.forbids(!writing.total_fits(asked.sellable))) return refusal::stock_limit;

  if (asked.sellable > 0) {
    change_stock(writing, fact_kind::restocked, asked.location, asked.sellable, asked.note);
  }
  if (asked.damaged > 0) writing.add(fact_kind::scrapped, asked.location, asked.damaged).note = asked.note;
  return refusal::none;
}

refusal judge(draft& writing, const resolve_incident& asked) {
  if (!writing.texts_fit(asked.note)) return refusal::invalid_text;
  const auto& incidents = writing.state.incidents;
  const auto open = std::ranges::find(incidents, asked.incident, &incident::opened);
  if (open == incidents.end()) return refusal::unknown_incident;

  auto& resolved = writing.add(fact_kind::resolved, open->line, main_location, open->units);
  resolved.value = open->opened;
  resolved.note = asked.note;
  return refusal::none;
}

refusal judge(draft&, const expire_holds&) {
  return refusal::none;
}

refusal judge(draft&, const read_stock&) {
  return refusal::none;
}

decision refused(refusal reason, const uuid& subject) {
  decision verdict;
  verdict.reason = reason;
  verdict.reservation = subject;
  return verdict;
}

decision repeated(const remembered& first, const uuid& subject) {
  decision verdict;
  verdict.repeated = true;
  verdict.version = first.version;
  verdict.available = first.available;
  verdict.reservation = subject;
  return verdict;
}

// Walks only the due part of the heap, then sorts: the result does not depend on the heap's layout.
std::vector<std::pair<time_point, uuid>> due_holds(const sku_state& state, time_point now) {
  const auto& heap = state.expiries;
  std::vector<std::pair<time_point, uuid>> due;
  std::vector<std::size_t> to_visit{0};
  while (!to_visit.empty()) {
    const auto at = to_visit.back();
    to_visit.pop_back();
    if (at >= heap.size() || heap[at].first > now) continue;
    to_visit.push_back(2 * at + 1);
    to_visit.push_back(2 * at + 2);
    due.push_back(heap[at]);
  }
  std::ranges::sort(due);
  due.erase(std::ranges::unique(due).begin(), due.end());
  return due;
}

// Time of a hold's own expiry, unless it was confirmed or ended since the heap heard of it.
bool expires_then(const reservation& kept, time_point at) {
  return kept.state == reservation::kind::hold && kept.expires_at == at;
}

struct asks_for_stock {
  bool operator()(const adjust&) const { return true; }

  bool operator()(const hold&) const { return true; }

  bool operator()(const confirm&) const { return true; }

  bool operator()(const release&) const { return true; }

  bool operator()(const ship&) const { return true; }

  bool operator()(const inspect_return&) const { return true; }

  bool operator()(const record_line& line) const { return line.mode == line_mode::request; }

  bool operator()(const auto&) const { return false; }
};

} // namespace

facts expire_due(const sku_state& state, time_point now) {
  facts ended;
  if (state.expiries.empty() || state.expiries.front().first > now) return ended;
  quantity returned = 0;
  for (const auto& [at, id] : due_holds(state, now)) {
    const auto found = state.reservations.find(id);
    if (found == state.reservations.end() || !expires_then(found->second, at)) continue;
    auto& expired = ended.emplace_back();
    expired.version = state.version + static_cast<version>(ended.size());
    expired.at = now;
    expired.kind = fact_kind::expired;
    expired.location = found->second.location;
    expired.account = found->second.account;
    expired.reservation = id;
    expired.units = found->second.open();
    returned += expired.units;
  }
  const auto figures = figures_of(state);
  resolve_covered(state, std::max<quantity>(0, figures.reserved - figures.total - returned), now, ended);
  return ended;
}

decision decide(const sku_state& state, const command& asked, const circumstances& around) {
  const auto subject = subject_of(asked);
  if (around.prior != nullptr && !asked.key.is_nil()) {
    if (around.prior->content != asked.content) return refused(refusal::key_reused, subject);
    return repeated(*around.prior, subject);
  }
  draft writing{state, asked, around};
  const auto reason = std::visit([&](const auto& body) { return judge(writing, body); }, asked.body);
  if (reason != refusal::none) return refused(reason, subject);
  if (around.quarantined && is_request(asked)) return refused(refusal::quarantined, subject);
  return std::move(writing).granted(subject);
}

bool is_request(const command& asked) {
  return std::visit(asks_for_stock{}, asked.body);
}

uuid subject_of(const command& asked) {
  return std::visit(
      [](const auto& body) -> uuid {
        if constexpr (requires { body.reservation; }) {
          return body.reservation;
        } else if constexpr (requires { body.line; }) {
          return body.line;
        } else {
          return {};
        }
      },
      asked.body);
}

} // namespace lockstep::engine
