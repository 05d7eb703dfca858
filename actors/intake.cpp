#include "actors/intake.hpp"

#include "actors/messages.hpp"
#include "engine/assertion.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace lockstep::actors {

admission intake::submit(submission command) {
  if (closed()) return admission::draining;
  admitted_work one;
  const auto outcome = admit(std::move(command), purpose::single, one);
  if (outcome == admission::accepted) caf::anon_send(one.owner, admitted{std::move(one.work)});
  return outcome;
}

admission intake::submit(std::vector<submission> commands) {
  if (closed()) return admission::draining;
  std::vector<admitted_work> all(commands.size());
  for (std::size_t i = 0; i < commands.size(); ++i)
    if (const auto outcome = admit(std::move(commands[i]), purpose::single, all[i]);
        outcome != admission::accepted)
      return outcome;
  for (auto& one : all)
    caf::anon_send(one.owner, admitted{std::move(one.work)});
  return admission::accepted;
}

admission intake::submit_group(std::vector<submission> members) {
  if (members.size() == 1) return submit(std::move(members.front()));
  engine::ensure(!members.empty() && members.size() <= limits::lines_per_group_max,
                 "a group has a bounded number of lines", static_cast<std::int64_t>(members.size()),
                 static_cast<std::int64_t>(limits::lines_per_group_max));
  if (closed()) return admission::draining;
  std::vector<admitted_work> all(members.size());
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto why = i == 0 ? purpose::group_key : purpose::group_member;
    if (const auto outcome = admit(std::move(members[i]), why, all[i]); outcome != admission::accepted)
      return outcome;
    const auto refused = all[i].work->refused_at_intake;
    const bool repeated = i == 0 && all[i].known;
    if (!repeated && refused == engine::refusal::none) continue;
    // Done before, or refused already: the owner of the group's key answers alone, no member is touched.
    auto& told = all.front();
    if (told.work->refused_at_intake == engine::refusal::none) told.work->refused_at_intake = refused;
    caf::anon_send(told.owner, admitted{std::move(told.work)});
    return admission::accepted;
  }
  start_group(std::move(all));
  return admission::accepted;
}

void intake::start_group(std::vector<admitted_work> members) {
  auto group = std::make_shared<group_work>();
  group->id = engine::group_id{++last_group_};
  const auto* keyed = members.front().work.get();
  std::sort(members.begin(), members.end(),
            [](const admitted_work& a, const admitted_work& b) { return a.work->sku < b.work->sku; });
  for (auto& one : members) {
    if (one.work.get() == keyed) group->keyed = group->members.size();
    if (!group->members.empty())
      engine::ensure(group->members.back()->sku != one.work->sku, "a group has one command per SKU",
                     static_cast<std::int64_t>(one.work->sku));
    if (one.work.get() != keyed) one.work->reply.to = {};
    group->members.push_back(std::move(one.work));
  }
  ++shared_.counts.groups_in_flight;
  group->ended = [&shared = shared_](std::size_t granted) {
    --shared.counts.groups_in_flight;
    if (granted != 0 && !shared.skus.closed())
      shared.fatal.say(70, "the actor of a SKU failed while a group was under way");
  };
  caf::anon_send(members.front().owner, prepare_member{std::move(group), 0});
}

admission intake::admit(submission&& command, purpose why, admitted_work& out) {
  work_ptr work{new work_item};
  work->sku = command.sku;
  work->asked = std::move(command.asked);
  work->reply.to = command.to;
  if (!claim(*work, why, out.known)) return admission::overloaded;
  work->reply.sku = work->sku;
  auto [slot, owner] = shared_.skus.find(work->sku);
  if (slot->quarantined.load(std::memory_order_relaxed) && shared_.letters.was_refused_by_store(work->asked))
    work->refused_at_intake = engine::refusal::quarantined;
  auto paid = shared_.admission.take(class_of(work->asked), work->asked.account, slot->in_flight);
  if (!paid) return admission::overloaded;
  work->paid = std::move(*paid);
  shared_.counts.commands.fetch_add(1, std::memory_order_relaxed);
  out.work = std::move(work);
  out.owner = std::move(owner);
  return admission::accepted;
}

// The line leads first, because it may have been re-mapped since; then the key, because the line may be
// unknown.
bool intake::claim(work_item& work, purpose why, bool& known) {
  if (const auto* line = std::get_if<engine::record_line>(&work.asked.body))
    if (line->line != work.asked.key && !claim_line(work, line->line, why)) return false;
  if (const auto* back = std::get_if<engine::take_return>(&work.asked.body);
      back != nullptr && !back->line.is_nil())
    work.sku = shared_.keys.target(back->line).value_or(work.sku);
  return work.asked.key.is_nil() || claim_key(work, why, known);
}

bool intake::claim_line(work_item& work, const engine::uuid& line, purpose why) {
  const auto claimed = shared_.keys.claim(line, work.sku);
  if (claimed.verdict == key_memory::verdict::full) return false;
  if (claimed.verdict == key_memory::verdict::busy)
    work.refused_at_intake = engine::refusal::in_progress;
  else
    work.line = key_claim{shared_.keys, line};
  // A member of a group is refused rather than moved: its group may have the line's SKU already.
  if (why != purpose::single && claimed.sku != work.sku) work.refused_at_intake = engine::refusal::key_reused;
  work.sku = claimed.sku;
  return true;
}

bool intake::claim_key(work_item& work, purpose why, bool& known) {
  const auto claimed = shared_.keys.claim(work.asked.key, work.sku, why == purpose::group_key);
  if (claimed.verdict == key_memory::verdict::full) return false;
  if (claimed.verdict == key_memory::verdict::busy)
    work.refused_at_intake = engine::refusal::in_progress;
  else
    work.key = key_claim{shared_.keys, work.asked.key};
  known = claimed.verdict == key_memory::verdict::remembered;
  if (why == purpose::group_member && claimed.sku != work.sku)
    work.refused_at_intake = engine::refusal::key_reused;
  work.sku = claimed.sku;
  return true;
}

} // namespace lockstep::actors
