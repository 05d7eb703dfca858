// Chance that is the same on every platform: the standard's distributions are not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace lockstep::app::demo {

class chance {
 public:
  explicit chance(std::uint64_t seed) : engine_(seed) {}

  // 0 <= x < 1, 53 bits.
  double real() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }

  double between(double least, double most) { return least + real() * (most - least); }

  // least <= n <= most.
  std::int64_t whole(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(real() * static_cast<double>(most - least + 1));
  }

  bool happens(double probability) { return real() < probability; }

  template <class T>
  const T& of(const std::vector<T>& choices) {
    return choices[static_cast<std::size_t>(whole(0, static_cast<std::int64_t>(choices.size()) - 1))];
  }

  template <class T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i)
      std::swap(items[i - 1], items[static_cast<std::size_t>(whole(0, static_cast<std::int64_t>(i) - 1))]);
  }

 private:
  std::mt19937_64 engine_;
};

// Mixes a seed with a number, so that each gets a stream of its own (SplitMix64, Steele et al. 2014).
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t seed, std::uint64_t number) {
  std::uint64_t z = seed + 0x9e3779b97f4a7c15ULL * (number + 1);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

} // namespace lockstep::app::demo
