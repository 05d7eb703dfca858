// `lockstep demo`: a seller's log replayed on three shops at once, and judged.
#pragma once

#include "app/demo/demo_options.hpp"
#include "app/exit_code.hpp"

namespace lockstep::app::demo {

// Blocks until the end, which SIGINT and SIGTERM bring about. Progress goes to standard error, the result to
// standard output. ok: everything agrees; failure: something does not, or it was told to stop; unavailable:
// it could not be started.
[[nodiscard]] exit_code run_demo(const demo_options& chosen);

} // namespace lockstep::app::demo
