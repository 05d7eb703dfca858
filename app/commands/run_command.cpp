#include "app/commands/commands.hpp"
#include "app/commands/configuration_flags.hpp"
#include "app/daemon.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace lockstep::app {

void add_run_command(CLI::App& program, exit_code& ended) {
  auto flags = std::make_shared<configuration_flags>();
  auto& command =
      new_command(program, "run", "Run the engine until it is told to stop.",
                  "  lockstep run --config /etc/lockstep/lockstep.toml\n"
                  "  lockstep run --config lockstep.toml --set http.port=8081 --set log.level=debug\n");
  add_configuration_flags(command, *flags);
  command.callback([flags, &ended] { ended = run_daemon(sources_of(*flags)); });
}

} // namespace lockstep::app
