// What waits for the next commit, in the order it must become durable. A plain FIFO but for groups:
//
//   A group is durable in one transaction or not at all. From the first member that arrives until the last,
//   what follows it on the SKUs concerned waits too, so nobody's later facts overtake it. Groups that crossed
//   on two SKUs (A has 1, 2; B has 2, 1) can only become durable together and are released as one.
//
// What take() returns never splits a released group. Pure; one thread.
#pragma once

#include "actors/work.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <deque>
#include <optional>
#include <vector>

namespace lockstep::actors {

class commit_queue {
 public:
  void push(work_ptr item);

  // One part that must be committed in one transaction: items first..last of what take() returned.
  struct unit {
    std::size_t first;
    std::size_t last;
  };

  struct taken {
    std::vector<work_ptr> items;
    std::vector<unit> units; // in order, covering all items
  };

  // Whole units from the front with at most `rows_max` facts and records together; at least one unit unless
  // nothing is ready. `reused` lends its memory.
  [[nodiscard]] taken take(std::size_t rows_max, taken reused = {});

  [[nodiscard]] bool ready() const { return next_ < ready_.size(); }

  // Items ready or held back.
  [[nodiscard]] std::size_t size() const { return ready_.size() - next_ + held_back_; }

  // When the oldest item that is here came; nothing when none is.
  [[nodiscard]] std::optional<engine::time_point> oldest() const;

  [[nodiscard]] std::size_t incomplete_groups() const { return groups_.size(); }

 private:
  struct waiting_group {
    std::uint32_t missing = 0;
    std::vector<engine::sku_id> skus;
  };

  using group_set = boost::unordered_flat_set<engine::group_id>;

  void hold_back(work_ptr item);
  void release_from(engine::group_id first);
  [[nodiscard]] bool is_behind(const waiting_group& of) const;
  [[nodiscard]] bool gather(group_set& together) const;
  void release(const group_set& together, std::vector<engine::group_id>& next);
  void release_plain(engine::sku_id sku, std::vector<engine::group_id>& next);

  struct ready_item {
    work_ptr item;
    bool ends_unit;
  };

  std::vector<ready_item> ready_;
  std::size_t next_ = 0; // first of ready_ not taken
  std::size_t held_back_ = 0;
  boost::unordered_flat_map<engine::sku_id, std::deque<work_ptr>>
      lines_; // SKUs held back by a group at the front
  boost::unordered_flat_map<engine::group_id, waiting_group> groups_;
};

} // namespace lockstep::actors
