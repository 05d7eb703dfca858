// Tells how far the replay is: one line that is rewritten on a terminal, a plain line now and then elsewhere.
#pragma once

#include "app/demo/order_log.hpp"
#include "app/demo/replay.hpp"
#include "app/demo/world.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace lockstep::app::demo {

// A sentence of its own line.
void tell(const std::string& sentence);

class ticker {
 public:
  ticker(world& in, const order_log& log, const replay& of);
  ~ticker(); // ends the line
  ticker(const ticker&) = delete;
  ticker& operator=(const ticker&) = delete;

 private:
  void run();
  [[nodiscard]] std::string line();

  world& in_;
  const order_log& log_;
  const replay& replay_;
  const bool terminal_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::mutex mutex_;
  std::condition_variable ending_;
  bool ended_ = false;
  std::thread thread_;
};

} // namespace lockstep::app::demo
