#include "app/commands/commands.hpp"

#include "app/commands/configuration_flags.hpp"
#include "app/settings_table.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <memory>

namespace lockstep::app {

namespace json = boost::json;

namespace {

struct check_flags {
  configuration_flags configuration;
  bool print = false;
  bool keys = false;
  bool markdown = false;
  bool json = false;
};

void print_keys_json() {
  json::array rows;
  for (const auto& row : describe_settings())
    rows.push_back(json::object{{"section", row.section},
                                {"key", row.key},
                                {"type", row.type},
                                {"default", row.default_value},
                                {"required", row.required},
                                {"live", row.live},
                                {"secret", row.secret},
                                {"meaning", row.sentence}});
  fmt::print("{}\n", json::serialize(rows));
}

void print_keys_text() {
  for (const auto& row : describe_settings()) {
    const auto name = row.section.starts_with('[') ? fmt::format("[{}] {}", row.section, row.key)
                                                   : fmt::format("{}.{}", row.section, row.key);
    const auto given = row.required                ? std::string{"required"}
                       : row.default_value.empty() ? std::string{"no default"}
                                                   : fmt::format("default {}", row.default_value);
    fmt::print("{}\n    {}; {}{}\n    {}\n", name, row.type, given, row.live ? "; live" : "", row.sentence);
  }
}

exit_code print_keys(const check_flags& flags) {
  if (flags.markdown) {
    fmt::print("{}", settings_page());
  } else if (flags.json) {
    print_keys_json();
  } else {
    print_keys_text();
  }
  return exit_code::ok;
}

void print_values(const configuration& whole) {
  for (const auto& value : setting_values(whole))
    fmt::print("{} = {}  # {}\n", value.name, value.text, value.origin);
}

void print_result_json(const loaded_configuration& loaded, bool values) {
  json::object result{{"valid", loaded.problems.empty()}};
  json::array problems;
  for (const auto& problem : loaded.problems)
    problems.push_back(json::object{{"where", problem.where}, {"what", problem.what}});
  result["problems"] = std::move(problems);
  if (values) {
    json::array rows;
    for (const auto& value : setting_values(loaded.content))
      rows.push_back(json::object{{"name", value.name}, {"value", value.text}, {"origin", value.origin}});
    result["settings"] = std::move(rows);
  }
  fmt::print("{}\n", json::serialize(result));
}

exit_code check(const check_flags& flags) {
  const auto loaded = load_configuration(sources_of(flags.configuration));
  if (flags.json) {
    print_result_json(loaded, flags.print);
  } else {
    print_problems(loaded.problems);
    if (flags.print) print_values(loaded.content);
  }
  if (!loaded.problems.empty()) return exit_code_of(loaded.problems);
  if (!flags.json && !flags.print) fmt::print("configuration is valid\n");
  return exit_code::ok;
}

} // namespace

void add_check_config_command(CLI::App& program, exit_code& ended) {
  auto flags = std::make_shared<check_flags>();
  auto& command =
      new_command(program, "check-config", "Read and check the configuration; tell everything that is wrong.",
                  "  lockstep check-config --config /etc/lockstep/lockstep.toml\n"
                  "  lockstep check-config --config lockstep.toml --print\n"
                  "  lockstep check-config --keys\n");
  add_configuration_flags(command, flags->configuration);
  command.add_flag("--print", flags->print,
                   "Print every value and where it came from; secrets by their files");
  auto* keys = command.add_flag("--keys", flags->keys, "Print every key there is, and read no file");
  command.add_flag("--markdown", flags->markdown, "Print the keys as docs/configuration.md")->needs(keys);
  command.add_flag("--json", flags->json, "Print JSON");
  command.callback([flags, &ended] { ended = flags->keys ? print_keys(*flags) : check(*flags); });
}

} // namespace lockstep::app
