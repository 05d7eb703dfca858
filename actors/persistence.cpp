#include "actors/persistence.hpp"

#include "actors/handlers.hpp"
#include "actors/messages.hpp"
#include "adapters/log.hpp"
#include "engine/limits.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace lockstep::actors {

namespace log = adapters::log;

persistence::persistence(caf::event_based_actor& self, core& shared, std::unique_ptr<storage::store> store)
    : self_(self), shared_(shared), store_(std::move(store)), publisher_(shared),
      jitter_(static_cast<std::minstd_rand::result_type>(store_->current_epoch())) {}

void persistence::accept(work_ptr item) {
  if (phase_ == phase::stopped) return;
  const bool first = phase_ == phase::idle;
  if (first) looked_at_ = shared_.clock.now();
  item->queued_at = looked_at_;
  queue_.push(std::move(item));
  shared_.counts.queued.store(queue_.size(), std::memory_order_relaxed);
  if (first) tell_lag();
  wake();
}

void persistence::wake() {
  if (phase_ != phase::idle || (attempt_.empty() && !queue_.ready())) return;
  phase_ = phase::ticking;
  self_.send(&self_, tick{});
}

void persistence::on_tick() {
  rechecking_ = false;
  if (phase_ == phase::stopped) return;
  phase_ = phase::idle;
  looked_at_ = shared_.clock.now();
  shared_.counts.persistence_mailbox.store(self_.mailbox().size(), std::memory_order_relaxed);
  if (attempt_.empty() && queue_.ready())
    attempt_.fill(
        queue_.take(limits::facts_per_batch_max, {std::move(attempt_.items), std::move(attempt_.units)}),
        ++number_);
  tell_lag();
  if (!attempt_.empty()) commit();
  tell_lag();
  publisher_.advance_barriers();
  wake();
  recheck_barriers();
}

void persistence::tell_lag() {
  auto oldest = queue_.oldest();
  if (!attempt_.empty()) oldest = std::min(attempt_.items.front()->queued_at, oldest.value_or(looked_at_));
  const auto told = oldest.value_or(engine::time_point{});
  shared_.counts.oldest_queued.store(told.time_since_epoch().count(), std::memory_order_relaxed);
}

void persistence::commit() {
  if (unknown_) return look_up();
  const auto began = self_.clock().now();
  auto outcome = store_->commit(attempt_.batch);
  if (outcome.status == storage::commit_status::committed) {
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(self_.clock().now() - began);
    shared_.counts.commit_durations.add(took);
    shared_.counts.all_commit_durations.add(took);
  }
  judge(std::move(outcome));
}

void persistence::judge(storage::commit_result outcome) {
  switch (outcome.status) {
  case storage::commit_status::committed: return finish();
  case storage::commit_status::unavailable: return back_off(outcome.what);
  case storage::commit_status::unknown:
    unknown_ = true;
    add(shared_.counts.unknown_commits, std::uint64_t{1});
    log::write(log::level::warning, "commit-unknown", outcome.what, {{"batch", attempt_.batch.number}});
    return look_up();
  case storage::commit_status::fenced:
    return stop(75, fmt::format("another process has taken the store over: {}", outcome.what));
  case storage::commit_status::refused:
    log::write(log::level::critical, "commit-refused", outcome.what, {{"batch", attempt_.batch.number}});
    return find_culprit(std::move(outcome.what));
  }
}

void persistence::finish() {
  if (failures_ > 0) log::write(log::level::info, "store-available", "the store takes commits again");
  failures_ = 0;
  unknown_ = false;
  auto& counts = shared_.counts;
  counts.store_available.store(true, std::memory_order_relaxed);
  counts.committed_at.store(shared_.clock.now().time_since_epoch().count(), std::memory_order_relaxed);
  counts.batch.store(attempt_.batch.number, std::memory_order_relaxed);
  counts.last_batch_facts.store(attempt_.batch.facts.size(), std::memory_order_relaxed);
  counts.queued.store(queue_.size(), std::memory_order_relaxed);
  add(counts.facts, std::uint64_t{attempt_.batch.facts.size()});
  add(counts.commits, std::uint64_t{1});
  publisher_.publish(attempt_.items, attempt_.batch);
  attempt_.clear(); // returns the credits
}

void persistence::back_off(const std::string& why) {
  ++failures_;
  if (failures_ == 1)
    log::write(log::level::warning, "store-unavailable", why, {{"batch", attempt_.batch.number}});
  shared_.counts.store_available.store(false, std::memory_order_relaxed);
  const std::chrono::milliseconds shortest = limits::store_retry_min;
  const std::chrono::milliseconds longest = limits::store_retry_max;
  const auto ceiling = std::min(longest, shortest * (1 << std::min(failures_ - 1, 10U)));
  std::uniform_int_distribution<std::int64_t> pick{ceiling.count() / 2, ceiling.count()};
  phase_ = phase::backing_off;
  self_.delayed_send(&self_, std::chrono::milliseconds{pick(jitter_)}, tick{});
}

void persistence::look_up() {
  const auto found = store_->find_batch(attempt_.batch.number);
  if (found && *found) return finish();
  if (found) {
    unknown_ = false;
    return back_off("the batch of unknown outcome is not in the store and is sent again");
  }
  if (found.error().code == engine::error_code::fenced)
    return stop(75, fmt::format("another process has taken the store over: {}", found.error().what));
  back_off(found.error().what);
}

// Each half is a transaction of its own, in order: what stands before the culprit becomes durable, what
// follows is dropped. Content that was refused only in company is kept like any other.
void persistence::find_culprit(std::string why) {
  std::vector<commit_queue::taken> pieces; // the last is the next
  while (attempt_.units.size() > 1) {
    auto [first, second] = std::move(attempt_).split();
    pieces.push_back(std::move(second));
    pieces.push_back(std::move(first));
    for (bool refused = false; !refused;) {
      if (pieces.empty()) return;
      attempt_.fill(std::move(pieces.back()), ++number_);
      pieces.pop_back();
      const auto outcome = store_->commit(attempt_.batch);
      refused = outcome.status == storage::commit_status::refused;
      why = outcome.what;
      if (outcome.status == storage::commit_status::committed)
        finish();
      else if (!refused)
        return stop(70, fmt::format("the store failed while a refused commit was taken apart: {}", why));
    }
  }
  quarantine({std::move(attempt_.items), std::move(attempt_.units)}, why);
}

void persistence::quarantine(commit_queue::taken culprit, const std::string& why) {
  storage::batch sentence;
  sentence.number = ++number_;
  boost::container::small_vector<engine::sku_id, 1> skus;
  for (const auto& item : culprit.items)
    if (std::find(skus.begin(), skus.end(), item->sku) == skus.end()) skus.push_back(item->sku);
  for (const auto sku : skus)
    sentence.records.emplace_back(
        storage::quarantined{sku, shared_.clock.now(), "the store refused its facts: " + why, false});
  for (const auto& item : culprit.items)
    if (auto letter = dead_letter_book::refused_by_store(item->asked, why, shared_.clock.now()))
      sentence.records.emplace_back(*std::move(letter));
  const auto outcome = store_->commit(sentence);
  if (outcome.status == storage::commit_status::committed)
    for (const auto& item : culprit.items)
      publisher_.refuse_for_good(*item);
  stop(70, fmt::format(
               "the store refused the facts of SKU {}: {}{}", static_cast<std::int64_t>(skus.front()), why,
               outcome.status == storage::commit_status::committed ? "; the SKU is quarantined" : ""));
}

void persistence::stop(int exit_code, const std::string& why) {
  phase_ = phase::stopped;
  shared_.draining.store(true);
  attempt_.clear();
  queue_ = {};
  shared_.fatal.say(exit_code, why);
}

// Credits may also end elsewhere (a failed actor drops what it held): look again while somebody waits.
void persistence::recheck_barriers() {
  if (!publisher_.has_barriers() || phase_ != phase::idle || rechecking_) return;
  rechecking_ = true;
  self_.delayed_send(&self_, std::chrono::milliseconds{20}, tick{});
}

namespace {

struct persistence_actor {
  std::unique_ptr<persistence> host;
  const char* name = "persistence";
};

caf::behavior run_persistence(caf::stateful_actor<persistence_actor>* self, core* shared,
                              std::shared_ptr<std::unique_ptr<storage::store>> store) {
  set_handlers(*self, "persistence");
  self->state.host = std::make_unique<persistence>(*self, *shared, std::move(*store));
  return {
      [self](decided& made) { self->state.host->accept(std::move(made.work)); },
      [self](tick) { self->state.host->on_tick(); },
      [self](const open_reader& asked) { asked.answer->set_value(self->state.host->open_reader()); },
  };
}

} // namespace

caf::actor spawn_persistence(core& shared, std::unique_ptr<storage::store> store) {
  auto handed = std::make_shared<std::unique_ptr<storage::store>>(std::move(store));
  return shared.options.detached
             ? shared.system.spawn<caf::detached>(run_persistence, &shared, std::move(handed))
             : shared.system.spawn(run_persistence, &shared, std::move(handed));
}

} // namespace lockstep::actors
