// The end of the demo as people read it, and as programs do.
#pragma once

#include "app/demo/pace.hpp"
#include "app/demo/replay.hpp"
#include "app/demo/verification.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace lockstep::app::demo {

struct demo_result {
  std::string source; // of the log, in words
  std::uint64_t seed = 0;
  double factor = 0;                              // log seconds per second
  std::chrono::milliseconds moderate{0}, slow{0}; // the tiers' intervals, scaled
  std::size_t rows = 0, bad_rows = 0, orders = 0, skus = 0;
  std::map<std::string, std::size_t> ignored;
  std::size_t differences = 0; // before the accounts were activated
  std::array<quantity, place_codes.size()> opening_units{}; // by warehouse
  replay_result replayed;
  std::chrono::duration<double> settled_in{0};
  std::string unsettled;                                 // what was still open; empty: nothing
  std::vector<adapters::sandbox::shop_statistics> shops; // by place in shop_names
  std::vector<std::vector<adapters::sandbox::shown_row>> shown;
  std::vector<actors::channel_status> channels;
  take_back_counts taken_back;
  warehouse_counts stock;
  std::vector<own_order> own_orders;
  actors::node_statistics node;
  verification verified;

  [[nodiscard]] std::size_t ignored_lines() const;

  [[nodiscard]] bool passed() const { return unsettled.empty() && verified.passed(); }
};

[[nodiscard]] std::string to_table(const demo_result& result);
[[nodiscard]] std::string to_json(const demo_result& result);

} // namespace lockstep::app::demo
