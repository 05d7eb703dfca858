// Counts of durations in buckets that grow with the value, so that millions of samples cost a few kilobytes
// and a percentile is exact to 1.6 percent (64 buckets for every power of two).
#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>

namespace lockstep::bench {

class histogram {
 public:
  void add(std::chrono::nanoseconds took) {
    const auto value = static_cast<std::uint64_t>(took.count() < 0 ? 0 : took.count());
    ++counts_[bucket_of(value)];
    ++total_;
  }

  // Upper end of the bucket that holds this share of the samples; zero without samples.
  [[nodiscard]] std::chrono::nanoseconds percentile(double share) const {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(total_));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
      seen += counts_[bucket];
      if (seen > wanted || (seen == total_ && total_ > 0)) return std::chrono::nanoseconds{end_of(bucket)};
    }
    return std::chrono::nanoseconds{0};
  }

  [[nodiscard]] std::uint64_t total() const { return total_; }

 private:
  static constexpr unsigned bits = 6;
  static constexpr std::uint64_t per_power = 1U << bits;

  static std::size_t bucket_of(std::uint64_t value) {
    if (value < per_power) return value;
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - bits;
    return (shift + 1) * per_power + ((value >> shift) - per_power);
  }

  static std::int64_t end_of(std::size_t bucket) {
    if (bucket < per_power) return static_cast<std::int64_t>(bucket);
    const auto shift = bucket / per_power - 1;
    return static_cast<std::int64_t>(((bucket % per_power + per_power + 1) << shift) - 1);
  }

  std::array<std::uint64_t, (64 - bits + 1) * per_power> counts_{};
  std::uint64_t total_ = 0;
};

} // namespace lockstep::bench
