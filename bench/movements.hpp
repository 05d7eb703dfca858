// The stream of movements a bench drives: per SKU hold, then confirm and ship, or release, so that a bounded
// number of reservations stays open. Movements of one SKU follow each other without waiting for answers: the
// engine keeps their order. With bundles: orders of one unit that marketplaces tell. Deterministic by seed.
#pragma once

#include "engine/bundle.hpp"
#include "engine/command.hpp"

#include <deque>
#include <random>
#include <vector>

namespace lockstep::bench {

struct movement {
  engine::sku_id sku{};
  engine::command asked;
};

class movements {
 public:
  struct options {
    std::size_t skus = 1;
    std::size_t open_per_sku = 1'000; // reservations
    double skew = 0; // 0: all SKUs alike; s: the k-th SKU gets a share in proportion to 1 / k^s
    std::uint64_t seed = 1;
    std::size_t bundle = 0; // components of each; 0: no bundles
  };

  explicit movements(const options& chosen);

  // Plain SKUs are numbered from 1. With bundles there are a few more: bundle k takes one of each of k, k + 1, ...
  [[nodiscard]] std::size_t plain_skus() const;
  [[nodiscard]] std::vector<engine::bundle> bundles() const;

  [[nodiscard]] movement next(engine::time_point now);

 private:
  struct open_reservation {
    engine::uuid id;
    bool confirmed = false;
  };

  [[nodiscard]] movement next_order();
  [[nodiscard]] std::size_t pick_sku();
  [[nodiscard]] engine::uuid new_key();

  options chosen_;
  std::mt19937_64 random_;
  std::vector<double> cumulative_; // shares, when skewed
  std::vector<std::deque<open_reservation>> open_;
  std::uint64_t keys_ = 0;
  std::size_t turn_ = 0;
};

} // namespace lockstep::bench
