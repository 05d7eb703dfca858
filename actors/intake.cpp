#include "actors/intake.hpp"

#include "actors/messages.hpp"
#include "engine/assertion.hpp"
#include "engine/bundle.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <tuple>

namespace lockstep::actors {

admission intake::submit(submission command) {
  if (closed()) return admission::draining;
  const auto found = find_expansion(command);
  if (found.unknown || found.of != nullptr) {
    admitted_request parts;
    const auto outcome = add(std::move(command), purpose::single, parts);
    if (outcome == admission::accepted) send(std::move(parts));
    return outcome;
  }
  admitted_work one;
  const auto outcome = admit(std::move(command), purpose::single, one);
  if (outcome != admission::accepted) return outcome;
  if (outdated(found, one)) return admission::overloaded;
  caf::anon_send(one.owner, admitted{std::move(one.work)});
  return outcome;
}

admission intake::submit(std::vector<submission> commands) {
  if (closed()) return admission::draining;
  std::vector<admitted_request> all(commands.size());
  for (std::size_t i = 0; i < commands.size(); ++i)
    if (const auto outcome = add(std::move(commands[i]), purpose::single, all[i]);
        outcome != admission::accepted)
      return outcome;
  for (auto& one : all)
    send(std::move(one));
  return admission::accepted;
}

admission intake::submit_group(std::vector<submission> members) {
  if (members.size() == 1) return submit(std::move(members.front()));
  engine::ensure(!members.empty() && members.size() <= limits::lines_per_group_max,
                 "a group has a bounded number of lines", static_cast<std::int64_t>(members.size()),
                 static_cast<std::int64_t>(limits::lines_per_group_max));
  if (closed()) return admission::draining;
  admitted_request all;
  for (std::size_t i = 0; i < members.size(); ++i)
    if (const auto outcome =
            add(std::move(members[i]), i == 0 ? purpose::group_key : purpose::group_member, all);
        outcome != admission::accepted)
      return outcome;
  send(std::move(all));
  return admission::accepted;
}

// The revision of a line of a bundle is that of its first message. A new one takes the newest, once it is known
// that it is new.
intake::expansion intake::find_expansion(submission& command) {
  const auto* line = std::get_if<engine::record_line>(&command.asked.body);
  const auto* back = std::get_if<engine::take_return>(&command.asked.body);
  if (line == nullptr && back == nullptr) return {};
  if (!shared_.skus.has_bundles()) return {.plain = true};
  if (!engine::suits_bundle(command.asked.body)) return {};
  const auto& id = line != nullptr ? line->line : back->line;
  if (const auto known = id.is_nil() ? std::nullopt : shared_.keys.find_line(id)) {
    if (known->revision == 0) return {};
    command.sku = known->sku;
    return {.of = shared_.skus.slot(known->sku).composition.find(known->revision)};
  }
  const auto& slot = shared_.skus.slot(command.sku);
  const auto* newest = slot.composition.newest();
  if (newest == nullptr) return {.plain = true};
  if (id.is_nil() || newest->revision == 1 || slot.lines_known.load(std::memory_order_acquire))
    return {.of = newest, .fresh = true};
  std::ignore = shared_.skus.find(command.sku); // its owner tells the lines it has
  return {.unknown = true};
}

// Its SKU, or a leaf, became a bundle between the look and the admission: once more.
bool intake::outdated(const expansion& found, const admitted_work& admitted) {
  return (found.plain || found.fresh) && admitted.slot->composition.newest() != nullptr;
}

// One submission, as one member or as several.
admission intake::add(submission&& command, purpose why, admitted_request& out) {
  const auto found = find_expansion(command);
  if (found.unknown) return admission::overloaded;
  if (found.of == nullptr) {
    auto& one = out.emplace_back();
    const auto outcome = admit(std::move(command), why, one);
    return outcome == admission::accepted && outdated(found, one) ? admission::overloaded : outcome;
  }
  auto parts = engine::expand(*found.of, command.asked);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto mine = i > 0 ? purpose::group_member : why == purpose::single ? purpose::group_key : why;
    submission part{parts[i].first, std::move(parts[i].second), i == 0 ? command.to : ticket{}};
    auto& member = out.emplace_back();
    if (const auto outcome = admit(std::move(part), mine, member); outcome != admission::accepted) return outcome;
    if (i > 0 && outdated(found, member)) return admission::overloaded; // the first is the bundle itself
    member.work->of_bundle = i > 0;
  }
  return admission::accepted;
}

// Done before, or refused already: the owner of the group's key answers alone, no member is touched.
void intake::send(admitted_request&& request) {
  auto& told = request.front();
  auto& refused = told.work->refused_at_intake;
  if (request.size() > 1 && !told.known) {
    for (const auto& each : request)
      if (refused == engine::refusal::none) refused = each.work->refused_at_intake;
    if (request.size() > limits::members_per_group_max) refused = engine::refusal::too_many_open;
    if (refused == engine::refusal::none) return start_group(std::move(request));
  }
  caf::anon_send(told.owner, admitted{std::move(told.work)});
}

void intake::start_group(admitted_request&& members) {
  auto group = std::make_shared<group_work>();
  group->id = engine::group_id{++last_group_};
  group->of_facts = std::ranges::none_of(
      members, [](const admitted_work& each) { return engine::is_request(each.work->asked); });
  const auto* keyed = members.front().work.get();
  std::ranges::stable_sort(members, {}, [](const admitted_work& each) { return each.work->sku; });
  for (auto& one : members) {
    if (one.work.get() == keyed) group->keyed = group->members.size();
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
  // After the credit: whoever makes it a bundle waits for those who had one before. And before the look at what it is:
  // when it is not being composed any more, it is seen to be a bundle.
  const bool composing = slot->composing.load() != 0;
  const bool is_bundle = slot->composition.newest() != nullptr;
  if (!is_bundle && composing && !std::holds_alternative<engine::read_stock>(work->asked.body))
    return admission::overloaded;
  if (is_bundle && !engine::suits_bundle(work->asked.body))
    work->refused_at_intake = engine::refusal::is_bundle;
  shared_.counts.commands.fetch_add(1, std::memory_order_relaxed);
  out.work = std::move(work);
  out.owner = std::move(owner);
  out.slot = slot;
  return admission::accepted;
}

// The line leads first, because it may have been re-mapped since; then the key, because the line may be
// unknown.
bool intake::claim(work_item& work, purpose why, bool& known) {
  if (const auto* line = std::get_if<engine::record_line>(&work.asked.body))
    if (line->line != work.asked.key && !claim_line(work, *line, why)) return false;
  if (const auto* back = std::get_if<engine::take_return>(&work.asked.body);
      back != nullptr && !back->line.is_nil())
    work.sku = shared_.keys.target(back->line).value_or(work.sku);
  return work.asked.key.is_nil() || claim_key(work, why, known);
}

// A line of a bundle that another message has just opened under another revision, or elsewhere: not now.
bool intake::claim_line(work_item& work, const engine::record_line& asked, purpose why) {
  const auto& line = asked.line;
  const auto revision = engine::revision_of(asked.location);
  const auto claimed = shared_.keys.claim(line, work.sku, false, revision);
  if (claimed.verdict == key_memory::verdict::full) return false;
  if (claimed.verdict == key_memory::verdict::busy)
    work.refused_at_intake = engine::refusal::in_progress;
  else
    work.line = key_claim{shared_.keys, line};
  if (claimed.revision != revision || (revision != 0 && claimed.sku != work.sku)) return false;
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
