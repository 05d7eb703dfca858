#include "actors/commit_queue.hpp"

#include <algorithm>

namespace lockstep::actors {

namespace {

bool of_group(const work_item& item) {
  return item.group.members != 0;
}

std::size_t rows_of(const work_item& item) {
  return item.facts.size() + item.records.size();
}

} // namespace

void commit_queue::push(work_ptr item) {
  if (!of_group(*item) && (lines_.empty() || !lines_.contains(item->sku))) {
    ready_.push_back({std::move(item), true});
    return;
  }
  hold_back(std::move(item));
}

void commit_queue::hold_back(work_ptr item) {
  ++held_back_;
  const auto mark = item->group;
  const auto sku = item->sku;
  lines_[sku].push_back(std::move(item));
  if (mark.members == 0) return;
  auto [place, first] = groups_.try_emplace(mark.id);
  auto& group = place->second;
  if (first) group.missing = mark.members;
  group.skus.push_back(sku);
  if (--group.missing == 0) release_from(mark.id);
}

void commit_queue::release_from(engine::group_id first) {
  std::vector<engine::group_id> next{first};
  while (!next.empty()) {
    group_set together{next.back()};
    next.pop_back();
    if (gather(together)) release(together, next);
  }
}

// Whether the first group on any of its SKUs is incomplete: nearly always, when any before it is.
bool commit_queue::is_behind(const waiting_group& of) const {
  return std::any_of(of.skus.begin(), of.skus.end(), [this](engine::sku_id sku) {
    const auto& first = *lines_.at(sku).front();
    return of_group(first) && groups_.at(first.group.id).missing != 0;
  });
}

// Adds every group that stands before one of `together` on any SKU, before the last of its members there. False
// when one of them is incomplete (or released).
bool commit_queue::gather(group_set& together) const {
  std::vector<engine::group_id> unseen(together.begin(), together.end());
  while (!unseen.empty()) {
    const auto id = unseen.back();
    unseen.pop_back();
    const auto group = groups_.find(id);
    if (group == groups_.end() || group->second.missing != 0 || is_behind(group->second)) return false;
    for (const auto sku : group->second.skus) {
      auto mine = std::count(group->second.skus.begin(), group->second.skus.end(), sku);
      for (const auto& item : lines_.at(sku)) {
        if (!of_group(*item)) continue;
        if (item->group.id == id && --mine == 0) break;
        if (together.insert(item->group.id).second) unseen.push_back(item->group.id);
      }
    }
  }
  return true;
}

// Makes the groups one unit, with whatever stands between them; then what they held back.
void commit_queue::release(const group_set& together, std::vector<engine::group_id>& next) {
  boost::unordered_flat_map<engine::sku_id, std::size_t> freed; // and how many of their members are there
  for (const auto id : together)
    for (const auto sku : groups_.at(id).skus)
      ++freed[sku];
  for (auto [sku, left] : freed)
    for (auto& line = lines_.at(sku); left > 0; line.pop_front(), --held_back_) {
      if (of_group(*line.front())) --left;
      ready_.push_back({std::move(line.front()), false});
    }
  ready_.back().ends_unit = true;
  for (const auto id : together)
    groups_.erase(id);
  for (const auto& [sku, none] : freed)
    release_plain(sku, next);
}

void commit_queue::release_plain(engine::sku_id sku, std::vector<engine::group_id>& next) {
  auto& line = lines_.at(sku);
  for (; !line.empty() && !of_group(*line.front()); line.pop_front(), --held_back_)
    ready_.push_back({std::move(line.front()), true});
  if (line.empty())
    lines_.erase(sku);
  else
    next.push_back(line.front()->group.id);
}

// The first of each line has waited longest there; lines exist while groups are incomplete, so they are few.
std::optional<engine::time_point> commit_queue::oldest() const {
  std::optional<engine::time_point> found;
  const auto look = [&](const work_ptr& item) {
    if (!found || item->queued_at < *found) found = item->queued_at;
  };
  if (ready()) look(ready_[next_].item);
  for (const auto& [sku, line] : lines_)
    look(line.front());
  return found;
}

commit_queue::taken commit_queue::take(std::size_t rows_max, taken reused) {
  auto out = std::move(reused);
  out.items.clear();
  out.units.clear();
  std::size_t rows = 0;
  while (ready()) {
    auto last = next_;
    std::size_t in_unit = rows_of(*ready_[last].item);
    while (!ready_[last].ends_unit)
      in_unit += rows_of(*ready_[++last].item);
    if (!out.items.empty() && rows + in_unit > rows_max) break;
    rows += in_unit;
    out.units.push_back({out.items.size(), out.items.size() + (last - next_)});
    for (; next_ <= last; ++next_)
      out.items.push_back(std::move(ready_[next_].item));
  }
  if (!ready()) {
    ready_.clear();
    next_ = 0;
  }
  return out;
}

} // namespace lockstep::actors
