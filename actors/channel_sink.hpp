// Answers of the order lines that a channel actor submitted, on their way back to it.
#pragma once

#include "actors/messages.hpp"

#include <mutex>
#include <vector>

namespace lockstep::actors {

class channel_sink final : public answer_sink {
 public:
  void deliver(std::vector<answer> answers) noexcept override {
    const std::lock_guard guard{lock_};
    if (channel_)
      caf::anon_send(channel_, answers_delivered{std::move(answers)});
    else
      early_.insert(early_.end(), std::make_move_iterator(answers.begin()),
                    std::make_move_iterator(answers.end()));
  }

  // The actor is spawned after its sink: answers that came meanwhile go out first.
  void set(caf::actor channel) {
    const std::lock_guard guard{lock_};
    channel_ = std::move(channel);
    if (!early_.empty()) caf::anon_send(channel_, answers_delivered{std::move(early_)});
    early_.clear();
  }

  void close() {
    const std::lock_guard guard{lock_};
    channel_ = nullptr;
    early_.clear();
  }

 private:
  std::mutex lock_;
  caf::actor channel_;
  std::vector<answer> early_;
};

} // namespace lockstep::actors
