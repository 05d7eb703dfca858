#include "app/commands/commands.hpp"
#include "app/exit_code.hpp"

#include <cstdio>
#include <exception>

int main(int count, char** arguments) {
  try {
    return lockstep::app::run_program(count, arguments);
  } catch (const std::exception& broken) {
    std::fprintf(stderr, "lockstep: %s\n", broken.what());
    return number(lockstep::app::exit_code::internal);
  }
}
