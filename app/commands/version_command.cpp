#include "app/commands/commands.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <memory>

namespace lockstep::app {

namespace {

struct version_flags {
  bool json = false;
};

void print_version(const version_flags& flags) {
  if (flags.json) {
    const boost::json::object version{{"name", "lockstep"}, {"version", LOCKSTEP_VERSION}};
    fmt::print("{}\n", boost::json::serialize(version));
  } else {
    fmt::print("lockstep {}\n", LOCKSTEP_VERSION);
  }
}

} // namespace

void add_version_command(CLI::App& program, exit_code& ended) {
  auto flags = std::make_shared<version_flags>();
  auto& command = new_command(program, "version", "Tell the version.", "  lockstep version --json\n");
  command.add_flag("--json", flags->json, "Print a JSON object");
  command.callback([flags, &ended] {
    print_version(*flags);
    ended = exit_code::ok;
  });
}

} // namespace lockstep::app
