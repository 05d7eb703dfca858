// What the account's rules and its products' tags make of its listings' numbers.
#include "engine/channel_push.hpp"

#include <algorithm>
#include <utility>

namespace lockstep::engine {

effective_rule channel_push::rule_of(const listing& content) const {
  const listing_rule* tagged = nullptr;
  if (!rules_.by_tag.empty())
    if (const auto tags = tags_.find(content.sku); tags != tags_.end()) tagged = rules_.of_tags(tags->second);
  return resolve(rules_.all, tagged, content.rule);
}

quantity channel_push::derive(const listing& content, const engine::number& from,
                              std::vector<published_step>* steps) const {
  return published(from, {content.account, rules_.locations, rule_of(content)}, steps);
}

void channel_push::rule(account_rules rules, time_point now) {
  if (rules == rules_) return;
  const bool moves = rules.locations != rules_.locations;
  std::vector<effective_rule> rules_before;
  rules_before.reserve(entries_.size());
  for (const auto& e : entries_)
    rules_before.push_back(rule_of(e.content));
  rules_ = std::move(rules);
  for (slot s = 0; s < entries_.size(); ++s)
    if (moves || rule_of(entries_[s].content) != rules_before[s]) {
      need(entries_[s]);
      ruled(s, now);
    }
}

void channel_push::tag(sku_id sku, std::vector<std::string> tags, time_point now) {
  const auto known = tags_.find(sku);
  if (known == tags_.end() ? tags.empty() : known->second == tags) return;
  std::vector<effective_rule> rules_before;
  for (const auto s : slots_of(sku))
    rules_before.push_back(rule_of(entries_[s].content));
  if (tags.empty())
    tags_.erase(sku);
  else
    tags_[sku] = std::move(tags);
  auto was = rules_before.begin();
  for (const auto s : slots_of(sku))
    if (rule_of(entries_[s].content) != *was++) {
      need(entries_[s]);
      ruled(s, now);
    }
}

// A person's change of what this listing shows: due at once, and the brake's business unless a sale had emptied it
// before. No fact tells of it, so its publication says that it must be judged anew.
void channel_push::ruled(slot s, time_point now) {
  auto& e = entries_[s];
  say_uncertain(s, true);
  e.relisted = !e.number.known;
  if (e.relisted) return;
  e.number.by_person = true;
  e.number.by_sale = e.number.by_sale && e.push.wanted() == 0;
  renumber(s, now, now);
}

} // namespace lockstep::engine
