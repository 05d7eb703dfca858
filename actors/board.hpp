// What is durable, for readers that must not disturb the owners: the last committed number of every SKU in
// memory and the open incidents. Written by persistence after each commit, read by any thread.
#pragma once

#include "actors/node.hpp"
#include "engine/number.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace lockstep::actors {

class board {
 public:
  // Takes what one commit told; the last number of a SKU wins. Returns those last numbers, one per SKU.
  [[nodiscard]] std::vector<engine::number> put(std::vector<engine::number> told);

  void open(engine::sku_id sku, const engine::incident& incident);
  void resolve(engine::sku_id sku, engine::version incident);

  // By orders per day, highest first.
  [[nodiscard]] std::vector<hot_sku> top(std::size_t limit, engine::time_point now) const;
  [[nodiscard]] std::vector<open_incident> incidents() const;
  [[nodiscard]] std::size_t open_incidents() const;
  [[nodiscard]] engine::quantity oversold_units() const;

 private:
  struct entry {
    engine::number number;
    std::uint64_t round = 0; // put() that wrote it
    std::size_t place = 0;   // in that put()'s answer
  };

  mutable std::mutex lock_;
  boost::unordered_flat_map<engine::sku_id, entry> numbers_;
  std::uint64_t round_ = 0;
  std::map<std::pair<engine::sku_id, engine::version>, engine::incident> incidents_;
};

} // namespace lockstep::actors
