#include "actors/commit_attempt.hpp"

#include <iterator>

namespace lockstep::actors {

namespace {

void put_last(std::vector<storage::snapshot>& snapshots,
              boost::unordered_flat_map<engine::sku_id, std::size_t>& places, storage::snapshot&& taken) {
  const auto [place, first] = places.try_emplace(taken.sku, snapshots.size());
  if (first)
    snapshots.push_back(std::move(taken));
  else
    snapshots[place->second] = std::move(taken);
}

commit_queue::taken part(std::vector<work_ptr>& items, const std::vector<commit_queue::unit>& units,
                         std::size_t from, std::size_t to) {
  commit_queue::taken out;
  const auto offset = units[from].first;
  for (auto unit = from; unit < to; ++unit) {
    out.units.push_back({units[unit].first - offset, units[unit].last - offset});
    for (auto item = units[unit].first; item <= units[unit].last; ++item)
      out.items.push_back(std::move(items[item]));
  }
  return out;
}

} // namespace

void commit_attempt::fill(commit_queue::taken taken, storage::batch_number number) {
  clear();
  items = std::move(taken.items);
  units = std::move(taken.units);
  batch.number = number;
  boost::unordered_flat_map<engine::sku_id, std::size_t> snapshot_places;
  for (const auto& item : items) {
    for (auto& happened : item->facts)
      batch.facts.push_back({item->sku, std::move(happened)});
    if (item->snapshot) put_last(batch.snapshots, snapshot_places, std::move(*item->snapshot));
    batch.records.insert(batch.records.end(), item->records.begin(), item->records.end());
  }
}

void commit_attempt::clear() {
  items.clear();
  units.clear();
  batch.facts.clear();
  batch.snapshots.clear();
  batch.records.clear();
}

std::pair<commit_queue::taken, commit_queue::taken> commit_attempt::split() && {
  auto happened = batch.facts.begin();
  for (const auto& item : items) {
    item->snapshot.reset();
    for (auto& given_back : item->facts)
      given_back = std::move((happened++)->fact);
  }
  const auto middle = units.size() / 2;
  auto first = part(items, units, 0, middle);
  return {std::move(first), part(items, units, middle, units.size())};
}

} // namespace lockstep::actors
