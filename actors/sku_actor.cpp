#include "actors/sku_actor.hpp"

#include "actors/handlers.hpp"
#include "adapters/log.hpp"
#include "engine/bundle.hpp"
#include "engine/limits.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace lockstep::actors {

namespace {

// What a person decides is shown at once whatever the tier; receipts come in bulk and wait their turn.
bool by_person(const engine::command_body& body) {
  return std::holds_alternative<engine::adjust>(body) || std::holds_alternative<engine::count>(body) ||
         std::holds_alternative<engine::set_safety>(body);
}

bool asks_detail(const engine::command_body& body) {
  const auto* read = std::get_if<engine::read_stock>(&body);
  return read != nullptr && read->detail;
}

const engine::remembered* pointer_to(const std::optional<engine::remembered>& prior) {
  return prior ? &*prior : nullptr;
}

} // namespace

void sku_host::load() {
  caf::anon_send(shared_.loader, load_sku{slot_.id, caf::actor_cast<caf::actor>(&self_)});
}

bool sku_host::take(sku_loaded& read) {
  if (!read.state) {
    shared_.fatal.say(70, fmt::format("SKU {} cannot be loaded: {}", static_cast<std::int64_t>(slot_.id),
                                      read.failure.what));
    return false;
  }
  owner_.emplace(slot_.id, std::move(*read.state), read.snapshot_version);
  owner_->set_quarantined(slot_.quarantined.load());
  if (owner_->state().version == 0) {
    slot_.lines_known.store(true, std::memory_order_release);
    return true;
  }
  last_moved_ = shared_.clock.now(); // its snapshot is for a quiet time: others may wait to be loaded
  // What was read is durable: it may be shown.
  std::ignore = shared_.committed.put({present_number()});
  for (const auto& open : owner_->state().incidents)
    shared_.committed.open(slot_.id, open);
  restore_open_lines();
  arm();
  return true;
}

// Lines older than the retention window that are still open go on leading here, whatever is re-mapped.
void sku_host::restore_open_lines() {
  const auto& state = owner_->state();
  bool room = true;
  for (const auto& [id, kept] : state.reservations)
    if (kept.state == engine::reservation::kind::order_line && kept.open() > 0)
      room = room && shared_.keys.restore(id, slot_.id, {0, kept.opened, 0}, engine::time_point::max(),
                                          engine::revision_of(kept.location));
  slot_.lines_known.store(true, std::memory_order_release);
  if (!room)
    adapters::log::write(adapters::log::level::warning, "key-memory-full",
                         "open lines of a SKU do not fit: after a re-mapping late messages may miss them",
                         {{"sku_id", static_cast<std::int64_t>(slot_.id)}});
}

void sku_host::decide(work_ptr work) {
  if (!try_decide(work, room_to_wait()))
    wait({std::move(work), {}, shared_.clock.now() + limits::group_wait_max});
  arm();
}

// False: it waits for a group's outcome, and `work` is still the caller's.
bool sku_host::try_decide(work_ptr& work, bool may_wait) {
  if (work->refused_at_intake != engine::refusal::none) {
    work->reply.reason = work->refused_at_intake;
    work->reply.figures = engine::figures_of(owner_->state());
    work->key.drop();
    work->line.drop();
    send(std::move(work));
    return true;
  }
  const auto prior = work->key.held() ? work->key.find() : std::nullopt;
  auto done = owner_->apply(work->asked, shared_.clock.now(), pointer_to(prior),
                            shared_.sourcing.find(work->asked.account));
  const auto reason = done.decision.reason;
  const bool for_a_group =
      reason == engine::refusal::insufficient_stock || reason == engine::refusal::in_progress;
  if (may_wait && for_a_group && owner_->has_prepared()) {
    store_expired(std::move(done.expired));
    return false;
  }
  send_decided(std::move(work), std::move(done));
  return true;
}

void sku_host::prepare(prepare_member asked) {
  if (!try_prepare(asked, asked.group->of_facts || room_to_wait()))
    wait({nullptr, std::move(asked), shared_.clock.now() + limits::group_wait_max});
  arm();
}

bool sku_host::try_prepare(const prepare_member& asked, bool may_wait) {
  const auto& mine = *asked.group->members[asked.position];
  const auto prior = mine.key.held() ? mine.key.find() : std::nullopt;
  auto outcome = owner_->prepare(asked.group->id, mine.asked, shared_.clock.now(), pointer_to(prior),
                                 shared_.sourcing.find(mine.asked.account));
  store_expired(std::move(outcome.expired));
  if (outcome.verdict == engine::prepared::waits && may_wait) return false;
  if (outcome.verdict == engine::prepared::granted) {
    ++asked.group->granted;
    pass_on(asked);
  } else {
    refuse(asked,
           outcome.verdict == engine::prepared::waits ? engine::refusal::insufficient_stock : outcome.reason);
  }
  return true;
}

void sku_host::pass_on(const prepare_member& asked) {
  const auto& members = asked.group->members;
  const auto next = asked.position + 1;
  if (next < members.size()) {
    caf::anon_send(shared_.skus.find(members[next]->sku).owner, prepare_member{asked.group, next});
    return;
  }
  for (std::size_t position = 0; position < members.size(); ++position)
    caf::anon_send(shared_.skus.find(members[position]->sku).owner, commit_member{asked.group, position});
}

// The refusal travels like any answer of this SKU, behind the facts it rests on.
void sku_host::refuse(const prepare_member& asked, engine::refusal reason) {
  auto& group = *asked.group;
  for (std::size_t position = 0; position < asked.position; ++position)
    caf::anon_send(shared_.skus.find(group.members[position]->sku).owner, abort_member{group.id});
  group.granted = 0;
  auto told = std::move(group.members[group.keyed]);
  group.members.clear();
  told->key.drop();
  told->sku = slot_.id;
  told->reply.sku = slot_.id;
  told->reply.reason = reason;
  told->reply.figures = engine::figures_of(owner_->state());
  told->reply.available = told->reply.figures.available;
  send(std::move(told));
}

void sku_host::commit(const commit_member& asked) {
  const auto& group = asked.group;
  auto mine = group->members[asked.position];
  mine->group = {group->id, static_cast<std::uint32_t>(group->members.size())};
  const auto* sourcing = shared_.sourcing.find(mine->asked.account);
  send_decided(std::move(mine), owner_->commit(group->id, shared_.clock.now(), sourcing));
  --group->granted;
  retry_waiters();
  arm();
}

void sku_host::abort(engine::group_id group) {
  owner_->abort(group);
  retry_waiters();
  arm();
}

bool sku_host::room_to_wait() const {
  return waiters_.size() < limits::group_waiters_per_sku_max;
}

void sku_host::wait(waiter one) {
  waiters_.push_back(std::move(one));
  shared_.counts.groups_waiting.fetch_add(1, std::memory_order_relaxed);
}

// In order of arrival; those whose time is over get their refusal now.
void sku_host::retry_waiters() {
  const auto now = shared_.clock.now();
  for (auto left = waiters_.size(); left > 0; --left) {
    auto one = std::move(waiters_.front());
    waiters_.pop_front();
    if (one.member.group && one.member.group->of_facts && now >= one.until)
      one.until = now + limits::group_wait_max;
    const bool may_wait = now < one.until;
    const bool settled = one.work ? try_decide(one.work, may_wait) : try_prepare(one.member, may_wait);
    if (settled)
      shared_.counts.groups_waiting.fetch_sub(1, std::memory_order_relaxed);
    else
      waiters_.push_back(std::move(one));
  }
}

// A key is remembered only after its decision is on its way: if sending failed, the actor ends and nothing
// was decided.
void sku_host::send_decided(work_ptr work, engine::applied done) {
  const auto& verdict = done.decision;
  const auto available = verdict.facts.empty() ? done.figures.available : verdict.facts.front().available;
  const engine::remembered outcome{work->asked.content, verdict.version, available};
  const bool remembers = verdict.reason == engine::refusal::none && !verdict.repeated && outcome.version != 0;
  const auto subject = verdict.reservation;
  const bool ships = std::holds_alternative<engine::ship>(work->asked.body);
  send_alone(std::move(done.expired));
  fill(*work, done);
  auto key = std::move(work->key);
  auto line = std::move(work->line);
  send(std::move(work));
  if (!remembers) return;
  key.record(outcome, owner_->state().last_at);
  const engine::remembered of_line{0, outcome.version, outcome.available};
  line.record(of_line, line_kept_from(subject));
  // A shipment claims no line, and may close one.
  if (ships) std::ignore = shared_.keys.restore(subject, slot_.id, of_line, line_kept_from(subject));
}

// From when on the retention of a line's key runs: not while it is open.
engine::time_point sku_host::line_kept_from(const engine::uuid& line) const {
  const auto& lines = owner_->state().reservations;
  const auto found = lines.find(line);
  const bool is_open = found != lines.end() && found->second.open() > 0;
  return is_open ? engine::time_point::max() : owner_->state().last_at;
}

void sku_host::fill(work_item& work, engine::applied& done) {
  auto& verdict = done.decision;
  auto& reply = work.reply;
  reply.reason = verdict.reason;
  reply.repeated = verdict.repeated;
  reply.version = verdict.version;
  reply.available = verdict.repeated ? verdict.available : done.figures.available;
  reply.reservation = verdict.reservation;
  reply.figures = done.figures;
  if (asks_detail(work.asked.body)) reply.detail = std::make_shared<const engine::sku_state>(owner_->state());
  work.facts = std::move(verdict.facts);
  work.sold = work.of_bundle ? 0 : done.sold;
  if (!done.moved) return;
  last_moved_ = owner_->state().last_at;
  work.number = present_number();
  work.number->by_person = by_person(work.asked.body);
  if (owner_->snapshot_due()) work.snapshot = take_snapshot();
}

// Ahead of the command that met them, which is not to blame when the store refuses them. Channels are told
// with it.
void sku_host::send_alone(engine::facts expired) {
  if (expired.empty()) return;
  auto item = bare_item();
  item->facts = std::move(expired);
  send(std::move(item));
}

void sku_host::store_expired(engine::facts expired) {
  if (expired.empty()) return;
  auto item = bare_item();
  item->facts = std::move(expired);
  item->number = present_number();
  last_moved_ = owner_->state().last_at;
  send(std::move(item));
}

void sku_host::announce(announce_number asked) {
  auto item = bare_item();
  item->number = present_number();
  item->number->announced = true;
  item->durable = std::move(asked.told);
  send(std::move(item));
}

void sku_host::quarantine(bool quarantined) {
  owner_->set_quarantined(quarantined);
  arm();
}

void sku_host::snapshot(write_snapshot& asked) {
  send_snapshot(std::move(asked.written));
}

void sku_host::send_snapshot(std::function<void(bool)> written) {
  const bool something_new = owner_->dirty();
  if (!something_new && !written) return;
  auto item = bare_item();
  if (something_new) item->snapshot = take_snapshot();
  if (written) item->durable = [told = std::move(written), something_new] { told(something_new); };
  send(std::move(item));
}

void sku_host::on_tick() {
  next_tick_ = {};
  const auto now = shared_.clock.now();
  if (const auto due = engine::next_expiry(owner_->state()); due && *due <= now && !owner_->quarantined()) {
    auto done = owner_->apply({.key = {},
                               .content = 0,
                               .account = {},
                               .occurred_at = {},
                               .reference = {},
                               .body = engine::expire_holds{}},
                              now, nullptr);
    engine::facts ended = std::move(done.expired);
    std::move(done.decision.facts.begin(), done.decision.facts.end(), std::back_inserter(ended));
    store_expired(std::move(ended));
  }
  if (!waiters_.empty()) retry_waiters();
  if (const auto follows = follow_due(); follows && *follows <= now) follow(now);
  if (owner_->dirty() && last_moved_ + limits::idle_snapshot_after <= now) send_snapshot({});
  arm();
}

// One timer for all that is to come. It is moved forward only: a tick too early finds nothing and arms the
// next.
void sku_host::arm() {
  auto due = owner_->quarantined() ? std::nullopt : engine::next_expiry(owner_->state());
  const auto sooner = [&due](engine::time_point at) { due = due ? std::min(*due, at) : at; };
  if (owner_->dirty()) sooner(last_moved_ + limits::idle_snapshot_after);
  if (!waiters_.empty()) sooner(waiters_.front().until);
  if (const auto follows = follow_due()) sooner(*follows);
  if (!due || (next_tick_ != engine::time_point{} && next_tick_ <= *due)) return;
  const auto now = shared_.clock.now();
  next_tick_ = std::max(*due, now + engine::duration{std::chrono::milliseconds{1}});
  self_.delayed_send(&self_, next_tick_ - now, tick{});
}

storage::snapshot sku_host::take_snapshot() {
  const auto version = owner_->state().version;
  return {slot_.id, version, owner_->state().last_at, owner_->take_snapshot()};
}

work_ptr sku_host::bare_item() const {
  work_ptr item{new work_item};
  item->sku = slot_.id;
  return item;
}

engine::number sku_host::present_number() const {
  auto number = engine::number_of(slot_.id, owner_->state());
  number.known = number.known && !owner_->quarantined();
  return number;
}

void sku_host::send(work_ptr work) {
  caf::anon_send(shared_.persistence, decided{std::move(work)});
}

namespace {

struct sku_actor_state {
  std::optional<sku_host> host;
  const char* name = "sku";
};

using sku_actor = caf::stateful_actor<sku_actor_state>;

caf::behavior serving(sku_actor* self) {
  auto& host = *self->state.host;
  return {
      [&host](admitted& given) { host.decide(std::move(given.work)); },
      [&host](tick) { host.on_tick(); },
      [&host](prepare_member& asked) { host.prepare(std::move(asked)); },
      [&host](const commit_member& asked) { host.commit(asked); },
      [&host](const abort_member& asked) { host.abort(asked.group); },
      [&host](announce_number& asked) { host.announce(std::move(asked)); },
      [&host](write_snapshot& asked) { host.snapshot(asked); },
      [&host](const quarantine_changed& changed) { host.quarantine(changed.quarantined); },
  };
}

caf::behavior run_sku(sku_actor* self, core* shared, sku_slot* slot, bool after_failure) {
  set_handlers(*self, "sku");
  self->set_default_handler(caf::skip); // commands wait in the mailbox until the state is there
  self->state.host.emplace(*self, *shared, *slot);
  if (after_failure) {
    work_ptr fence{new work_item};
    fence->sku = slot->id;
    fence->durable = [owner = caf::actor{self}] { caf::anon_send(owner, predecessor_durable{}); };
    caf::anon_send(shared->persistence, decided{std::move(fence)});
  } else {
    self->state.host->load();
  }
  return {
      [self](predecessor_durable) { self->state.host->load(); },
      [self, after_failure](sku_loaded& read) {
        report_unknown_messages(*self, "sku");
        if (!self->state.host->take(read)) return self->quit(caf::exit_reason::user_shutdown);
        self->become(serving(self));
        if (after_failure) self->state.host->announce({}); // its predecessor may have been asked to
      },
  };
}

} // namespace

caf::actor spawn_sku(core& shared, sku_slot& slot, bool after_failure) {
  auto owner = shared.system.spawn(run_sku, &shared, &slot, after_failure);
  caf::anon_send(shared.supervisor,
                 watch{owner, watch::kind::sku, static_cast<std::int64_t>(slot.id), "sku"});
  return owner;
}

} // namespace lockstep::actors
