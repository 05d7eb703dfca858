#include "actors/supervisor.hpp"

#include "actors/handlers.hpp"
#include "actors/messages.hpp"
#include "actors/sku_actor.hpp"
#include "adapters/log.hpp"
#include "engine/limits.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <map>

namespace lockstep::actors {

void restart_budget::forget_old(times& past, engine::time_point now) {
  while (!past.empty() && past.front() + limits::restart_window <= now)
    past.pop_front();
}

std::string restart_budget::spend(const std::string& who, engine::time_point now) {
  auto& own = by_actor_[who];
  forget_old(own, now);
  forget_old(all_, now);
  if (own.size() >= limits::restarts_per_actor_max)
    return fmt::format("the actor of {} failed more than {} times in a minute", who,
                       limits::restarts_per_actor_max);
  if (all_.size() >= limits::restarts_max)
    return fmt::format("actors failed more than {} times in a minute", limits::restarts_max);
  own.push_back(now);
  all_.push_back(now);
  return {};
}

namespace {

using namespace std::chrono_literals;

// Sign of life of the actors' scheduler.
constexpr auto turn_interval = 1s;
// Before a console is tried again whose port was still taken.
constexpr auto console_reopen_wait = 1s;

struct supervisor_state {
  std::map<caf::actor_addr, watch> watched;
  restart_budget budget;
  engine::duration known_drift{0};
  const char* name = "supervisor";
};

using supervisor_actor = caf::stateful_actor<supervisor_state>;

void replace_sku(core& shared, engine::sku_id sku) {
  // Other members of a group may have gone on to commit: only the ledger knows, so it must speak first.
  if (shared.counts.groups_in_flight.load() > 0)
    return shared.fatal.say(70, "the actor of a SKU failed while a group was under way");
  shared.skus.replace(sku, spawn_sku(shared, shared.skus.slot(sku), true));
}

void replace_channel(core& shared, engine::account_id account) {
  caf::anon_send(shared.loader, blocking_work{[&shared, account] {
                   const auto started = shared.restart_channel(account);
                   if (!started)
                     shared.fatal.say(70, "a channel cannot be started again: " + started.error().what);
                 }});
}

// The port may be taken for a moment: by the listener that is just being closed, or by others.
void replace_console(supervisor_actor& self, core& shared, std::int64_t number) {
  const auto supervisor = caf::actor_cast<caf::actor>(&self);
  caf::anon_send(shared.loader, blocking_work{[&shared, supervisor, number] {
                   const auto opened = shared.reopen_console(static_cast<std::size_t>(number));
                   if (opened) return;
                   adapters::log::write(adapters::log::level::error, "console-not-opened",
                                        opened.error().what);
                   caf::delayed_anon_send(supervisor, console_reopen_wait, console_closed{number});
                 }});
}

void replace(supervisor_actor& self, core& shared, const watch& lost) {
  const auto too_often =
      self.state.budget.spend(fmt::format("{} {}", lost.what, lost.number), shared.clock.now());
  if (!too_often.empty() && lost.as == watch::kind::console)
    return adapters::log::write(adapters::log::level::error, "console-given-up",
                                too_often + ": it stays closed until a restart");
  if (!too_often.empty()) return shared.fatal.say(70, too_often);
  add(shared.counts.actor_restarts, std::uint64_t{1});
  switch (lost.as) {
  case watch::kind::sku: return replace_sku(shared, engine::sku_id{lost.number});
  case watch::kind::channel:
    return replace_channel(shared, engine::account_id{static_cast<std::int32_t>(lost.number)});
  case watch::kind::console: return replace_console(self, shared, lost.number);
  case watch::kind::vital: return;
  }
}

void on_down(supervisor_actor& self, core& shared, const caf::down_msg& gone) {
  const auto found = self.state.watched.find(gone.source);
  if (found == self.state.watched.end()) return;
  const auto lost = std::move(found->second);
  self.state.watched.erase(found);
  if (!gone.reason || gone.reason == caf::exit_reason::user_shutdown) return;
  adapters::log::write(adapters::log::level::error, "actor-failed", to_string(gone.reason),
                       {{"actor", std::string_view{lost.what}}, {"number", lost.number}});
  if (shared.fatal.said()) return;
  if (lost.as != watch::kind::vital)
    replace(self, shared, lost);
  else
    shared.fatal.say(70, fmt::format("the {} actor failed: {}", lost.what, to_string(gone.reason)));
}

void keep_watch(supervisor_actor& self, const watch& asked) {
  self.state.watched.insert_or_assign(asked.who.address(), watch{{}, asked.as, asked.number, asked.what});
  self.monitor(asked.who);
}

// Alerts once per jump, not once per look.
void look_at_clock(supervisor_actor& self, core& shared) {
  const auto ahead = shared.clock.drift(shared.options.wall_time());
  if (std::chrono::abs(ahead - self.state.known_drift) <= limits::clock_drift_alert) return;
  self.state.known_drift = ahead;
  adapters::log::write(
      adapters::log::level::warning, "clock-jumped",
      "the system's wall clock jumped; the engine keeps the time it started with until a restart",
      {{"ahead_us", std::int64_t{ahead.count()}}});
}

void on_tick(supervisor_actor& self, core& shared) {
  look_at_clock(self, shared);
  shared.keys.sweep(shared.clock.now());
  caf::anon_send(shared.loader, look_at_store{});
  self.delayed_send(&self, limits::key_sweep_interval, tick{});
}

void on_turn(supervisor_actor& self, core& shared) {
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  shared.counts.last_turn.store(now, std::memory_order_relaxed);
  self.delayed_send(&self, turn_interval, turn{});
}

caf::behavior run_supervisor(supervisor_actor* self, core* shared) {
  set_handlers(*self, "supervisor");
  self->attach_functor([shared](const caf::error& reason) {
    if (reason && reason != caf::exit_reason::user_shutdown) shared->fatal.say(70, "the supervisor failed");
  });
  self->set_down_handler([self, shared](caf::down_msg& gone) { on_down(*self, *shared, gone); });
  self->delayed_send(self, limits::key_sweep_interval, tick{});
  self->send(self, turn{});
  return {
      [self](const watch& asked) { keep_watch(*self, asked); },
      [self, shared](tick) { on_tick(*self, *shared); },
      [self, shared](turn) { on_turn(*self, *shared); },
      [self, shared](const console_closed& which) { replace_console(*self, *shared, which.number); },
  };
}

} // namespace

caf::actor spawn_supervisor(core& shared) {
  return shared.system.spawn(run_supervisor, &shared);
}

} // namespace lockstep::actors
