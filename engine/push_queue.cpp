#include "engine/push_queue.hpp"

#include "engine/limits.hpp"

#include <algorithm>

namespace lockstep::engine {

namespace {

std::optional<time_point> earlier(std::optional<time_point> a, std::optional<time_point> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

} // namespace

std::optional<time_point> push_queue::waiting::oldest() const {
  const auto first_due = due.empty() ? std::nullopt : std::optional{due.begin()->first};
  const auto first_later = later.empty() ? std::nullopt : std::optional{later.begin()->first};
  return earlier(first_due, first_later);
}

std::optional<push_queue::slot> push_queue::waiting::any() const {
  if (!due.empty()) return due.begin()->second;
  if (!later.empty()) return later.begin()->second;
  return std::nullopt;
}

void push_queue::put(slot listing, const row& content) {
  erase(listing);
  rows_[listing] = content;
  in(content.where).later.emplace(content.due, listing);
}

void push_queue::erase(slot listing) {
  const auto found = rows_.find(listing);
  if (found == rows_.end()) return;
  const auto& known = found->second;
  auto& from = in(known.where);
  if (from.due.erase({known.due, listing}) > 0)
    from.risky.erase({-known.risk, listing});
  else
    from.later.erase({known.due, listing});
  rows_.erase(found);
}

const push_queue::row* push_queue::find(slot listing) const {
  const auto found = rows_.find(listing);
  return found == rows_.end() ? nullptr : &found->second;
}

void push_queue::flush(time_point now) {
  for (auto& l : lanes_) {
    for (const auto& [due, listing] : l.later) {
      auto& known = rows_.find(listing)->second;
      known.due = std::min(due, now);
      l.due.emplace(known.due, listing);
      l.risky.emplace(-known.risk, listing);
    }
    l.later.clear();
  }
}

std::optional<time_point> push_queue::leaves_at(std::size_t rows, bool raises, time_point now) const {
  const auto& lower = in(lane::lowering);
  const auto& raise = in(lane::raising);
  const auto count = lower.size() + (raises ? raise.size() : 0);
  if (rows > 1 && count >= rows) return now;
  return raises ? earlier(lower.oldest(), raise.oldest()) : lower.oldest();
}

std::vector<push_queue::slot> push_queue::take(std::size_t rows, bool raises, time_point now) {
  std::vector<slot> chosen;
  const auto leaves = leaves_at(rows, raises, now);
  if (!leaves || *leaves > now) return chosen;
  collect_due(lane::lowering, now);
  if (raises) collect_due(lane::raising, now);
  while (chosen.size() < rows) {
    const auto next = choose(raises);
    if (!next) break;
    chosen.push_back(*next);
    erase(*next);
  }
  return chosen;
}

// A row becomes due once per put(), so put() has paid for this.
void push_queue::collect_due(lane where, time_point now) {
  auto& l = in(where);
  while (!l.later.empty() && l.later.begin()->first <= now) {
    const auto listing = l.later.begin()->second;
    l.due.insert(l.later.extract(l.later.begin()));
    l.risky.emplace(-rows_.find(listing)->second.risk, listing);
  }
}

std::optional<push_queue::slot> push_queue::choose(bool raises) {
  if (++chosen_ % limits::rows_by_age_every == 0) {
    if (const auto next = choose_oldest(raises)) return next;
  }
  const auto& lower = in(lane::lowering);
  const auto& raise = in(lane::raising);
  if (!lower.risky.empty()) return lower.risky.begin()->second;
  if (raises && !raise.risky.empty()) return raise.risky.begin()->second;
  // Nothing more is due, but the call is paid for: others ride along.
  if (const auto next = lower.any()) return next;
  return raises ? raise.any() : std::nullopt;
}

std::optional<push_queue::slot> push_queue::choose_oldest(bool raises) const {
  const auto& lower = in(lane::lowering).due;
  const auto& raise = in(lane::raising).due;
  if (!raises || raise.empty()) return lower.empty() ? std::nullopt : std::optional{lower.begin()->second};
  if (lower.empty()) return raise.begin()->second;
  return std::min(*lower.begin(), *raise.begin()).second;
}

} // namespace lockstep::engine
