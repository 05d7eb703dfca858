#include "app/api/process_metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace lockstep::app {

namespace {

// Seconds since 1970 at which the machine started.
double boot_time() {
  std::ifstream file{"/proc/stat"};
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  }
  return 0;
}

// Fields of /proc/self/stat from the third on: the second is the program's name in parentheses and may
// contain blanks.
std::istringstream fields_after_name() {
  std::ifstream file{"/proc/self/stat"};
  std::string line;
  std::getline(file, line);
  const auto end = line.rfind(')');
  return std::istringstream{end == std::string::npos ? std::string{} : line.substr(end + 1)};
}

double open_files() {
  std::error_code failure;
  const std::filesystem::directory_iterator files{"/proc/self/fd", failure};
  if (failure) return 0;
  return static_cast<double>(std::distance(begin(files), end(files)));
}

} // namespace

process_metrics read_process_metrics() {
  process_metrics now;
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  auto fields = fields_after_name();
  std::string skipped;
  const auto skip = [&](int count) {
    for (int i = 0; i < count; ++i)
      fields >> skipped;
  };
  double user = 0, system = 0, start = 0, pages = 0;
  skip(11); // state .. cmajflt
  fields >> user >> system;
  skip(4); // cutime .. nice
  fields >> now.threads;
  skip(1); // itrealvalue
  fields >> start >> now.virtual_bytes >> pages;
  now.cpu_seconds = (user + system) / ticks;
  now.resident_bytes = pages * static_cast<double>(sysconf(_SC_PAGESIZE));
  now.start_time_seconds = boot_time() + start / ticks;
  now.open_fds = open_files();
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) now.max_fds = static_cast<double>(files.rlim_cur);
  return now;
}

} // namespace lockstep::app
