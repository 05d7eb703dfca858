// Lines of the contracts program: one per check, and the sum.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lockstep::contracts {

class report {
 public:
  // Prints "ok" or "FAILED", what was checked and, when it failed, why.
  void check(bool passed, std::string_view what, std::string_view why = {});
  // A check that must find nothing wrong.
  void check(const std::vector<std::string>& faults, std::string_view what);

  // "checks N, failed F"; the exit code.
  [[nodiscard]] int finish() const;

 private:
  std::size_t checks_ = 0;
  std::size_t failed_ = 0;
};

// The whole file, unpacked when its name ends in .gz; empty when it cannot be read, which is a failed check.
[[nodiscard]] std::string read_file(const std::string& path, report& to);

} // namespace lockstep::contracts
