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

// How long something took, since the start: one writer, any reader. The bounds reach from a commit without a
// disk to one that a person would call an outage.
class duration_histogram {
 public:
  static constexpr std::array<std::int64_t, 12> bounds_us{
      250, 500, 1'000, 2'500, 5'000, 10'000, 25'000, 50'000, 100'000, 250'000, 1'000'000, 10'000'000};

  struct figures {
    std::array<std::uint64_t, bounds_us.size() + 1> within{}; // no longer than bounds_us[i]; the last: all
    std::chrono::microseconds sum{0};
  };

  void add(std::chrono::microseconds took);
  [[nodiscard]] figures read() const;

 private:
  std::array<std::atomic<std::uint64_t>, bounds_us.size() + 1> counts_{};
  std::atomic<std::int64_t> microseconds_{0};
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
  std::array<std::atomic<std::uint64_t>, 256> refusals{}; // by engine::refusal, whatever its value
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
  std::atomic<std::int64_t> last_turn{std::chrono::steady_clock::now().time_since_epoch().count()};
  std::atomic<std::int64_t> committed_at{0}; // engine time of the last commit, 0: none yet
  std::atomic<std::int64_t> oldest_queued{
      0}; // engine time at which the oldest thing not committed came, 0: none
  std::atomic<std::size_t> persistence_mailbox{0};
  std::atomic<std::size_t> loader_mailbox{0};
  recent_durations commit_durations;
  duration_histogram all_commit_durations;
  notice store_trouble; // storage::store_statistics::trouble as last read
};

// Adds where only one thread writes: no locked instruction.
template <class Number>
void add(std::atomic<Number>& counter, Number more) {
  counter.store(counter.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
}

inline void duration_histogram::add(std::chrono::microseconds took) {
  std::size_t bucket = 0;
  while (bucket < bounds_us.size() && took.count() > bounds_us[bucket])
    ++bucket;
  actors::add(counts_[bucket], std::uint64_t{1});
  actors::add(microseconds_, std::int64_t{took.count()});
}

inline duration_histogram::figures duration_histogram::read() const {
  figures out;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i)
    out.within[i] = total += counts_[i].load(std::memory_order_relaxed);
  out.sum = std::chrono::microseconds{microseconds_.load(std::memory_order_relaxed)};
  return out;
}

} // namespace lockstep::actors
