// Runs the real program: to its end, or in the background until it is told to stop.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace lockstep::tests {

struct program_end {
  int code = -1; // exit code; -signal when a signal ended it
  std::string out;
  std::string err;
};

using environment = std::vector<std::pair<std::string, std::string>>;

// Waits for the end, at most a minute; a program that runs longer is killed and ends with -SIGKILL. LOCKSTEP_
// and NO_COLOR variables of the test's own environment are not passed on.
[[nodiscard]] program_end run_program(const std::vector<std::string>& arguments,
                                      const std::string& input = "", const environment& extra = {});

// `lockstep run` with its log lines.
class background_program {
 public:
  // `under`: words of a command that becomes the program, such as nsenter.
  explicit background_program(const std::vector<std::string>& arguments, const environment& extra = {},
                              const std::vector<std::string>& under = {});
  ~background_program(); // kills it when it still runs
  background_program(const background_program&) = delete;
  background_program& operator=(const background_program&) = delete;

  // The next log line with that id, which must come within half a minute; empty when it does not.
  [[nodiscard]] std::string wait_for(const std::string& id);
  void signal(int number) const;
  // Bytes of memory it has in use.
  [[nodiscard]] std::int64_t resident() const;
  // Its exit code, which must come within half a minute; -signal when a signal ended it.
  [[nodiscard]] int wait();

  // Everything it wrote to standard error.
  [[nodiscard]] const std::string& log() const { return log_; }

 private:
  bool read_more(std::chrono::steady_clock::time_point until);

  pid_t process_ = -1;
  int error_ = -1;
  std::string log_;
  std::size_t searched_ = 0;
};

} // namespace lockstep::tests
