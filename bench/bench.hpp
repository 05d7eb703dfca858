// A bench is a subcommand of lockstep-bench in a file of its own. It registers itself:
//
//   const lockstep::bench::registered add_mine{[](CLI::App& app, int& exit_code) { ... }};
#pragma once

#include <CLI/CLI.hpp>

#include <vector>

namespace lockstep::bench {

// Adds the subcommand; its callback sets the exit code when something failed.
using add_subcommand = void (*)(CLI::App& app, int& exit_code);

// All registered ones. A function, because registration happens before main.
inline std::vector<add_subcommand>& subcommands() {
  static std::vector<add_subcommand> all;
  return all;
}

struct registered {
  explicit registered(add_subcommand add) { subcommands().push_back(add); }
};

} // namespace lockstep::bench
