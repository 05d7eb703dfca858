// The only writer of the store. Group commit: the first item of an empty queue makes the actor send itself a
// tick; what queues before the tick arrives goes into one transaction, so the batch grows with the load and
// never waits for a timer.
//
//   committed    answers and numbers leave, the next batch begins
//   unavailable  the same batch again after a back-off with jitter; admission credits bound what queues
//   meanwhile unknown      the store is asked for the batch first: it is committed, or sent again fenced
//   another process writes: stop refused      halves are tried until the culprit stands alone; it is
//   quarantined in a transaction of its own; stop
#pragma once

#include "actors/commit_attempt.hpp"
#include "actors/commit_queue.hpp"
#include "actors/core.hpp"
#include "actors/publisher.hpp"
#include "storage/store.hpp"

#include <caf/event_based_actor.hpp>

#include <memory>
#include <random>

namespace lockstep::actors {

class persistence {
 public:
  persistence(caf::event_based_actor& self, core& shared, std::unique_ptr<storage::store> store);

  void accept(work_ptr item);
  void on_tick();

  [[nodiscard]] engine::result<std::unique_ptr<storage::reader>> open_reader() {
    return store_->open_reader();
  }

 private:
  enum class phase : std::uint8_t {
    idle,        // nothing ready
    ticking,     // a tick is on its way
    backing_off, // a tick will come after the back-off
    stopped,     // nothing is written any more, all is dropped
  };

  void wake();
  void commit();
  void judge(storage::commit_result outcome);
  void finish();
  void back_off(const std::string& why);
  void look_up();
  void find_culprit(std::string why);
  void quarantine(commit_queue::taken culprit, const std::string& why);
  void stop(int exit_code, const std::string& why);
  void recheck_barriers();
  void tell_lag();

  caf::event_based_actor& self_;
  core& shared_;
  std::unique_ptr<storage::store> store_;
  publisher publisher_;
  commit_queue queue_;
  commit_attempt attempt_;
  storage::batch_number number_ = 0;
  bool unknown_ = false; // the outcome of attempt_ must be looked up before it is sent again
  phase phase_ = phase::idle;
  engine::time_point looked_at_{}; // the clock, when the last turn began
  unsigned failures_ = 0;          // in a row
  bool rechecking_ = false;
  std::minstd_rand jitter_;
};

// Detached unless the core says otherwise.
[[nodiscard]] caf::actor spawn_persistence(core& shared, std::unique_ptr<storage::store> store);

} // namespace lockstep::actors
