#include "app/commands/commands.hpp"

#include "adapters/nearest.hpp"
#include "adapters/printable.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace lockstep::app {

namespace {

constexpr add_command all_commands[] = {
    add_run_command,    add_check_config_command, add_console_command, add_import_command,
    add_export_command, add_explain_command,      add_copy_command,    add_migrate_command,
    add_lookup_command, add_identify_command,     add_token_command,   add_demo_command,
    add_version_command,
};

constexpr std::string_view program_examples = R"(  lockstep check-config --config /etc/lockstep/lockstep.toml
  lockstep run --config /etc/lockstep/lockstep.toml
  lockstep console --token-file /etc/lockstep/credentials/console
)";

// Examples first, as they answer most questions; CLI11 keeps them as the footer.
class help_text : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* command, std::string name, CLI::AppFormatMode mode) const override {
    auto body = CLI::Formatter::make_help(command, std::move(name), mode);
    if (mode == CLI::AppFormatMode::Sub || command->get_footer().empty()) return body;
    return fmt::format("{}\n\nExamples:\n{}\n{}", command->get_description(), command->get_footer(), body);
  }

  // Both were told above.
  std::string make_footer(const CLI::App*) const override { return {}; }

  std::string make_description(const CLI::App* command) const override {
    return command->get_footer().empty() ? CLI::Formatter::make_description(command) : "";
  }
};

int usage_error(std::string_view what) {
  fmt::print(stderr, "lockstep: {}\nSee: lockstep --help\n", adapters::printable(what));
  return number(exit_code::usage);
}

std::vector<std::string_view> command_names(const CLI::App& program) {
  std::vector<std::string_view> names;
  for (const auto* command : program.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

// What is wrong with the command's name, when something is: CLI11 only says that arguments were left over.
std::string check_command(const CLI::App& program, int count, const char* const* arguments) {
  if (count < 2 || arguments[1][0] == '-') return {};
  const std::string_view word{arguments[1]};
  const auto names = command_names(program);
  for (const auto name : names)
    if (name == word) return {};
  const auto meant = adapters::nearest(word, names);
  return fmt::format("no command '{}'{}", word, meant.empty() ? "" : fmt::format(", nearest: {}", meant));
}

} // namespace

CLI::App& new_command(CLI::App& program, std::string_view name, std::string_view sentence,
                      std::string_view examples) {
  auto& command = *program.add_subcommand(std::string{name}, std::string{sentence});
  command.footer(std::string{examples});
  return command;
}

exit_code fail(exit_code code, std::string_view what) {
  if (!what.empty()) fmt::print(stderr, "lockstep: {}\n", adapters::printable(what));
  return code;
}

int run_program(int count, const char* const* arguments) {
  auto ended = exit_code::ok;
  CLI::App program{"Keeps one true count of every SKU, and every sales channel in step with it.", "lockstep"};
  program.formatter(std::make_shared<help_text>());
  program.footer(std::string{program_examples});
  program.set_version_flag("--version", "lockstep " LOCKSTEP_VERSION);
  program.require_subcommand(1);
  for (const auto add : all_commands)
    add(program, ended);

  if (const auto wrong = check_command(program, count, arguments); !wrong.empty()) return usage_error(wrong);
  try {
    program.parse(count, arguments);
  } catch (const CLI::Success& asked) { // help or version
    return program.exit(asked);
  } catch (const CLI::ParseError& wrong) {
    return usage_error(wrong.what());
  }
  return number(ended);
}

} // namespace lockstep::app
