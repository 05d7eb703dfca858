#include "app/commands/configuration_flags.hpp"

#include "adapters/printable.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace lockstep::app {

void add_configuration_flags(CLI::App& command, configuration_flags& into) {
  command
      .add_option("-c,--config", into.files,
                  fmt::format("TOML file; may be repeated, later files win ({})", default_configuration_file))
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->take_all();
  command.add_option("--set", into.set, "A setting over all files, such as http.port=8081; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false)
      ->take_all();
}

configuration_sources sources_of(const configuration_flags& flags) {
  configuration_sources sources{flags.files, configuration_environment(), flags.set};
  if (sources.files.empty()) sources.files.emplace_back(default_configuration_file);
  return sources;
}

void print_problems(const std::vector<configuration_problem>& problems) {
  for (const auto& problem : problems)
    fmt::print(stderr, "{}: {}\n", adapters::printable(problem.where), adapters::printable(problem.what));
}

exit_code exit_code_of(const std::vector<configuration_problem>& problems) {
  const bool only_permission = std::all_of(problems.begin(), problems.end(),
                                           [](const auto& problem) { return problem.no_permission; });
  return only_permission ? exit_code::no_permission : exit_code::configuration;
}

} // namespace lockstep::app
