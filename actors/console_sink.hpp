// Where answers and durable facts leave the persistence thread on their way to the console's broker.
#pragma once

#include "actors/answer.hpp"
#include "actors/fact_listener.hpp"

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace lockstep::actors {

// Persistence to the console, after COMMIT.
struct facts_committed {
  std::shared_ptr<const std::vector<storage::sku_fact>> facts;
};

class console_sink : public answer_sink, public fact_listener {
 public:
  // Called by each broker first, before anything can be answered. Held weakly: the broker holds the sink.
  void hand_to(const caf::actor& broker);

  // On the persistence thread. Facts are dropped and counted beyond limits::console_tail_facts_max on their
  // way: mailboxes have no bound of their own.
  void deliver(std::vector<answer> answers) noexcept override;
  void committed(std::shared_ptr<const std::vector<storage::sku_fact>> facts) noexcept override;

  // On the broker's thread: a message with so many facts was taken out of the mailbox.
  void took(std::size_t facts);
  // Facts dropped since the last call.
  [[nodiscard]] std::uint64_t take_dropped();

 private:
  [[nodiscard]] caf::actor broker() const;

  mutable std::mutex lock_;
  caf::actor_addr broker_;
  std::atomic<std::size_t> queued_{0};
  std::atomic<std::uint64_t> dropped_{0};
};

} // namespace lockstep::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::facts_committed)
