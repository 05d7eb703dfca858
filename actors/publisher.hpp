// What leaves the engine after COMMIT, and only then: answers, numbers for channels, incidents, the
// operator's tail. Part of the persistence actor: called on its thread.
#pragma once

#include "actors/core.hpp"
#include "engine/bundle_book.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <cstdint>
#include <vector>

namespace lockstep::actors {

class publisher {
 public:
  explicit publisher(core& shared) : shared_(shared) {
    for (const auto* each : shared_.skus.bundles())
      bundles_.put(*each);
  }

  // `items` are durable with the facts of `content`, of which the facts may be moved away.
  void publish(const std::vector<work_ptr>& items, storage::batch& content);

  // Answers one item that is not durable and never will be.
  void refuse_for_good(work_item& item);

  // Answers the barriers whose predecessors have all been answered.
  void advance_barriers();

  [[nodiscard]] bool has_barriers() const { return !waiting_.empty() || !arriving_.empty(); }

 private:
  void collect_answer(work_item& item);
  void deliver_answers();
  void tell_numbers(const std::vector<work_ptr>& items);
  void note_incidents(const std::vector<storage::sku_fact>& facts);
  void apply_records(const std::vector<work_ptr>& items);
  void apply(const engine::listing& changed);
  void apply(const engine::bundle& changed);
  void announce(engine::sku_id sku);
  void derive_bundles(std::vector<engine::number>& numbers);
  void apply(const storage::quarantined& changed);
  void tell_listeners(storage::batch& content);

  core& shared_;
  std::vector<std::vector<answer>> outgoing_; // by sink
  std::vector<answer> arriving_;              // barriers that wait for the next phase of credits
  std::vector<answer> waiting_;               // barriers that wait for `waiting_phase_` to empty
  std::uint8_t waiting_phase_ = 0;
  engine::bundle_book bundles_;
  boost::unordered_flat_set<engine::sku_id> asked_; // leaves, for their first number
  engine::time_point facts_to_{}; // the latest `at` committed
};

} // namespace lockstep::actors
