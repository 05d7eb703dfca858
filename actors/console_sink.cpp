#include "actors/console_sink.hpp"

#include "actors/messages.hpp"
#include "engine/limits.hpp"

namespace lockstep::actors {

void console_sink::hand_to(const caf::actor& broker) {
  const std::lock_guard guard{lock_};
  broker_ = caf::actor_cast<caf::actor_addr>(broker);
  queued_ = 0; // what was on its way to the one before is gone with it
}

caf::actor console_sink::broker() const {
  const std::lock_guard guard{lock_};
  return caf::actor_cast<caf::actor>(broker_);
}

void console_sink::deliver(std::vector<answer> answers) noexcept {
  if (const auto alive = broker()) caf::anon_send(alive, answers_delivered{std::move(answers)});
}

void console_sink::committed(std::shared_ptr<const std::vector<storage::sku_fact>> facts) noexcept {
  const auto count = facts->size();
  const auto alive = broker();
  if (!alive || queued_ + count > limits::console_tail_facts_max) {
    dropped_ += count;
    return;
  }
  queued_ += count;
  caf::anon_send(alive, facts_committed{std::move(facts)});
}

void console_sink::took(std::size_t facts) {
  queued_ -= facts;
}

std::uint64_t console_sink::take_dropped() {
  return dropped_.exchange(0);
}

} // namespace lockstep::actors
