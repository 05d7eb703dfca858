// A sink for somebody who blocks until his answer comes: tests, start and drain.
#pragma once

#include "actors/answer.hpp"

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace lockstep::actors {

class waiting_sink final : public answer_sink {
 public:
  void deliver(std::vector<answer> answers) noexcept override {
    {
      const std::lock_guard guard{lock_};
      for (auto& one : answers)
        arrived_.insert_or_assign(one.to.request, std::move(one));
    }
    changed_.notify_all();
  }

  // The answer whose ticket has this request number; nothing when it does not come before `until`.
  [[nodiscard]] std::optional<answer> wait(std::uint32_t request,
                                           std::chrono::steady_clock::time_point until) {
    std::unique_lock guard{lock_};
    if (!changed_.wait_until(guard, until, [&] { return arrived_.contains(request); })) return std::nullopt;
    auto node = arrived_.extract(request);
    return std::move(node.mapped());
  }

 private:
  std::mutex lock_;
  std::condition_variable changed_;
  std::map<std::uint32_t, answer> arrived_;
};

} // namespace lockstep::actors
