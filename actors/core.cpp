#include "actors/core.hpp"

#include "actors/loader.hpp"
#include "actors/messages.hpp"
#include "actors/persistence.hpp"
#include "actors/sku_actor.hpp"
#include "actors/supervisor.hpp"
#include "adapters/log.hpp"

#include <caf/send.hpp>

namespace lockstep::actors {

void last_words::say(int exit_code, const std::string& why) {
  if (said_.exchange(true)) return;
  adapters::log::write(adapters::log::level::critical, "engine-must-stop", why,
                       {{"exit_code", static_cast<std::int64_t>(exit_code)}});
  if (tell_) tell_(exit_code, why);
}

void start_actors(core& shared, std::unique_ptr<storage::store> store,
                  std::unique_ptr<storage::reader> reader) {
  shared.skus.set_spawner([&shared](sku_slot& slot) { return spawn_sku(shared, slot, false); });
  shared.supervisor = spawn_supervisor(shared);
  shared.persistence = spawn_persistence(shared, std::move(store));
  shared.loader = spawn_loader(shared, std::move(reader));
  caf::anon_send(shared.loader, look_at_store{});
  caf::anon_send(shared.supervisor, watch{shared.persistence, watch::kind::vital, 0, "persistence"});
  caf::anon_send(shared.supervisor, watch{shared.loader, watch::kind::vital, 0, "loader"});
}

void stop_actors(core& shared) {
  shared.draining.store(true);
  for (const auto& channel : shared.outlets.channels())
    caf::anon_send_exit(channel, caf::exit_reason::user_shutdown);
  shared.outlets.close();
  const auto owners = shared.skus.actors();
  shared.skus.close();
  for (const auto& owner : owners)
    caf::anon_send_exit(owner, caf::exit_reason::user_shutdown);
  for (auto* part : {&shared.loader, &shared.persistence, &shared.supervisor})
    if (*part) caf::anon_send_exit(*part, caf::exit_reason::user_shutdown);
}

} // namespace lockstep::actors
