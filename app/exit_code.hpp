// How a command of ours ends, as sysexits.h names it: service supervisors decide by it whether a restart can
// help.
#pragma once

namespace lockstep::app {

enum class exit_code : int {
  ok = 0,
  failure = 1,        // the command ran and its answer is no
  usage = 2,          // flags or words that mean nothing here
  unavailable = 69,   // store or running engine not reachable
  internal = 70,      // data in doubt, or a defect of ours
  temporary = 75,     // try again later
  no_permission = 77, // a file may not be read
  configuration = 78, // the configuration is wrong: a restart cannot help
};

[[nodiscard]] constexpr int number(exit_code code) {
  return static_cast<int>(code);
}

} // namespace lockstep::app
