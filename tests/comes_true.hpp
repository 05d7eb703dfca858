// Waits for what other threads or processes bring about.
#pragma once

#include <chrono>
#include <thread>

namespace lockstep::tests {

// Whether `condition` holds within a minute, which is longer than the slowest machine takes that is not stuck.
template <class Condition>
[[nodiscard]] bool comes_true(const Condition& condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::minutes{1};
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return true;
}

} // namespace lockstep::tests
