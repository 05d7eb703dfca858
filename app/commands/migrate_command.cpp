#include "app/commands/commands.hpp"

#include "app/commands/configuration_flags.hpp"
#include "app/daemon.hpp"
#include "storage/migrate_store.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace lockstep::app {

namespace json = boost::json;

namespace {

struct migrate_flags {
  std::string action;
  std::string store;
  std::string writer;
  configuration_flags configuration;
  bool json = false;
};

void print_json(const std::vector<storage::schema_step>& steps) {
  json::array rows;
  std::int64_t number = 0;
  for (const auto& step : steps)
    rows.push_back(json::object{{"step", ++number},
                                {"name", step.name},
                                {"taken_at", step.taken_at ? json::value(*step.taken_at) : json::value()}});
  fmt::print("{}\n", json::serialize(rows));
}

// SQLite keeps no time for its later steps.
std::string words_of(const storage::schema_step& step) {
  if (!step.taken_at) return "pending";
  return step.taken_at->empty() ? "taken" : "taken " + *step.taken_at + " UTC";
}

void print_text(const std::vector<storage::schema_step>& steps) {
  std::size_t number = 0;
  for (const auto& step : steps)
    fmt::print("{}  {}  {}\n", ++number, words_of(step), step.name);
}

exit_code show_status(const migrate_flags& flags) {
  const auto steps = storage::read_schema(flags.store);
  if (!steps) return fail(exit_code_of(steps.error().code), steps.error().what);
  flags.json ? print_json(*steps) : print_text(*steps);
  const bool whole = std::ranges::all_of(*steps, [](const auto& step) { return step.taken_at.has_value(); });
  return whole ? exit_code::ok : exit_code::failure;
}

exit_code migrate(migrate_flags flags) {
  if (flags.store.empty()) {
    const auto loaded = load_configuration(sources_of(flags.configuration));
    print_problems(loaded.problems);
    if (!loaded.problems.empty()) return exit_code_of(loaded.problems);
    flags.store = loaded.content.store.url;
  }
  if (flags.action == "up")
    if (const auto done = storage::migrate_store(flags.store, flags.writer); !done)
      return fail(exit_code_of(done.error().code), done.error().what);
  return show_status(flags);
}

} // namespace

void add_migrate_command(CLI::App& program, exit_code& ended) {
  auto flags = std::make_shared<migrate_flags>();
  auto& command = new_command(
      program, "migrate",
      "Show which steps of the schema a store has taken, or take those it lacks. lockstep run takes them by "
      "itself when its role may.",
      "  lockstep migrate status --config /etc/lockstep/lockstep.toml\n"
      "  lockstep migrate up --store postgresql://owner@localhost/lockstep --writer lockstep\n");
  command.add_option("ACTION", flags->action, "status or up; both end with 1 when a step is pending")
      ->required()
      ->check(CLI::IsMember({"status", "up"}));
  command
      .add_option("--store", flags->store,
                  "Store, such as postgresql://owner@localhost/lockstep (default: "
                  "store.url of the configuration)")
      ->type_name("URL");
  command
      .add_option("--writer", flags->writer,
                  "up: PostgreSQL role of lockstep run; it gets what that needs, and can change no fact")
      ->type_name("ROLE");
  add_configuration_flags(command, flags->configuration);
  command.add_flag("--json", flags->json, "Print JSON");
  command.callback([flags, &ended] { ended = migrate(*flags); });
}

} // namespace lockstep::app
