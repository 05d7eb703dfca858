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

// Three locations; few enough that steps meet.
location_id place_of(int number) {
  return static_cast<location_id>(number % 3);
}

uuid matter_of(const step& taken) {
  return named("matter " + std::to_string(taken.subject));
}

command_body to_matter(const step& taken, time_point now) {
  const auto id = matter_of(taken);
  switch (taken.kind) {
  case step_kind::send:
    return send_transfer{.transfer = id,
                         .from = place_of(taken.units),
                         .to = place_of(taken.shipped),
                         .units = taken.units,
                         .mode = taken.cancelled > 2 ? line_mode::fact : line_mode::request};
  case step_kind::arrive: return receive_transfer{id, taken.units, taken.cancelled > 2, {}};
  case step_kind::recall: return cancel_transfer{id, {}};
  case step_kind::expect:
    return expect_supply{
        .supply = id, .location = place_of(taken.shipped), .units = taken.units, .due = now + taken.cancelled * 5min};
  case step_kind::receive_supply:
    return receive{.location = place_of(taken.shipped),
                   .units = taken.units,
                   .supply = id,
                   .completes = taken.cancelled > 2};
  case step_kind::unexpect: return cancel_supply{id, {}};
  case step_kind::sell_ahead:
    return record_line{.line = line_of(taken),
                       .location = anywhere,
                       .mode = line_mode::request,
                       .ordered = taken.units,
                       .sells_ahead = true};
  case step_kind::announce: return announce_return{.line = line_of(taken), .units = taken.units};
  case step_kind::take_announced: return take_return{.units = taken.units, .announced = id};
  case step_kind::inspect_announced:
    return inspect_return{.sellable = taken.units, .damaged = taken.cancelled, .announced = id};
  case step_kind::close_return: return close_return{id, {}};
  case step_kind::extend: return extend{hold_of(taken), now + taken.units * 3min};
  case step_kind::confirm_part: return confirm{hold_of(taken), taken.units};
  case step_kind::allocate:
    return allocate{hold_of(taken), place_of(taken.cancelled), place_of(taken.shipped), taken.units};
  case step_kind::source:
    return record_line{.line = line_of(taken), .location = anywhere, .ordered = taken.units, .shipped = taken.shipped};
  case step_kind::count_available: return count_available{place_of(taken.shipped), taken.units, {}, {}};
  case step_kind::count_past:
    return engine::count{place_of(taken.shipped), taken.units, {}, now - taken.cancelled * 4min};
  case step_kind::fence: return fence{account_id{taken.subject}, taken.units};
  case step_kind::follow: return follow_velocity{taken.units};
  default: return read_stock{};
  }
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
  default: return to_matter(taken, now);
  }
}

bool has_key(step_kind kind) {
  return kind != step_kind::line_fact && kind != step_kind::line_request && kind != step_kind::expire &&
         kind != step_kind::sell_ahead && kind != step_kind::source;
}

} // namespace

void showValue(const step& shown, std::ostream& out) {
  constexpr const char* names[] = {"receive",      "adjust",      "count",   "safety",    "hold",
                                   "confirm",      "release",     "ship",    "line_fact", "line_refund",
                                   "line_request", "take_return", "inspect", "expire", "send", "arrive", "recall", "expect", "receive_supply",
                                   "unexpect", "sell_ahead", "announce", "take_announced", "inspect_announced",
                                   "close_return", "extend", "confirm_part", "allocate", "source",
                                   "count_available", "count_past", "fence", "follow"};
  out << '{' << names[static_cast<int>(shown.kind)] << ' ' << shown.subject << " units " << shown.units
      << " cancelled " << shown.cancelled << " shipped " << shown.shipped << " +" << shown.minutes << "m}";
}

namespace {

rc::Gen<step> any_step_up_to(step_kind last) {
  const auto kind = rc::gen::map(rc::gen::inRange(0, static_cast<int>(last) + 1),
                                 [](int number) { return static_cast<step_kind>(number); });
  return rc::gen::build<step>(rc::gen::set(&step::kind, kind),
                              rc::gen::set(&step::subject, rc::gen::inRange(0, 3)),
                              rc::gen::set(&step::units, rc::gen::inRange(0, 9)),
                              rc::gen::set(&step::cancelled, rc::gen::inRange(0, 4)),
                              rc::gen::set(&step::shipped, rc::gen::inRange(0, 6)),
                              rc::gen::set(&step::minutes, rc::gen::inRange(0, 7)));
}

} // namespace

rc::Gen<step> any_step() {
  return any_step_up_to(step_kind::expire);
}

rc::Gen<std::vector<step>> any_history() {
  return rc::gen::container<std::vector<step>>(any_step());
}

rc::Gen<std::vector<step>> any_wide_history() {
  return rc::gen::container<std::vector<step>>(any_step_up_to(step_kind::follow));
}

command to_command(const step& taken, time_point now, std::size_t number) {
  if (taken.kind == step_kind::announce) return make_command(to_body(taken, now), matter_of(taken));
  return make_command(to_body(taken, now),
                      has_key(taken.kind) ? named("step " + std::to_string(number)) : uuid{});
}

lone_sku told(const std::vector<step>& history) {
  lone_sku sku;
  sku.sourcing.may_split = true;
  for (std::size_t i = 0; i < history.size(); ++i) {
    sku.wait(std::chrono::minutes{history[i].minutes});
    (void)sku.apply(to_command(history[i], sku.now, i));
  }
  return sku;
}

} // namespace lockstep::test
