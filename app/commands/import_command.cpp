#include "app/commands/commands.hpp"

#include "adapters/log.hpp"
#include "adapters/printable.hpp"
#include "app/daemon.hpp"
#include "app/import/engine_access.hpp"
#include "app/import/import_products.hpp"
#include "app/import/product_file.hpp"
#include "app/import/progress.hpp"
#include "app/token.hpp"
#include "engine/limits.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>

#include <unistd.h>

namespace lockstep::app {

namespace json = boost::json;

namespace {

struct import_flags {
  engine_access_flags engine;
  std::string file;
  std::string name;
  bool all_or_nothing = false;
  bool dry_run = false;
  bool code_from_barcode = false;
  bool json = false;
};

// The whole text: it is read twice, once for its hash.
std::optional<std::string> read_text(const std::string& file) {
  std::ifstream opened;
  if (file != "-") opened.open(file, std::ios::binary);
  std::istream& from = file == "-" ? std::cin : opened;
  std::ostringstream text;
  text << from.rdbuf();
  if (!from || text.str().size() > limits::import_bytes_max) return std::nullopt;
  return std::move(text).str();
}

bool usable_as_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return c > ' ' && c < 0x7F && c != '"' && c != '\\';
  });
}

void print_findings(const std::string& file, std::string_view kind, std::vector<line_finding> findings) {
  std::sort(findings.begin(), findings.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
  for (const auto& finding : findings)
    fmt::print(stderr, "{}:{}: {}{}\n", adapters::printable(file), finding.line, kind,
               adapters::printable(finding.what));
}

json::array to_json(const std::vector<line_finding>& findings) {
  json::array rows;
  for (const auto& finding : findings)
    rows.push_back(json::object{{"line", finding.line}, {"what", finding.what}});
  return rows;
}

void print_result(const import_flags& flags, const product_file& file, const import_result& done, bool sent) {
  if (flags.json) {
    const json::object result{{"sent", sent},
                              {"products", file.products.size()},
                              {"products_new", done.products_new},
                              {"products_changed", done.products_changed},
                              {"counted", done.counted},
                              {"counted_before", done.counted_before},
                              {"bad", to_json(file.bad)},
                              {"refused", to_json(done.refused)},
                              {"notes", to_json(file.notes)}};
    fmt::print("{}\n", json::serialize(result));
    return;
  }
  const auto left_out = file.bad.size() + done.refused.size();
  if (sent) {
    fmt::print("{} products new, {} changed; {} counted, {} counted before; {} lines left out\n",
               done.products_new, done.products_changed, done.counted, done.counted_before, left_out);
  } else {
    fmt::print("{} products read, {} lines left out; nothing was sent\n", file.products.size(), left_out);
  }
}

// Nothing is sent before every line was judged.
exit_code send(const import_flags& flags, const product_file& file, const std::string& name) {
  auto opened = engine_access::open(flags.engine);
  if (const auto* failed = std::get_if<engine_access::failure>(&opened))
    return fail(failed->code, failed->what);
  auto& engine = std::get<engine_access>(opened);
  const bool terminal = isatty(STDERR_FILENO) == 1;
  const auto counts = std::count_if(file.products.begin(), file.products.end(),
                                    [](const auto& product) { return product.on_hand.has_value(); });
  auto products_bar = std::make_unique<progress>("products", file.products.size(), stderr, terminal);
  auto counts_bar = std::unique_ptr<progress>{};
  const import_progress told{[&](std::size_t sent) { products_bar->advance(sent); },
                             [&](std::size_t sent) {
                               products_bar.reset();
                               if (counts_bar == nullptr)
                                 counts_bar = std::make_unique<progress>(
                                     "counts", static_cast<std::size_t>(counts), stderr, terminal);
                               counts_bar->advance(sent);
                             }};
  const auto done = import_products(engine.api(), file.products, name, told);
  products_bar.reset();
  counts_bar.reset();
  engine.close();
  if (!done) return fail(exit_code_of(done.error().code), done.error().what);
  print_findings(flags.file, "refused by the engine: ", done->refused);
  print_result(flags, file, *done, true);
  return file.bad.empty() && done->refused.empty() ? exit_code::ok : exit_code::failure;
}

exit_code run_import(const import_flags& flags) {
  auto text = read_text(flags.file);
  if (!text) return fail(exit_code::failure, fmt::format("{} cannot be read", flags.file));
  const auto name = flags.name.empty() ? sha256_hex(*text).substr(0, 16) : flags.name;
  if (!usable_as_name(name))
    return fail(exit_code::usage, "--name takes 1 to 64 printable characters without blanks");

  std::istringstream stream{std::move(*text)};
  const auto file = read_products(stream, {flags.code_from_barcode});
  if (!file) return fail(exit_code::failure, fmt::format("{}: {}", flags.file, file.error().what));
  print_findings(flags.file, "note: ", file->notes);
  print_findings(flags.file, "", file->bad);
  if (flags.dry_run || (flags.all_or_nothing && !file->bad.empty())) {
    print_result(flags, *file, {}, false);
    return file->bad.empty() ? exit_code::ok : exit_code::failure;
  }
  return send(flags, *file, name);
}

} // namespace

void add_import_command(CLI::App& program, exit_code& ended) {
  auto flags = std::make_shared<import_flags>();
  auto& command =
      new_command(program, "import", "Read products, and what is on hand of them, from a CSV file.",
                  "  lockstep import products.csv --dry-run\n"
                  "  lockstep import products.csv --url http://127.0.0.1:8080 --token-file token\n"
                  "  lockstep import products.csv --config /etc/lockstep/lockstep.toml   (engine not "
                  "running)\n");
  command.add_option("file", flags->file, "CSV, ours or a Shopify product export; - for standard input")
      ->required();
  add_engine_access_flags(command, flags->engine);
  command.add_flag("--dry-run", flags->dry_run, "Judge every line and send nothing");
  command.add_flag("--all-or-nothing", flags->all_or_nothing, "Send nothing when any line is bad");
  command.add_flag("--sku-from-barcode", flags->code_from_barcode,
                   "A variant without a SKU takes its barcode as one");
  command.add_option(
      "--name", flags->name,
      "Name of this import: under one name a line counts once (default: from the file's content)");
  command.add_flag("--json", flags->json, "Print the result as JSON");
  command.callback([flags, &ended] { ended = run_import(*flags); });
}

} // namespace lockstep::app
