#include "tests/contracts/report.hpp"

#include <fmt/core.h>
#include <zlib.h>

#include <array>
#include <fstream>
#include <iterator>

namespace lockstep::contracts {

void report::check(bool passed, std::string_view what, std::string_view why) {
  ++checks_;
  if (!passed) ++failed_;
  fmt::print("{} {}{}{}\n", passed ? "ok    " : "FAILED", what, passed || why.empty() ? "" : ": ",
             passed ? "" : why);
}

void report::check(const std::vector<std::string>& faults, std::string_view what) {
  check(faults.empty(), what, faults.empty() ? "" : faults.front());
}

int report::finish() const {
  fmt::print("checks {}, failed {}\n", checks_, failed_);
  return failed_ == 0 ? 0 : 1;
}

std::string read_file(const std::string& path, report& to) {
  std::string text;
  if (path.ends_with(".gz")) {
    if (const gzFile file = gzopen(path.c_str(), "rb")) {
      std::array<char, 65536> part{};
      for (int count = 0; (count = gzread(file, part.data(), part.size())) > 0;)
        text.append(part.data(), static_cast<std::size_t>(count));
      gzclose(file);
    }
  } else {
    std::ifstream file{path, std::ios::binary};
    text.assign(std::istreambuf_iterator<char>{file}, {});
  }
  to.check(!text.empty(), "read " + path, "missing or empty");
  return text;
}

} // namespace lockstep::contracts
