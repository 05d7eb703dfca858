#include "app/commands/commands.hpp"

#include "app/daemon.hpp"
#include "app/import/engine_access.hpp"
#include "app/import/import_file.hpp"
#include "app/import/import_report.hpp"
#include "app/import/import_sender.hpp"
#include "app/import/import_source.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace lockstep::app {

namespace {

struct import_flags {
  engine_access_flags engine;
  std::string file;
  std::string name;
  std::string rejects;
  bool all_or_nothing = false;
  bool dry_run = false;
  bool code_from_barcode = false;
  bool json = false;
};

bool usable_as_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return c > ' ' && c < 0x7F && c != '"' && c != '\\';
  });
}

exit_code end(import_report& report, const import_totals& totals, bool sent) {
  report.print(totals, sent);
  if (!report.writable()) return fail(exit_code::failure, "the file of rejects cannot be written");
  return report.clean() ? exit_code::ok : exit_code::failure;
}

engine::result<void> send_all(import_file& file, import_sender& sender,
                              const std::function<void(const import_verdict&)>& take) {
  while (auto verdict = file.next()) {
    take(*verdict);
    if (!verdict->item) continue;
    if (auto added = sender.add(std::move(*verdict->item)); !added) return added;
  }
  return sender.finish();
}

// Whether the engine, as it stands, would take every line of a clean file; what it would not is told.
engine::result<bool> judge_all(import_file& file, api_client& api, import_report& report) {
  bool taken = true;
  import_sender sender{api,
                       "trial",
                       {[&](const import_item& item, const std::string& why) {
                          report.refused(item, why);
                          taken = false;
                        },
                        [](std::size_t) {}},
                       import_sender::purpose::judge};
  const auto take = [&](const import_verdict& verdict) { report.take(verdict); };
  if (auto sent = send_all(file, sender, take); !sent) return sent.error();
  if (auto again = file.rewind(); !again) return again.error();
  return taken;
}

exit_code send(const import_flags& flags, import_file& file, import_report& report, const std::string& name) {
  auto opened = engine_access::open(flags.engine);
  if (const auto* failed = std::get_if<engine_access::failure>(&opened))
    return fail(failed->code, failed->what);
  auto& engine = std::get<engine_access>(opened);
  if (flags.all_or_nothing) {
    const auto taken = judge_all(file, engine.api(), report);
    if (!taken || !*taken) {
      engine.close();
      return taken ? end(report, {}, false) : fail(exit_code_of(taken.error().code), taken.error().what);
    }
  }
  import_sender sender{engine.api(),
                       name,
                       {[&](const import_item& item, const std::string& why) { report.refused(item, why); },
                        [&](std::size_t items) { report.advance(items); }}};
  report.begin_sending();
  const auto done = send_all(file, sender, [&](const import_verdict& verdict) {
    if (!flags.all_or_nothing) report.take(verdict); // else it was when all were judged
  });
  report.end_sending();
  engine.close();
  if (!done) return fail(exit_code_of(done.error().code), done.error().what);
  return end(report, sender.totals(), true);
}

exit_code run_import(const import_flags& flags) {
  std::error_code none;
  if (!flags.rejects.empty() && std::filesystem::equivalent(flags.file, flags.rejects, none))
    return fail(exit_code::usage, "--rejects is the file that is imported");
  auto source = import_source::open(flags.file);
  if (!source) return fail(exit_code::failure, source.error().what);
  const auto name = flags.name.empty() ? source->digest().substr(0, 16) : flags.name;
  if (!usable_as_name(name))
    return fail(exit_code::usage, "--name takes 1 to 64 printable characters without blanks");

  auto file = import_file::open(source->stream(), {flags.code_from_barcode, !flags.rejects.empty()});
  if (!file) return fail(exit_code::failure, fmt::format("{}: {}", flags.file, file.error().what));
  import_report report{{flags.file, flags.rejects, flags.json}, *file};
  if (!report.writable()) return fail(exit_code::failure, fmt::format("{} cannot be written", flags.rejects));
  if (!flags.dry_run && (!flags.all_or_nothing || file->clean())) return send(flags, *file, report, name);
  while (const auto verdict = file->next())
    report.take(*verdict);
  return end(report, {}, false);
}

} // namespace

void add_import_command(CLI::App& program, exit_code& ended) {
  auto flags = std::make_shared<import_flags>();
  auto& command =
      new_command(program, "import", "Read products, stock, listings, bundles or rules from a CSV file.",
                  "  lockstep import products.csv --dry-run\n"
                  "  lockstep import products.csv --url http://127.0.0.1:8080 --token-file token\n"
                  "  lockstep import products.csv --config /etc/lockstep/lockstep.toml   (engine not "
                  "running)\n");
  command
      .add_option("file", flags->file,
                  "CSV, known by its header: products, listings, stock, bundles, rules or a "
                  "Shopify product export; - for standard input")
      ->required();
  add_engine_access_flags(command, flags->engine);
  command.add_flag("--dry-run", flags->dry_run, "Judge every line and send nothing");
  command.add_flag(
      "--all-or-nothing", flags->all_or_nothing,
      "Send nothing when any line is bad or the engine as it stands would refuse one; what only lines "
      "of the file make of each other is found while it runs (docs/import.md)");
  command
      .add_option("--rejects", flags->rejects,
                  "Write every line that is left out here, with its number and reason, to be mended")
      ->type_name("FILE");
  command.add_flag("--sku-from-barcode", flags->code_from_barcode,
                   "A variant without a SKU takes its barcode as one");
  command.add_option(
      "--name", flags->name,
      "Name of this import: under one name a line counts once (default: from the file's content)");
  command.add_flag("--json", flags->json, "Print the result as JSON");
  command.callback([flags, &ended] { ended = run_import(*flags); });
}

} // namespace lockstep::app
