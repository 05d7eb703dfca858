#include "app/commands/commands.hpp"
#include "app/demo/demo.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <memory>

namespace lockstep::app {

namespace {

struct demo_flags {
  demo::demo_options chosen;
  std::string speed;
};

exit_code run(demo_flags& flags) {
  if (!flags.speed.empty()) {
    const auto speed = demo::parse_speed(flags.speed);
    if (!speed) {
      fmt::print(stderr, "lockstep: --speed takes {}\n", speed.error().what);
      return exit_code::usage;
    }
    flags.chosen.speed = *speed;
  }
  return demo::run_demo(flags.chosen);
}

} // namespace

void add_demo_command(CLI::App& program, exit_code& ended) {
  auto flags = std::make_shared<demo_flags>();
  auto& command = new_command(program, "demo",
                              "Sell a real order log on three local shops at once, and judge the result.",
                              "  lockstep demo\n"
                              "  lockstep demo --orders orders.csv.gz --speed 5min\n"
                              "  lockstep demo --first 200 --keep\n");
  auto& chosen = flags->chosen;
  command
      .add_option("--orders", chosen.orders,
                  "Order log, CSV or CSV.gz in the UCI Online Retail layout (default: made up)")
      ->type_name("FILE");
  command.add_option("--first", chosen.first, "Replay so many orders only")->type_name("N");
  command.add_option("--speed", flags->speed,
                     "Log seconds per second, such as 3000, or a time for all, such as 90s or 5min");
  command.add_option("--seed", chosen.seed, "Of opening stock, shops, faults and made-up orders")
      ->capture_default_str();
  command.add_flag("--misbehave", chosen.misbehave, "Let the shops' APIs fail now and then");
  command.add_flag("--keep", chosen.keep, "Go on serving afterwards, until Ctrl-C, and leave the files");
  command.add_flag("--json", chosen.json, "Print the result as JSON");
  command.callback([flags, &ended] { ended = run(*flags); });
}

} // namespace lockstep::app
