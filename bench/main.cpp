#include "bench/bench.hpp"

int main(int argc, char** argv) {
  CLI::App app{"Benches of Lockstep; results and machine are in bench/README.md", "lockstep-bench"};
  app.require_subcommand(1);
  int exit_code = 0;
  for (const auto add : lockstep::bench::subcommands())
    add(app, exit_code);
  CLI11_PARSE(app, argc, argv);
  return exit_code;
}
