#include "actors/rule_changes.hpp"

#include "actors/messages.hpp"

#include <caf/send.hpp>

#include <utility>

namespace lockstep::actors {

rule_changes::rule_changes(const engine::catalogue& present, const std::vector<storage::record>& records) {
  for (const auto& each : records)
    std::visit([&](const auto& changed) { look(present, changed); }, each);
}

void rule_changes::look(const engine::catalogue& present, const engine::account_rule& changed) {
  auto rules = present.rules_of(changed.account);
  rules.put(changed.tag, changed.rule);
  if (rules != present.rules_of(changed.account)) tags_[changed.account];
}

void rule_changes::look(const engine::catalogue& present, const engine::account& changed) {
  const auto locations = changed.sourcing ? changed.sourcing->locations : std::vector<engine::location_id>{};
  if (locations != present.rules_of(changed.id).locations) tags_[changed.id];
}

// A product that is new has no listing yet: its channels read its tags with the first.
void rule_changes::look(const engine::catalogue& present, const engine::product& changed) {
  const auto* known = present.find(changed.id);
  if (known == nullptr || known->tags == changed.tags) return;
  for (const auto id : present.listings_of(changed.id)) {
    auto& tags = tags_[present.find(id)->account];
    if (tags.empty() || tags.back().first != changed.id) tags.emplace_back(changed.id, changed.tags);
  }
}

void rule_changes::apply(engine::catalogue& to, std::vector<storage::record>& records) {
  for (const auto& [account, tags] : tags_) {
    to.revise_rules(account);
    rules_.emplace(account, to.rules_of(account));
    records.emplace_back(storage::watermark{account, "numbers", {}});
  }
}

std::function<void()> rule_changes::told(core& shared, std::function<void()> then) const {
  return [&shared, rules = rules_, tags = tags_, then = std::move(then)] {
    for (const auto& [account, changed] : rules) {
      shared.ruled.put(account, changed);
      if (const auto channel = shared.outlets.channel(account))
        caf::anon_send(*channel, rules_changed{changed, tags.at(account)});
    }
    if (then) then();
  };
}

} // namespace lockstep::actors
