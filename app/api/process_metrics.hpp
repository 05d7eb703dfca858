// The process as /proc shows it (proc(5)), in the names of the Prometheus client libraries. Zero where it
// cannot be read.
#pragma once

namespace lockstep::app {

struct process_metrics {
  double cpu_seconds = 0;
  double resident_bytes = 0;
  double virtual_bytes = 0;
  double open_fds = 0;
  double max_fds = 0;
  double threads = 0;
  double start_time_seconds = 0; // since 1970
};

[[nodiscard]] process_metrics read_process_metrics();

} // namespace lockstep::app
