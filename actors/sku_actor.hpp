// Hosts engine::sku_owner: carries messages and timers for it and decides nothing. Until the state is loaded,
// messages stay in the mailbox. Every answer goes through persistence, so that nothing observable leaves
// before COMMIT.
#pragma once

#include "actors/core.hpp"
#include "actors/messages.hpp"
#include "engine/sku_owner.hpp"

#include <boost/container/deque.hpp>
#include <caf/event_based_actor.hpp>

#include <optional>

namespace lockstep::actors {

class sku_host {
 public:
  sku_host(caf::event_based_actor& self, core& shared, sku_slot& slot)
      : self_(self), shared_(shared), slot_(slot) {}

  // Asks the loader for the state; the behaviour follows when it comes.
  void load();
  // True when the state is there; false: the process must end.
  [[nodiscard]] bool take(sku_loaded& read);

  void decide(work_ptr work);
  void prepare(prepare_member asked);
  void commit(const commit_member& asked);
  void abort(engine::group_id group);
  void announce(announce_number asked);
  void snapshot(write_snapshot& asked);

  void quarantine(bool quarantined);

  void on_tick();

 private:
  // A command, or a member of a group, that waits for the outcome of a group that has set units aside here.
  struct waiter {
    work_ptr work; // null when it is of a group
    prepare_member member;
    engine::time_point until{};
  };

  void restore_open_lines();
  [[nodiscard]] engine::time_point line_kept_from(const engine::uuid& line) const;
  [[nodiscard]] bool try_decide(work_ptr& work, bool may_wait);
  [[nodiscard]] bool try_prepare(const prepare_member& asked, bool may_wait);
  [[nodiscard]] bool room_to_wait() const;
  void wait(waiter one);
  void retry_waiters();
  void pass_on(const prepare_member& asked);
  void refuse(const prepare_member& asked, engine::refusal reason);

  void send_decided(work_ptr work, engine::applied done);
  void store_expired(engine::facts expired);
  void send_alone(engine::facts expired);
  void send_snapshot(std::function<void(bool)> written);
  void fill(work_item& work, engine::applied& done);
  [[nodiscard]] storage::snapshot take_snapshot();
  [[nodiscard]] work_ptr bare_item() const;
  [[nodiscard]] engine::number present_number() const;
  void send(work_ptr work);
  [[nodiscard]] std::optional<engine::time_point> follow_due() const;
  void follow(engine::time_point now);
  void arm();

  caf::event_based_actor& self_;
  core& shared_;
  sku_slot& slot_;
  std::optional<engine::sku_owner> owner_;
  boost::container::deque<waiter> waiters_; // takes no memory while it is empty
  engine::time_point next_tick_{};          // zero: no tick is on its way
  engine::time_point last_moved_{};
  engine::time_point followed_at_{}; // when dynamic safety stock was last looked at
};

// `after_failure`: loads only when what a failed predecessor decided is durable.
[[nodiscard]] caf::actor spawn_sku(core& shared, sku_slot& slot, bool after_failure);

} // namespace lockstep::actors
