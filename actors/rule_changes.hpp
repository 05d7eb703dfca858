// Which accounts' listings show other numbers because of records that are about to be made durable. Those accounts'
// cursors are taken away in the same commit: whatever dies then, the next start asks for all their numbers.
#pragma once

#include "actors/channel_context.hpp"
#include "actors/core.hpp"

#include <functional>
#include <map>
#include <vector>

namespace lockstep::actors {

class rule_changes {
 public:
  // `present`: before they are put.
  rule_changes(const engine::catalogue& present, const std::vector<storage::record>& records);

  [[nodiscard]] bool empty() const { return tags_.empty(); }

  // After they were put: revises the rules, and adds what must be durable with them.
  void apply(engine::catalogue& to, std::vector<storage::record>& records);
  // Tells the accounts' channels; to be called after the commit.
  [[nodiscard]] std::function<void()> told(core& shared, std::function<void()> then) const;

 private:
  void look(const engine::catalogue& present, const engine::account_rule& changed);
  void look(const engine::catalogue& present, const engine::account& changed);
  void look(const engine::catalogue& present, const engine::product& changed);

  template <class Other>
  void look(const engine::catalogue&, const Other&) {}

  std::map<engine::account_id, tags_by_sku> tags_; // of every account concerned
  std::map<engine::account_id, engine::account_rules> rules_;
};

} // namespace lockstep::actors
