#include "app/commands/commands.hpp"

#include "app/daemon.hpp"
#include "app/import/engine_access.hpp"
#include "app/import/export_catalogue.hpp"
#include "app/import/export_file.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace lockstep::app {

namespace {

const std::map<std::string, import_layout> layouts{{"products", import_layout::products},
                                                   {"listings", import_layout::listings},
                                                   {"stock", import_layout::stock},
                                                   {"bundles", import_layout::bundles},
                                                   {"rules", import_layout::rules}};

struct export_flags {
  engine_access_flags engine;
  std::string file = "-";
  import_layout what = import_layout::products;
  bool json = false;
};

exit_code run_export(const export_flags& flags) {
  auto to = export_file::open(flags.file);
  if (!to) return fail(exit_code::failure, to.error().what);
  auto opened = engine_access::open(flags.engine);
  if (const auto* failed = std::get_if<engine_access::failure>(&opened))
    return fail(failed->code, failed->what);
  auto& engine = std::get<engine_access>(opened);
  bool writable = true;
  const auto written =
      export_catalogue(engine.api(), flags.what, flags.json ? export_format::ndjson : export_format::csv,
                       [&](std::string_view text) { return writable = to->write(text); });
  engine.close();
  if (!written && writable) return fail(exit_code_of(written.error().code), written.error().what);
  if (auto finished = to->finish(); !finished) return fail(exit_code::failure, finished.error().what);
  fmt::print(stderr, "{} {}\n", *written, flags.json ? "objects" : "lines");
  return exit_code::ok;
}

} // namespace

void add_export_command(CLI::App& program, exit_code& ended) {
  auto flags = std::make_shared<export_flags>();
  auto& command = new_command(
      program, "export", "Write products, stock, listings, bundles or rules as CSV that import reads.",
      "  lockstep export --url http://127.0.0.1:8080 --token-file token > products.csv\n"
      "  lockstep export products.csv --config /etc/lockstep/lockstep.toml   (engine not "
      "running)\n");
  command.add_option("file", flags->file, "Where to; - for standard output")->capture_default_str();
  add_engine_access_flags(command, flags->engine);
  command.add_option("--what", flags->what, "products (with stock), listings, stock, bundles or rules")
      ->transform(CLI::CheckedTransformer(layouts))
      ->type_name("LAYOUT");
  command.add_flag("--json", flags->json, "Write a JSON object a line instead");
  command.callback([flags, &ended] { ended = run_export(*flags); });
}

} // namespace lockstep::app
