// Figures for operators, written by one thread each and read by any. Never used to decide anything.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace lockstep::actors {

// Percentiles of the last 1,024 durations. Thread: any.
class recent_durations {
 public:
  void add(std::chrono::microseconds took) {
    const std::lock_guard guard{lock_};
    kept_[next_++ % kept_.size()] = took;
  }

  [[nodiscard]] std::chrono::microseconds percentile(double share) const {
    std::vector<std::chrono::microseconds> sorted;
    {
      const std::lock_guard guard{lock_};
      sorted.assign(kept_.begin(),
                    kept_.begin() + static_cast<std::ptrdiff_t>(std::min(next_, kept_.size())));
    }
    if (sorted.empty()) return std::chrono::microseconds{0};
    const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(sorted.size() - 1));
    std::nth_element(sorted.begin(), sorted.begin() + at, sorted.end());
    return sorted[static_cast<std::size_t>(at)];
  }

 private:
  mutable std::mutex lock_;
  std::array<std::chrono::microseconds, 1024> kept_{};
  std::size_t next_ = 0;
};

// A text that changes now and then. Thread: any.
class notice {
 public:
  // True when it is another text than before.
  bool set(std::string text) {
    const std::lock_guard guard{lock_};
    if (text == text_) return false;
    text_ = std::move(text);
    return true;
  }

  [[nodiscard]] std::string get() const {
    const std::lock_guard guard{lock_};
    return text_;
  }

 private:
  mutable std::mutex lock_;
  std::string text_;
};

struct counters {
  std::atomic<std::uint64_t> commands{0};
  std::atomic<std::uint64_t> facts{0};
  std::atomic<std::uint64_t> refusals{0};
  std::atomic<std::uint64_t> repeats{0};
  std::atomic<std::uint64_t> commits{0};
  std::atomic<std::uint64_t> last_batch_facts{0};
  std::atomic<std::uint64_t> unknown_commits{0};
  std::atomic<std::uint64_t> queued{0};
  std::atomic<std::int64_t> quarantined{0};
  std::atomic<std::uint64_t> actor_restarts{0};
  std::atomic<std::uint64_t> groups_waiting{0};
  std::atomic<std::int64_t> groups_in_flight{0};
  std::atomic<std::int64_t> batch{0};
  std::atomic<bool> store_available{true};
  recent_durations commit_durations;
  notice store_trouble; // storage::store_statistics::trouble as last read
};

// Adds where only one thread writes: no locked instruction.
template <class Number>
void add(std::atomic<Number>& counter, Number more) {
  counter.store(counter.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
}

} // namespace lockstep::actors
