#include "actors/publisher.hpp"

#include "actors/messages.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <tuple>

namespace lockstep::actors {

void publisher::publish(const std::vector<work_ptr>& items, storage::batch& content) {
  for (const auto& item : items) {
    for (const auto& kept : item->records)
      if (const auto* changed = std::get_if<engine::bundle>(&kept)) apply(*changed); // before anybody hears of it
    collect_answer(*item);
    item->paid.give_back(); // before the answer is heard: whoever asks again at once finds room
  }
  deliver_answers();
  note_incidents(content.facts);
  tell_numbers(items);
  apply_records(items);
  tell_listeners(content);
  for (const auto& item : items)
    if (item->durable) item->durable();
}

void publisher::refuse_for_good(work_item& item) {
  item.reply.kind = answer_kind::quarantined;
  item.reply.figures = {};
  item.facts.clear();
  collect_answer(item);
  deliver_answers();
}

void publisher::collect_answer(work_item& item) {
  if (item.barrier) {
    arriving_.push_back(std::move(item.reply));
    return;
  }
  if (item.reply.reason != engine::refusal::none)
    add(shared_.counts.refusals[static_cast<std::uint8_t>(item.reply.reason)], std::uint64_t{1});
  if (item.reply.repeated) add(shared_.counts.repeats, std::uint64_t{1});
  const auto sink = item.reply.to.sink;
  if (sink == 0) return;
  if (sink >= outgoing_.size()) outgoing_.resize(sink + std::size_t{1});
  outgoing_[sink].push_back(std::move(item.reply));
}

void publisher::deliver_answers() {
  for (std::size_t number = 0; number < outgoing_.size(); ++number) {
    if (outgoing_[number].empty()) continue;
    const auto expected = outgoing_[number].size();
    std::vector<answer> answers;
    answers.swap(outgoing_[number]);
    outgoing_[number].reserve(expected); // the next commit is likely as large
    if (auto* sink = shared_.outlets.sink(static_cast<std::uint16_t>(number)))
      sink->deliver(std::move(answers));
  }
}

void publisher::tell_numbers(const std::vector<work_ptr>& items) {
  std::vector<engine::number> told;
  std::vector<engine::own_sale> sales;
  told.reserve(items.size());
  for (const auto& item : items) {
    if (item->number) told.push_back(*item->number);
    if (item->sold != 0)
      sales.push_back({item->asked.account, item->sku, item->sold, item->asked.occurred_at});
  }
  if (told.empty() && sales.empty()) return;
  auto content = std::make_shared<committed_numbers>();
  content->committed_at = shared_.clock.now();
  content->numbers = shared_.committed.put(std::move(told));
  derive_bundles(content->numbers);
  content->sales = std::move(sales);
  content->facts_to = facts_to_;
  for (const auto& channel : shared_.outlets.channels())
    caf::anon_send(channel, numbers_committed{content});
}

// A bundle's number becomes durable with those of its leaves. Leaves that have not told theirs are asked, once.
void publisher::derive_bundles(std::vector<engine::number>& numbers) {
  if (bundles_.empty()) return;
  std::vector<engine::sku_id> unheard;
  bundles_.derive(numbers, shared_.outlets.channels().empty() ? nullptr : &unheard);
  for (const auto leaf : unheard)
    if (asked_.insert(leaf).second) caf::anon_send(shared_.skus.find(leaf).owner, announce_number{});
  std::vector<engine::number> derived;
  for (const auto& each : numbers)
    if (bundles_.is_bundle(each.sku)) derived.push_back(each);
  std::ignore = shared_.committed.put(std::move(derived));
}

void publisher::note_incidents(const std::vector<storage::sku_fact>& facts) {
  for (const auto& [sku, happened] : facts) {
    facts_to_ = std::max(facts_to_, happened.at);
    if (const auto opened = engine::incident_of(happened))
      shared_.committed.open(sku, *opened);
    else if (happened.kind == engine::fact_kind::resolved)
      shared_.committed.resolve(sku, happened.value);
  }
}

void publisher::apply_records(const std::vector<work_ptr>& items) {
  for (const auto& item : items)
    for (const auto& kept : item->records) {
      if (const auto* changed = std::get_if<engine::listing>(&kept)) apply(*changed);
      if (const auto* changed = std::get_if<storage::quarantined>(&kept)) apply(*changed);
      if (const auto* letter = std::get_if<storage::dead_letter>(&kept)) shared_.letters.committed(*letter);
    }
}

void publisher::apply(const engine::listing& changed) {
  const auto channel = shared_.outlets.channel(changed.account);
  if (!channel) return;
  caf::anon_send(*channel, listing_changed{changed});
  announce(changed.sku);
}

void publisher::announce(engine::sku_id sku) {
  std::vector<engine::sku_id> skus{sku};
  if (shared_.skus.has_bundles()) shared_.skus.add_leaves(skus);
  for (const auto each : skus)
    caf::anon_send(shared_.skus.find(each).owner, announce_number{});
}

// Its owner is started for its open lines: they go on under the revision they were recorded under.
void publisher::apply(const engine::bundle& changed) {
  shared_.skus.compose(changed);
  bundles_.put(changed);
  std::ignore = shared_.skus.find(changed.id);
  if (!shared_.outlets.channels().empty()) announce(changed.id);
}

void publisher::apply(const storage::quarantined& changed) {
  const auto [slot, owner] = shared_.skus.find(changed.sku);
  const bool before = slot->quarantined.exchange(!changed.released);
  if (before == changed.released) shared_.counts.quarantined += changed.released ? -1 : 1;
  caf::anon_send(owner, quarantine_changed{!changed.released});
  for (const auto& channel : shared_.outlets.channels())
    caf::anon_send(channel, sku_quarantined{changed.sku, changed.released});
  caf::anon_send(owner, announce_number{}); // known from now on, or no longer
}

void publisher::tell_listeners(storage::batch& content) {
  const auto listeners = shared_.outlets.listeners();
  if (listeners.empty() || content.facts.empty()) return;
  const auto facts = std::make_shared<const std::vector<storage::sku_fact>>(std::move(content.facts));
  for (const auto& listener : listeners)
    listener->committed(facts);
}

void publisher::advance_barriers() {
  while (has_barriers()) {
    if (!waiting_.empty()) {
      if (shared_.admission.in_use(waiting_phase_) != 0) return;
      for (auto& reply : waiting_)
        if (auto* sink = shared_.outlets.sink(reply.to.sink)) sink->deliver({reply});
      waiting_.clear();
      continue;
    }
    // A credit taken while the phase was flipping may still be counted in the other phase: it must leave
    // first.
    if (shared_.admission.in_use(std::uint8_t(shared_.admission.phase() ^ 1)) != 0) return;
    waiting_.swap(arriving_);
    waiting_phase_ = shared_.admission.flip_phase();
  }
}

} // namespace lockstep::actors
