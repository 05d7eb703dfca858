// A console whose actors fail, under the supervisor.
#include "actors/console.hpp"

#include "actors/loader.hpp"
#include "actors/messages.hpp"
#include "actors/supervisor.hpp"
#include "tests/actors/console_client.hpp"
#include "tests/actors/console_fake.hpp"
#include "tests/catch.hpp"

#include <stdexcept>
#include <string>

using namespace lockstep;
using namespace lockstep::tests;
using actors::console;

namespace {

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// What watches a node's console, without the rest of the node.
struct watched_console {
  watched_console() {
    shared.supervisor = actors::spawn_supervisor(shared);
    shared.loader = actors::spawn_loader(shared, *engine.store->open_reader());
    shared.reopen_console = [this](std::size_t) { return open->reopen(); };
    auto context = engine.context();
    context.watch = [this](const caf::actor& broker) {
      caf::anon_send(shared.supervisor, actors::watch{broker, actors::watch::kind::console, 0, "console"});
    };
    open = *console::open(actors.system, std::move(context));
  }

  ~watched_console() {
    open->close();
    actors::stop_actors(shared);
    actors.system.await_all_actors_done();
    shared.supervisor = shared.loader = nullptr;
  }

  watched_console(const watched_console&) = delete;
  watched_console& operator=(const watched_console&) = delete;

  // A client of the console that serves now; a failed one is replaced within some seconds.
  [[nodiscard]] console_client connect() const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    for (;;) {
      try {
        console_client made{open->port()};
        made.log_in("secret");
        return made;
      } catch (const std::runtime_error&) {
        if (std::chrono::steady_clock::now() > until) throw;
      }
    }
  }

  fake_engine engine;
  console_system actors;
  lockstep::actors::core shared{actors.system, engine::time_point{std::chrono::hours{1}}, {}};
  std::unique_ptr<console> open;
};

} // namespace

TEST_CASE("a console whose actors fail serves again, and a tail begins anew") {
  watched_console here;
  for (int round = 0; round < 2; ++round) {
    auto tailing = here.connect();
    tailing.send("tail\n");
    tailing.read_until("Enter ends it\n");
    auto client = here.connect();
    here.engine.top_throws = true;
    client.send("top\n");
    client.read_to_end();
    tailing.read_to_end();
    auto next = here.connect();
    CHECK(contains(next.ask("top"), "nothing has sold yet"));
    next.send("tail\n");
    next.read_until("Enter ends it\n");
    here.engine.wait_for_listener();
    here.engine.commit({mug_fact(1)});
    next.read_until("MUG");
    CHECK(contains(next.ask(""), "1 facts shown, 0 dropped"));
    here.engine.wait_for_listener(false);
  }
  CHECK(here.shared.counts.actor_restarts.load() == 2);
}
