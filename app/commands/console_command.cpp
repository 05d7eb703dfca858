#include "app/commands/commands.hpp"
#include "app/console_client.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>

namespace lockstep::app {

namespace {

struct console_flags {
  std::string address = "127.0.0.1";
  std::uint16_t port = 7070;
  std::string token_file;
};

exit_code visit_console(const console_flags& flags) {
  auto token = read_typed_secret(flags.token_file);
  if (!token) {
    fmt::print(stderr, "lockstep: --token-file: {}\n", token.error().what);
    return exit_code::no_permission;
  }
  return run_console({flags.address, flags.port, std::move(*token)});
}

} // namespace

void add_console_command(CLI::App& program, exit_code& ended) {
  auto flags = std::make_shared<console_flags>();
  auto& command =
      new_command(program, "console", "Talk to a running engine.",
                  "  lockstep console --token-file /etc/lockstep/credentials/console\n"
                  "  echo status | lockstep console --token-file /etc/lockstep/credentials/console\n");
  command.add_option("--address", flags->address, "Where the console listens")->capture_default_str();
  command.add_option("--port", flags->port, "Its TCP port")->capture_default_str();
  command.add_option("--token-file", flags->token_file, "File with the token")->required()->type_name("FILE");
  command.callback([flags, &ended] { ended = visit_console(*flags); });
}

} // namespace lockstep::app
