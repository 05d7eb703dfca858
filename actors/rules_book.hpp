// Every account's rules as they are durable: the catalogue has them before.
#pragma once

#include "engine/catalogue.hpp"

#include <map>
#include <mutex>

namespace lockstep::actors {

// Thread: any.
class rules_book {
 public:
  // None that were told: the account has no rule.
  [[nodiscard]] engine::account_rules of(engine::account_id account) const {
    const std::lock_guard guard{lock_};
    const auto found = rules_.find(account);
    return found == rules_.end() ? engine::account_rules{} : found->second;
  }

  void put(engine::account_id account, engine::account_rules rules) {
    const std::lock_guard guard{lock_};
    rules_.insert_or_assign(account, std::move(rules));
  }

 private:
  mutable std::mutex lock_;
  std::map<engine::account_id, engine::account_rules> rules_;
};

} // namespace lockstep::actors
