#include "app/commands/commands.hpp"

#include "app/token.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <memory>

namespace lockstep::app {

namespace {

struct token_flags {
  bool json = false;
};

void print_token(const token_flags& flags) {
  const auto token = make_token();
  const auto hash = sha256_hex(token);
  if (flags.json) {
    const boost::json::object both{{"token", token}, {"sha256", hash}};
    fmt::print("{}\n", boost::json::serialize(both));
  } else {
    fmt::print("token   {}\nsha256  {}\n", token, hash);
  }
}

} // namespace

void add_token_command(CLI::App& program, exit_code& ended) {
  auto flags = std::make_shared<token_flags>();
  auto& command = new_command(program, "token",
                              "Make a random token for a caller, and the hash that the configuration wants.",
                              "  lockstep token\n");
  command.add_flag("--json", flags->json, "Print a JSON object");
  command.callback([flags, &ended] {
    print_token(*flags);
    ended = exit_code::ok;
  });
}

} // namespace lockstep::app
