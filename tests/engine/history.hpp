// Generated histories of one SKU: short lists of plain steps that rapidcheck shrinks and prints.
#pragma once

#include "tests/engine/lone_sku.hpp"

#include <rapidcheck.h>

#include <ostream>
#include <vector>

namespace lockstep::test {

enum class step_kind : int {
  receive,
  adjust,
  count,
  safety,
  hold,
  confirm,
  release,
  ship,
  line_fact,
  line_refund,
  line_request,
  take_return,
  inspect,
  expire,
  // Known to the engine only, not to the naive model:
  send,
  arrive,
  recall,
  expect,
  receive_supply,
  unexpect,
  sell_ahead,
  announce,
  take_announced,
  inspect_announced,
  close_return,
  extend,
  confirm_part,
  allocate,
  source,
  count_available,
  count_past,
  fence,
  follow,
};

// Small numbers everywhere, so that steps meet: three holds, three lines, few units.
struct step {
  step_kind kind{};
  int subject = 0; // which hold or line
  int units = 0;
  int cancelled = 0;
  int shipped = 0;
  int minutes = 0; // that pass before it
};

void showValue(const step& shown, std::ostream& out);

[[nodiscard]] rc::Gen<step> any_step();
[[nodiscard]] rc::Gen<std::vector<step>> any_history();
// Of all kinds of steps, over three locations.
[[nodiscard]] rc::Gen<std::vector<step>> any_wide_history();

// The step as a command at `now`. Holds expire after ten minutes. A movement that is not cumulative gets a
// key of its own from `number`, its place in the history.
[[nodiscard]] command to_command(const step& taken, time_point now, std::size_t number);

// Tells the whole history; returns the SKU after it.
[[nodiscard]] lone_sku told(const std::vector<step>& history);

} // namespace lockstep::test
