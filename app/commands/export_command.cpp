#include "app/commands/commands.hpp"

#include "app/daemon.hpp"
#include "app/import/engine_access.hpp"
#include "app/import/export_products.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

namespace lockstep::app {

namespace {

struct export_flags {
  engine_access_flags engine;
  std::string file = "-";
  bool json = false;
};

bool write(const std::string& file, const std::string& text) {
  if (file == "-")
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  std::ofstream to{file, std::ios::binary | std::ios::trunc};
  to << text;
  to.close();
  return !to.fail();
}

exit_code run_export(const export_flags& flags) {
  auto opened = engine_access::open(flags.engine);
  if (const auto* failed = std::get_if<engine_access::failure>(&opened))
    return fail(failed->code, failed->what);
  auto& engine = std::get<engine_access>(opened);
  const auto products = read_catalogue(engine.api());
  engine.close();
  if (!products) return fail(exit_code_of(products.error().code), products.error().what);
  if (!write(flags.file, flags.json ? to_ndjson(*products) : to_csv(*products)))
    return fail(exit_code::failure, fmt::format("{} cannot be written", flags.file));
  fmt::print(stderr, "{} products\n", products->size());
  return exit_code::ok;
}

} // namespace

void add_export_command(CLI::App& program, exit_code& ended) {
  auto flags = std::make_shared<export_flags>();
  auto& command =
      new_command(program, "export", "Write products and their stock as CSV that import reads.",
                  "  lockstep export --url http://127.0.0.1:8080 --token-file token > products.csv\n"
                  "  lockstep export products.csv --config /etc/lockstep/lockstep.toml   (engine not "
                  "running)\n");
  command.add_option("file", flags->file, "Where to; - for standard output")->capture_default_str();
  add_engine_access_flags(command, flags->engine);
  command.add_flag("--json", flags->json, "Write a JSON object a line instead");
  command.callback([flags, &ended] { ended = run_export(*flags); });
}

} // namespace lockstep::app
