// The command line. CLI11 reads flags and nothing else; what a command does is elsewhere.
//
// A command registers itself: it adds a subcommand with its flags to the program, and a callback that runs it
// and leaves how it ended. To add one, write such a function and give it a line in commands.cpp.
#pragma once

#include "app/exit_code.hpp"

#include <string_view>

namespace CLI {
class App;
}

namespace lockstep::app {

// `ended` outlives parsing. Examples are shown first in the command's help.
using add_command = void (*)(CLI::App& program, exit_code& ended);

void add_run_command(CLI::App& program, exit_code& ended);
void add_check_config_command(CLI::App& program, exit_code& ended);
void add_console_command(CLI::App& program, exit_code& ended);
void add_import_command(CLI::App& program, exit_code& ended);
void add_export_command(CLI::App& program, exit_code& ended);
void add_explain_command(CLI::App& program, exit_code& ended);
void add_lookup_command(CLI::App& program, exit_code& ended);
void add_identify_command(CLI::App& program, exit_code& ended);
void add_copy_command(CLI::App& program, exit_code& ended);
void add_migrate_command(CLI::App& program, exit_code& ended);
void add_token_command(CLI::App& program, exit_code& ended);
void add_demo_command(CLI::App& program, exit_code& ended);
void add_version_command(CLI::App& program, exit_code& ended);

// A subcommand whose help begins with its examples, lines of "  lockstep NAME ...".
[[nodiscard]] CLI::App& new_command(CLI::App& program, std::string_view name, std::string_view sentence,
                                    std::string_view examples);

// Says on stderr what went wrong, unless there is nothing to say, and returns the code.
[[nodiscard]] exit_code fail(exit_code code, std::string_view what);

// Reads the arguments, runs the command, returns what main returns. Never throws for what a user typed.
[[nodiscard]] int run_program(int count, const char* const* arguments);

} // namespace lockstep::app
