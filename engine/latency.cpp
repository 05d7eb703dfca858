#include "engine/latency.hpp"

#include <algorithm>
#include <bit>

namespace lockstep::engine {

namespace {

constexpr std::uint64_t fade_at =
    16'384; // a busy account's last minutes; enough for a p99 of a hundred values

// Values below 8 have a bucket each; above, the three bits after the leading one choose the step.
std::size_t bucket_of(std::uint64_t value) {
  if (value < 8) return static_cast<std::size_t>(value);
  const auto power = static_cast<unsigned>(std::bit_width(value)) - 4;
  return static_cast<std::size_t>(8 * power + (value >> power));
}

std::uint64_t upper_edge(std::size_t bucket) {
  if (bucket < 8) return bucket;
  const auto power = bucket / 8 - 1;
  return ((bucket % 8 + 9) << power) - 1;
}

} // namespace

void latency::count(duration took) {
  const auto value = static_cast<std::uint64_t>(std::max<duration::rep>(took.count(), 0));
  ++counts_[std::min(bucket_of(value), buckets - 1)];
  if (++total_ >= fade_at) fade();
}

duration latency::quantile(double share) const {
  if (total_ == 0) return {};
  const auto rank = std::max<double>(1, share * static_cast<double>(total_));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets; ++i) {
    seen += counts_[i];
    if (static_cast<double>(seen) >= rank) return duration{static_cast<duration::rep>(upper_edge(i))};
  }
  return duration{static_cast<duration::rep>(upper_edge(buckets - 1))};
}

void latency::fade() {
  total_ = 0;
  for (auto& n : counts_)
    total_ += n /= 2;
}

} // namespace lockstep::engine
