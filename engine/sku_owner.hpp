// One SKU as its only writer sees it: the state, what groups have prepared, and who waits for them. Pure: the
// actor that hosts it carries messages and timers and decides nothing.
#pragma once

#include "engine/decide.hpp"

#include <boost/container/deque.hpp>
#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <boost/uuid/uuid_hash.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lockstep::engine {

// Number of a multi-line request under way; local to the process, never stored.
enum class group_id : std::uint64_t {};

// A decision already applied to the state.
struct applied {
  engine::decision decision; // facts carry `available`
  engine::figures figures;   // after it
  bool moved = false;        // any fact, the expiries that came first included
  facts expired;             // holds that ended before the decision: stored before decision.facts
  quantity sold = 0;         // as decision::sold: the account's own sales, for the channel's `expected`
};

enum class prepared : std::uint8_t { granted, refused, waits };

class sku_owner {
 public:
  // `snapshot_version`: of the snapshot the state was folded from, 0 when there was none. Without it the
  // state counts as a snapshot just read.
  sku_owner(sku_id id, sku_state state);
  sku_owner(sku_id id, sku_state state, version snapshot_version);

  // Expires what is due, decides and evolves. `prior` as in circumstances. A `now` before the last fact
  // counts as that fact's time. `sourcing`: as in circumstances, here and below. refusal::in_progress: a request about a reservation that a group has
  // prepared, or for a shipment while a group has prepared one.
  [[nodiscard]] applied apply(const command& asked, time_point now, const remembered* prior,
                              const sourcing_rule* sourcing = nullptr);

  struct prepare_result {
    prepared verdict;
    refusal reason = refusal::none; // when refused
    facts expired;                  // holds that ended first; already applied
  };

  // Sets units aside in memory for a member of a group, without a version. A group may have several members
  // here. `waits`: it fails only for units
  // (or a reservation, or a shipment) that another group has prepared; ask again when next commit() or
  // abort() here returns. Until then the prepared reservation does not expire.
  [[nodiscard]] prepare_result prepare(group_id group, const command& asked, time_point now,
                                       const remembered* prior, const sourcing_rule* sourcing = nullptr);

  // Turns what was prepared into facts; of several members of the group the one prepared first. Never refuses.
  // The group must have prepared here (asserted).
  [[nodiscard]] applied commit(group_id group, time_point now, const sourcing_rule* sourcing = nullptr);

  // Gives back all that the group has prepared here.
  void abort(group_id group);

  // Requests are refused while it is set; what a marketplace reports is still taken.
  void set_quarantined(bool quarantined) { quarantined_ = quarantined; }

  [[nodiscard]] bool quarantined() const { return quarantined_; }

  // True while any group has prepared units here.
  [[nodiscard]] bool has_prepared() const { return !prepared_.empty(); }

  [[nodiscard]] const sku_state& state() const { return state_; }

  [[nodiscard]] sku_id id() const { return id_; }

  // A snapshot is due: limits::facts_between_snapshots_min facts, or as many as there are reservations, since
  // the last.
  [[nodiscard]] bool snapshot_due() const;

  // Facts were added since the last snapshot.
  [[nodiscard]] bool dirty() const { return state_.version != snapshot_version_; }

  // The snapshot of the present state; from now on it counts as taken.
  [[nodiscard]] std::string take_snapshot();

 private:
  struct preparation {
    group_id group;
    command asked;
    quantity units;
    std::vector<placed> leaving;
    std::optional<remembered> prior;
  };

  void take_back(const preparation& ended);
  facts expire(time_point now);
  applied settle(engine::decision verdict, facts expired);
  // Of other groups than `own`.
  [[nodiscard]] bool meets_prepared(const command& asked, group_id own = {}) const;
  [[nodiscard]] quantity withheld_by(group_id group) const;
  // What it ships, when all its members here commit.
  [[nodiscard]] std::vector<placed> leaving_by(group_id group) const;

  sku_id id_;
  sku_state state_;
  // In the order they were prepared, which is nearly always that of their commits.
  boost::container::deque<preparation> prepared_;
  boost::unordered_flat_set<uuid, boost::hash<uuid>> subjects_; // of them
  std::size_t shipments_ = 0;                                   // among them
  quantity withheld_ = 0;
  version snapshot_version_;
  bool quarantined_ = false;
};

} // namespace lockstep::engine
