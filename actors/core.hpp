// What the actors of one node share. Owned by the node, made before the first actor and destroyed after the
// last.
#pragma once

#include "actors/board.hpp"
#include "actors/clock.hpp"
#include "actors/counters.hpp"
#include "actors/credits.hpp"
#include "actors/dead_letter_book.hpp"
#include "actors/key_memory.hpp"
#include "actors/lag_book.hpp"
#include "actors/outlets.hpp"
#include "actors/registry.hpp"
#include "actors/rules_book.hpp"
#include "actors/sourcing_book.hpp"
#include "actors/work.hpp"
#include "storage/store.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace lockstep::actors {

// Tells main once that the process must end; from then on nothing is admitted.
class last_words {
 public:
  explicit last_words(std::function<void(int, std::string)> tell) : tell_(std::move(tell)) {}

  // Exit codes of sysexits: 70 our own fault or doubt about the ledger, 75 another process has taken over.
  void say(int exit_code, const std::string& why);

  [[nodiscard]] bool said() const { return said_.load(std::memory_order_acquire); }

 private:
  std::function<void(int, std::string)> tell_;
  std::atomic<bool> said_{false};
};

struct core_options {
  engine::duration key_retention{};
  std::size_t keys_max = 0;
  credit_limits bounds;
  std::function<void(int, std::string)> fatal;
  std::function<engine::time_point()> wall_time; // of the system, to see it jump
  bool detached = true; // false: persistence and loader run on the scheduler, for a deterministic one
};

struct core {
  core(caf::actor_system& actors, engine::time_point start, core_options chosen)
      : system(actors), options(std::move(chosen)), clock(actors.clock(), start), admission(options.bounds),
        keys(options.keys_max, options.key_retention), fatal(options.fatal) {}

  caf::actor_system& system;
  const core_options options;
  const wall_clock clock;
  credits admission;
  key_memory keys;
  registry skus;
  actors::outlets outlets;
  board committed;
  dead_letter_book letters;
  sourcing_book sourcing;
  rules_book ruled;
  lag_book lags;
  counters counts;
  last_words fatal;
  std::atomic<bool> draining{false};

  // Starts the actor of a channel account anew. Set by the node; blocks, so it runs on the loader's thread.
  std::function<engine::result<void>(engine::account_id)> restart_channel;

  // Of the accounts that list the SKU or a bundle it is packed into, the lag of the slowest, assumed where none was
  // measured; zero: nobody lists it. Empty: there is no node, and safety stock does not follow. Set by the node.
  std::function<engine::duration(engine::sku_id)> slowest_lag;

  // Opens a console again, by its number. Set by the node; blocks as the other does.
  std::function<engine::result<void>(std::size_t)> reopen_console;

  // Set while starting, before the first command.
  caf::actor persistence;
  caf::actor loader;
  caf::actor supervisor;
};

// Spawns supervisor, persistence and loader; SKU actors follow on first use.
void start_actors(core& shared, std::unique_ptr<storage::store> store,
                  std::unique_ptr<storage::reader> reader);

// Asks all of them to end, in the order of the flow, so that nobody sends to an actor that is gone.
void stop_actors(core& shared);

} // namespace lockstep::actors
