#include "actors/board.hpp"

#include <algorithm>

namespace lockstep::actors {

std::vector<engine::number> board::put(std::vector<engine::number> told) {
  const std::lock_guard guard{lock_};
  ++round_;
  std::size_t kept = 0;
  for (auto& number : told) {
    auto& known = numbers_[number.sku];
    if (known.round == round_) {
      // One push for several causes: real time when any was a person's, the brake's business when any was no
      // sale.
      auto& earlier = told[known.place];
      number.by_person = number.by_person || earlier.by_person;
      number.by_sale = number.by_sale && earlier.by_sale;
      number.announced = number.announced && earlier.announced;
      earlier = number;
    } else {
      known.round = round_;
      known.place = kept;
      told[kept++] = number;
    }
    known.number = number;
  }
  told.resize(kept);
  return told;
}

void board::open(engine::sku_id sku, const engine::incident& incident) {
  const std::lock_guard guard{lock_};
  incidents_.insert_or_assign({sku, incident.opened}, incident);
}

void board::resolve(engine::sku_id sku, engine::version incident) {
  const std::lock_guard guard{lock_};
  incidents_.erase({sku, incident});
}

std::vector<hot_sku> board::top(std::size_t limit, engine::time_point now) const {
  std::vector<hot_sku> hottest;
  {
    const std::lock_guard guard{lock_};
    hottest.reserve(numbers_.size());
    for (const auto& [sku, known] : numbers_)
      hottest.push_back({sku, known.number.velocity.per_day(now), known.number.available});
  }
  const auto shown = hottest.begin() + static_cast<std::ptrdiff_t>(std::min(limit, hottest.size()));
  std::partial_sort(hottest.begin(), shown, hottest.end(), [](const hot_sku& a, const hot_sku& b) {
    return a.per_day != b.per_day ? a.per_day > b.per_day : a.sku < b.sku;
  });
  hottest.erase(shown, hottest.end());
  return hottest;
}

std::vector<open_incident> board::incidents() const {
  const std::lock_guard guard{lock_};
  std::vector<open_incident> open;
  open.reserve(incidents_.size());
  for (const auto& [key, incident] : incidents_)
    open.push_back({key.first, incident});
  return open;
}

std::size_t board::open_incidents() const {
  const std::lock_guard guard{lock_};
  return incidents_.size();
}

engine::quantity board::oversold_units() const {
  const std::lock_guard guard{lock_};
  engine::quantity units = 0;
  for (const auto& [key, incident] : incidents_)
    if (incident.is_shortage()) units += incident.units;
  return units;
}

} // namespace lockstep::actors
