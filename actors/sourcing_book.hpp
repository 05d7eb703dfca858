// Every account's sourcing rule, for SKU actors: read without a lock, changed when a person changes one.
#pragma once

#include "engine/catalogue.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace lockstep::actors {

class sourcing_book {
 public:
  // Of an account without a rule: the main location. Valid as long as the book, because rules that were replaced are
  // kept: persons change them a few times in the life of a process. Thread: any.
  [[nodiscard]] const engine::sourcing_rule* find(engine::account_id account) const {
    const auto* rules = current_.load(std::memory_order_acquire);
    if (rules == nullptr) return &main_only_;
    const auto found = rules->find(account);
    return found == rules->end() ? &main_only_ : &found->second;
  }

  // Takes the rules of all accounts anew.
  void read(const engine::catalogue& known) {
    auto rules = std::make_unique<rules_by_account>();
    known.each_account([&](const engine::account& each) {
      if (auto rule = known.sourcing_of(each.id)) rules->emplace(each.id, *std::move(rule));
    });
    const std::lock_guard guard{lock_};
    kept_.push_back(std::move(rules));
    current_.store(kept_.back().get(), std::memory_order_release);
  }

 private:
  using rules_by_account = std::map<engine::account_id, engine::sourcing_rule>;

  const engine::sourcing_rule main_only_{.locations = {engine::main_location}};
  std::atomic<const rules_by_account*> current_{nullptr};
  std::mutex lock_;
  std::vector<std::unique_ptr<const rules_by_account>> kept_;
};

} // namespace lockstep::actors
