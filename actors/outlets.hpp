// Who hears of a commit: sinks of answers, channel actors, listeners for facts. Anybody may register at any
// time; persistence asks after each commit.
#pragma once

#include "actors/answer.hpp"
#include "actors/fact_listener.hpp"
#include "engine/limits.hpp"

#include <caf/actor.hpp>

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace lockstep::actors {

class outlets {
 public:
  // Numbers from 1; 0 when there are limits::sinks_max already (then nobody listens under that number).
  [[nodiscard]] std::uint16_t add_sink(answer_sink& sink);
  // Null when nobody listens.
  [[nodiscard]] answer_sink* sink(std::uint16_t number) const;

  // Adds the actor of an account, or puts it in the place of a failed one.
  void put_channel(engine::account_id account, caf::actor channel);
  [[nodiscard]] std::vector<caf::actor> channels() const;
  [[nodiscard]] std::optional<caf::actor> channel(engine::account_id account) const;
  [[nodiscard]] std::vector<std::pair<engine::account_id, caf::actor>> channels_by_account() const;

  void listen(std::shared_ptr<fact_listener> listener);
  void stop_listening(const std::shared_ptr<fact_listener>& listener);
  [[nodiscard]] std::vector<std::shared_ptr<fact_listener>> listeners() const;

  // Forgets channels and listeners; sinks stay, they may get answers to the last.
  void close();

 private:
  mutable std::mutex lock_;
  std::map<engine::account_id, caf::actor> channels_;
  std::vector<std::shared_ptr<fact_listener>> listeners_;
  std::array<std::atomic<answer_sink*>, limits::sinks_max + 1> sinks_{};
  std::uint16_t last_sink_ = 0;
};

} // namespace lockstep::actors
