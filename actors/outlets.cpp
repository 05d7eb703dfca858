#include "actors/outlets.hpp"

#include <algorithm>

namespace lockstep::actors {

std::uint16_t outlets::add_sink(answer_sink& sink) {
  const std::lock_guard guard{lock_};
  if (last_sink_ == limits::sinks_max) return 0;
  sinks_[++last_sink_].store(&sink, std::memory_order_release);
  return last_sink_;
}

answer_sink* outlets::sink(std::uint16_t number) const {
  return number < sinks_.size() ? sinks_[number].load(std::memory_order_acquire) : nullptr;
}

void outlets::put_channel(engine::account_id account, caf::actor channel) {
  const std::lock_guard guard{lock_};
  channels_.insert_or_assign(account, std::move(channel));
}

std::vector<caf::actor> outlets::channels() const {
  const std::lock_guard guard{lock_};
  std::vector<caf::actor> all;
  for (const auto& [account, channel] : channels_)
    all.push_back(channel);
  return all;
}

std::vector<std::pair<engine::account_id, caf::actor>> outlets::channels_by_account() const {
  const std::lock_guard guard{lock_};
  return {channels_.begin(), channels_.end()};
}

std::optional<caf::actor> outlets::channel(engine::account_id account) const {
  const std::lock_guard guard{lock_};
  const auto found = channels_.find(account);
  if (found == channels_.end()) return std::nullopt;
  return found->second;
}

void outlets::listen(std::shared_ptr<fact_listener> listener) {
  const std::lock_guard guard{lock_};
  listeners_.push_back(std::move(listener));
}

void outlets::stop_listening(const std::shared_ptr<fact_listener>& listener) {
  const std::lock_guard guard{lock_};
  std::erase(listeners_, listener);
}

std::vector<std::shared_ptr<fact_listener>> outlets::listeners() const {
  const std::lock_guard guard{lock_};
  return listeners_;
}

void outlets::close() {
  const std::lock_guard guard{lock_};
  channels_.clear();
  listeners_.clear();
}

} // namespace lockstep::actors
