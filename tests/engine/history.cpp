#include "tests/engine/history.hpp"

#include <string>

namespace lockstep::test {
namespace {

uuid hold_of(const step& taken) {
  return named("hold " + std::to_string(taken.subject));
}

uuid line_of(const step& taken) {
  return named("line " + std::to_string(taken.subject));
}

record_line line_body(const step& taken) {
  record_line body;
  body.line = line_of(taken);
  body.ordered = taken.units;
  if (taken.cancelled > 0) body.cancelled = taken.cancelled;
  if (taken.shipped > 0) body.shipped = taken.shipped;
  if (taken.kind == step_kind::line_request) body.mode = line_mode::request;
  return body;
}

command_body to_body(const step& taken, time_point now) {
  switch (taken.kind) {
  case step_kind::receive: return receive{.units = taken.units};
  case step_kind::adjust: return adjust{.change = taken.units - 4, .reason = "found or lost"};
  case step_kind::count: return engine::count{.counted = taken.units};
  case step_kind::safety:
    return set_safety{
        {taken.cancelled > 0 ? safety_rule::kind::percent : safety_rule::kind::units, taken.units}};
  case step_kind::hold:
    return hold{.reservation = hold_of(taken), .units = taken.units, .expires_at = now + 10min};
  case step_kind::confirm: return confirm{hold_of(taken)};
  case step_kind::release: return release{hold_of(taken)};
  case step_kind::ship: return ship{hold_of(taken), taken.shipped};
  case step_kind::line_fact:
  case step_kind::line_request: return line_body(taken);
  case step_kind::line_refund: return record_line{.line = line_of(taken), .cancelled_now = taken.cancelled};
  case step_kind::take_return: return take_return{.line = line_of(taken), .units = taken.units};
  case step_kind::inspect: return inspect_return{.sellable = taken.units, .damaged = taken.cancelled};
  case step_kind::expire: return expire_holds{};
  }
  return read_stock{};
}

bool has_key(step_kind kind) {
  return kind != step_kind::line_fact && kind != step_kind::line_request && kind != step_kind::expire;
}

} // namespace

void showValue(const step& shown, std::ostream& out) {
  constexpr const char* names[] = {"receive",      "adjust",      "count",   "safety",    "hold",
                                   "confirm",      "release",     "ship",    "line_fact", "line_refund",
                                   "line_request", "take_return", "inspect", "expire"};
  out << '{' << names[static_cast<int>(shown.kind)] << ' ' << shown.subject << " units " << shown.units
      << " cancelled " << shown.cancelled << " shipped " << shown.shipped << " +" << shown.minutes << "m}";
}

rc::Gen<step> any_step() {
  const auto kind = rc::gen::map(rc::gen::inRange(0, static_cast<int>(step_kind::expire) + 1),
                                 [](int number) { return static_cast<step_kind>(number); });
  return rc::gen::build<step>(rc::gen::set(&step::kind, kind),
                              rc::gen::set(&step::subject, rc::gen::inRange(0, 3)),
                              rc::gen::set(&step::units, rc::gen::inRange(0, 9)),
                              rc::gen::set(&step::cancelled, rc::gen::inRange(0, 4)),
                              rc::gen::set(&step::shipped, rc::gen::inRange(0, 6)),
                              rc::gen::set(&step::minutes, rc::gen::inRange(0, 7)));
}

rc::Gen<std::vector<step>> any_history() {
  return rc::gen::container<std::vector<step>>(any_step());
}

command to_command(const step& taken, time_point now, std::size_t number) {
  return make_command(to_body(taken, now),
                      has_key(taken.kind) ? named("step " + std::to_string(number)) : uuid{});
}

lone_sku told(const std::vector<step>& history) {
  lone_sku sku;
  for (std::size_t i = 0; i < history.size(); ++i) {
    sku.wait(std::chrono::minutes{history[i].minutes});
    (void)sku.apply(to_command(history[i], sku.now, i));
  }
  return sku;
}

} // namespace lockstep::test
