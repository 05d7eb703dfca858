// The order of checks in every judge() is the order of refusal's enumerators; effects follow the last check.
#include "engine/decide.hpp"

#include "engine/draft.hpp"
#include "engine/limits.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace lockstep::engine {
namespace {

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

// Old news when the rule is another, or says so already.
refusal judge(draft& writing, const follow_velocity& asked) {
  if (asked.units < 0 || asked.units > limits::units_per_movement_max) return refusal::invalid_quantity;
  const auto& rule = writing.state.safety;
  if (rule.mode != safety_rule::kind::dynamic || rule.value == asked.units) return refusal::none;

  auto& set = writing.add(fact_kind::safety_set, main_location, asked.units);
  set.value = static_cast<quantity>(safety_rule::kind::dynamic);
  set.note = "follows velocity";
  return refusal::none;
}

refusal judge(draft& writing, const fence& asked) {
  if (asked.units < 0 || asked.units > limits::units_per_movement_max) return refusal::invalid_quantity;
  if (!writing.texts_fit({})) return refusal::invalid_text;

  writing.add(fact_kind::fenced, main_location, asked.units).account = asked.account;
  return refusal::none;
}

refusal judge(draft& writing, const resolve_incident& asked) {
  if (!writing.texts_fit(asked.note)) return refusal::invalid_text;
  const auto& incidents = writing.state.incidents;
  const auto open = std::ranges::find(incidents, asked.incident, &incident::opened);
  if (open == incidents.end()) return refusal::unknown_incident;

  auto& resolved = writing.add(fact_kind::resolved, open->line, open->location, open->units);
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

  bool operator()(const extend&) const { return true; }

  bool operator()(const allocate&) const { return true; }

  bool operator()(const send_transfer& sent) const { return sent.mode == line_mode::request; }

  bool operator()(const auto&) const { return false; }
};

} // namespace

facts expire_due(const sku_state& state, time_point now) {
  facts ended;
  const auto next = next_expiry(state);
  if (!next || *next > now) return ended;
  quantity returned = 0;
  for (const auto& [at, id] : due_holds(state, now)) {
    const auto found = state.reservations.find(id);
    if (found == state.reservations.end() || !expires_then(found->second, at)) continue;
    auto& expired = ended.emplace_back();
    expired.kind = fact_kind::expired;
    expired.location = found->second.location;
    expired.account = found->second.account;
    expired.reservation = id;
    expired.units = found->second.open();
    returned += expired.units;
  }
  for (const auto& each : state.supplies) {
    if (each.late || each.due > now || each.open() == 0) continue;
    auto& late = ended.emplace_back();
    late.kind = fact_kind::supply_late;
    late.location = each.location;
    late.reservation = each.id;
    late.units = each.open();
  }
  for (std::size_t i = 0; i < ended.size(); ++i) {
    ended[i].version = state.version + static_cast<version>(i) + 1;
    ended[i].at = now;
  }
  const auto figures = figures_of(state);
  const auto promised = figures.reserved - figures.total - figures.incoming;
  resolve_covered(state, std::max<quantity>(0, promised - returned), now, ended);
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
