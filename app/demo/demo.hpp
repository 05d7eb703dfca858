// `lockstep demo`: a seller's log replayed on three shops at once, and judged.
#pragma once

#include "app/demo/demo_options.hpp"
#include "app/demo/order_log.hpp"
#include "app/demo/pace.hpp"
#include "app/demo/replay.hpp"
#include "app/demo/report.hpp"
#include "app/demo/storefronts.hpp"
#include "app/demo/world.hpp"
#include "app/exit_code.hpp"

#include <functional>
#include <memory>

namespace lockstep::app::demo {

// The log that was asked for, read or made up. malformed: there is no order in it; else as
// read_order_log_file().
[[nodiscard]] engine::result<order_log> load_log(const demo_options& chosen);

// One run, step by step. Each step blocks.
class demo_run {
 public:
  // The world is set up. Errors as of world::start().
  [[nodiscard]] static engine::result<std::unique_ptr<demo_run>> start(demo_options chosen, order_log log);

  // False: told to stop before the end of the log, or the engine had to end.
  [[nodiscard]] bool replay_log(const std::function<bool()>& stop);
  // Nothing is sold any more: waits for what is under way.
  void settle();
  [[nodiscard]] engine::result<demo_result> judge();

  [[nodiscard]] world& in() { return *world_; }

  [[nodiscard]] storefronts& selling() { return *selling_; }

 private:
  demo_run(demo_options chosen, order_log log);

  void describe();
  void count_all();

  const demo_options chosen_;
  const order_log log_;
  const pace pace_;
  std::unique_ptr<world> world_;
  std::unique_ptr<storefronts> selling_;
  demo_result result_;
};

// ok: everything agrees; failure: something does not.
[[nodiscard]] exit_code verdict_of(const demo_result& result);

// The command: blocks until the end, which SIGINT and SIGTERM bring about. Progress goes to standard error,
// the result to standard output. Beside the verdict: failure when it was told to stop or the log cannot be
// read; unavailable: it could not be started; internal: the engine had to end.
[[nodiscard]] exit_code run_demo(const demo_options& chosen);

} // namespace lockstep::app::demo
