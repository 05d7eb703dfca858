// Replays the log on the shops at its pace: orders, cancellations, write-offs and finds as they come, and
// shipments some hours of the log after each order, and what the office does meanwhile.
#pragma once

#include "app/demo/office.hpp"
#include "app/demo/order_log.hpp"
#include "app/demo/pace.hpp"
#include "app/demo/storefronts.hpp"
#include "app/demo/warehouse.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <queue>
#include <vector>

namespace lockstep::app::demo {

// How far a replay is; read by any thread.
struct replay_position {
  std::atomic<std::size_t> event{0}; // next
  std::atomic<std::size_t> orders{0};
  std::atomic<std::size_t> shipments{0};
};

struct replay_result {
  std::chrono::duration<double> took{0};
  std::chrono::duration<double> waited{0}; // for webhooks to be taken: the log's clock stood still
  bool stopped = false;
};

class replay {
 public:
  // Everything outlives it. `stop`: asked before each step.
  replay(const order_log& log, const pace& speed, storefronts& selling, shops& open, warehouse& stock,
         office& people, std::uint64_t seed, std::function<bool()> stop);

  // Blocks until the log's end, or until told to stop.
  [[nodiscard]] replay_result run();

  [[nodiscard]] const replay_position& position() const { return position_; }

 private:
  using clock = std::chrono::steady_clock;

  struct shipment {
    open_time due;
    order_lines order;

    bool operator>(const shipment& other) const { return due > other.due; }
  };

  void handle(const log_event& event, open_time now);
  [[nodiscard]] bool reach(open_time time); // false: told to stop
  void let_the_engine_catch_up();
  void ship(const shipment& due);
  [[nodiscard]] std::size_t webhooks_waiting() const;

  const order_log& log_;
  const pace& pace_;
  storefronts& selling_;
  shops& shops_;
  warehouse& stock_;
  office& people_;
  std::uint64_t seed_;
  std::function<bool()> stop_;
  std::priority_queue<shipment, std::vector<shipment>, std::greater<>> shipments_;
  clock::time_point started_{};
  clock::duration waited_{0};
  replay_position position_;
};

} // namespace lockstep::app::demo
