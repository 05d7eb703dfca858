// The flags of every command that reads the configuration, and what is said when it is wrong.
#pragma once

#include "app/configuration.hpp"
#include "app/exit_code.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace lockstep::app {

struct configuration_flags {
  std::vector<std::string> files; // --config; none: default_configuration_file
  std::vector<std::string> set;   // --set section.key=value
};

inline constexpr auto default_configuration_file = "/etc/lockstep/lockstep.toml";

// The flags are written to `into`, which outlives the command.
void add_configuration_flags(CLI::App& command, configuration_flags& into);

// Flags, this process's environment, files.
[[nodiscard]] configuration_sources sources_of(const configuration_flags& flags);

// One line for each problem on standard error.
void print_problems(const std::vector<configuration_problem>& problems);

// no_permission when that is the only thing wrong, else configuration.
[[nodiscard]] exit_code exit_code_of(const std::vector<configuration_problem>& problems);

} // namespace lockstep::app
