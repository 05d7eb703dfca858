#include "adapters/nearest.hpp"

#include <algorithm>
#include <vector>

namespace lockstep::adapters {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Three rows of the table: the one before the last is what a swap looks back to.
  std::vector<std::size_t> older(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], older[j - 2] + 1);
    }
    older.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
  std::string_view best;
  std::size_t fewest = 0;
  for (const auto candidate : known) {
    const auto distance = edit_distance(word, candidate);
    if (distance > std::max<std::size_t>(2, candidate.size() / 3) || distance >= candidate.size()) continue;
    if (best.empty() || distance < fewest) {
      best = candidate;
      fewest = distance;
    }
  }
  return best;
}

} // namespace lockstep::adapters
