#include "bench/movements.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace lockstep::bench {

namespace {

// SplitMix64 (Steele, Lea, Flood 2014): spreads a counter over 64 bits, one to one.
std::uint64_t spread(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15ULL;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
  return value ^ (value >> 31);
}

constexpr auto hold_time = std::chrono::minutes{15};
constexpr int released_percent = 20;

} // namespace

movements::movements(const options& chosen) : chosen_(chosen), random_(chosen.seed), open_(chosen.skus) {
  if (chosen_.skew <= 0) return;
  double sum = 0;
  for (std::size_t rank = 1; rank <= chosen_.skus; ++rank)
    cumulative_.push_back(sum += 1 / std::pow(static_cast<double>(rank), chosen_.skew));
}

movement movements::next(engine::time_point now) {
  if (chosen_.bundle > 0) return next_order();
  const auto sku = pick_sku();
  auto& open = open_[sku];
  movement out;
  out.sku = engine::sku_id{static_cast<std::int64_t>(sku) + 1};
  out.asked.key = new_key();
  out.asked.content = keys_;
  out.asked.account = engine::account_id{1};
  if (open.size() < chosen_.open_per_sku) {
    open.push_back({out.asked.key});
    out.asked.body = engine::hold{out.asked.key, engine::main_location, 1, now + hold_time};
  } else if (open.front().confirmed) {
    out.asked.body = engine::ship{open.front().id, 1};
    open.pop_front();
  } else if (random_() % 100 < released_percent) {
    out.asked.body = engine::release{open.front().id};
    open.pop_front();
  } else {
    out.asked.body = engine::confirm{open.front().id};
    open.front().confirmed = true;
  }
  return out;
}

std::size_t movements::plain_skus() const {
  return chosen_.skus + (chosen_.bundle > 0 ? chosen_.bundle - 1 : 0);
}

std::vector<engine::bundle> movements::bundles() const {
  std::vector<engine::bundle> all;
  for (std::size_t k = 0; chosen_.bundle > 0 && k < chosen_.skus; ++k) {
    std::vector<engine::component> leaves;
    for (std::size_t i = 1; i <= chosen_.bundle; ++i)
      leaves.push_back({engine::sku_id{static_cast<std::int64_t>(k + i)}, 1});
    all.push_back({engine::sku_id{static_cast<std::int64_t>(plain_skus() + k) + 1}, 1, leaves, leaves});
  }
  return all;
}

movement movements::next_order() {
  movement out;
  out.sku = engine::sku_id{static_cast<std::int64_t>(plain_skus() + pick_sku()) + 1};
  out.asked.account = engine::account_id{1};
  out.asked.body = engine::record_line{.line = new_key(), .ordered = 1};
  return out;
}

std::size_t movements::pick_sku() {
  if (cumulative_.empty()) return turn_++ % chosen_.skus;
  const auto at = std::uniform_real_distribution<double>{0, cumulative_.back()}(random_);
  const auto found = std::lower_bound(cumulative_.begin(), cumulative_.end(), at);
  return std::min(static_cast<std::size_t>(found - cumulative_.begin()), chosen_.skus - 1);
}

// Unique by its counter; spread like the SHA-1 of a real key, without its cost, which the caller of the
// engine pays.
engine::uuid movements::new_key() {
  const auto high = spread(2 * ++keys_ + chosen_.seed);
  const auto low = spread(high ^ keys_);
  engine::uuid key;
  std::memcpy(key.data, &high, sizeof high);
  std::memcpy(key.data + sizeof high, &low, sizeof low);
  return key;
}

} // namespace lockstep::bench
