#include "storage/sqlite/sku_heads.hpp"

#include "storage/content_check.hpp"

namespace lockstep::storage::sqlite {

place sku_heads::newest(engine::sku_id sku) const {
  const std::lock_guard lock{guard_};
  const auto found = index_.find(sku);
  return found == index_.end() ? place{} : heads_[found->second].published;
}

void sku_heads::restore(const milestone& stored) {
  auto& known = heads_[find_or_add(stored.sku)];
  const std::lock_guard lock{guard_};
  known.published = known.staged = stored.at;
}

bool sku_heads::restore(engine::sku_id sku, const place& found, row_number previous) {
  const auto of = find_or_add(sku);
  auto& known = heads_[of];
  if (found.row <= known.published.row) return true; // before its milestone
  if (found.version != known.published.version + 1 || previous != known.published.row) return false;
  mark_dirty(of, found.row);
  const std::lock_guard lock{guard_};
  known.published = known.staged = found;
  return true;
}

std::optional<commit_result> sku_heads::stage(const batch& content, row_number first) {
  first_ = first;
  auto no = stage_facts(content.facts);
  if (!no) no = stage_snapshots(content.snapshots);
  if (!no) stage_aged();
  if (no) abandon();
  return no;
}

std::optional<commit_result> sku_heads::stage_facts(const std::vector<sku_fact>& facts) {
  previous_.reserve(facts.size());
  auto row = first_;
  for (const auto& next : facts) {
    const auto of = find_or_add(next.sku);
    auto& known = heads_[of];
    if (auto no = objection(next, known.staged.version)) return no;
    if (known.staged == known.published) touched_.push_back(of);
    previous_.push_back(known.staged.row);
    known.staged = {row++, next.fact.version};
  }
  return std::nullopt;
}

std::optional<commit_result> sku_heads::stage_snapshots(const std::vector<snapshot>& snapshots) {
  for (const auto& taken : snapshots) {
    const auto of = find_or_add(taken.sku);
    if (auto no = objection(taken, heads_[of].staged.version)) return no;
    add_milestone(of);
  }
  return std::nullopt;
}

void sku_heads::stage_aged() {
  for (; aged_ < dirty_.size(); ++aged_) {
    const auto& oldest = dirty_[aged_];
    const bool counts = heads_[oldest.of].dirty_since == oldest.since;
    if (counts && oldest.since + tail_rows_max_ > first_) break;
    if (counts) add_milestone(oldest.of);
  }
  tail_row_ = aged_ < dirty_.size() ? dirty_[aged_].since : first_;
}

void sku_heads::publish() {
  {
    const std::lock_guard lock{guard_};
    for (const auto of : touched_)
      heads_[of].published = heads_[of].staged;
  }
  for (const auto of : touched_)
    mark_dirty(of, first_);
  for (const auto of : milestone_heads_)
    heads_[of].dirty_since = 0;
  dirty_.erase(dirty_.begin(), dirty_.begin() + static_cast<std::ptrdiff_t>(aged_));
  touched_.clear();
  abandon();
}

void sku_heads::abandon() {
  for (const auto of : touched_)
    heads_[of].staged = heads_[of].published;
  touched_.clear();
  previous_.clear();
  milestones_.clear();
  milestone_heads_.clear();
  aged_ = 0;
}

sku_heads::index sku_heads::find_or_add(engine::sku_id sku) {
  if (const auto found = index_.find(sku); found != index_.end()) return found->second;
  const std::lock_guard lock{guard_};
  const auto added = static_cast<index>(heads_.size());
  heads_.push_back({.sku = sku, .published = {}, .staged = {}, .dirty_since = 0});
  index_.emplace(sku, added);
  return added;
}

void sku_heads::add_milestone(index of) {
  const auto& known = heads_[of];
  if (known.staged.version == 0) return;
  milestones_.push_back({known.sku, known.staged});
  milestone_heads_.push_back(of);
}

void sku_heads::mark_dirty(index of, row_number since) {
  auto& known = heads_[of];
  if (known.dirty_since != 0) return;
  known.dirty_since = since;
  dirty_.push_back({since, of});
}

} // namespace lockstep::storage::sqlite
