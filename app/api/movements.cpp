#include "app/api/movements.hpp"

#include "adapters/rest/json_text.hpp"
#include "app/api/reply.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lockstep::app {

namespace {

using engine::refusal;
using rest::operation;
using rest::problem;
using rest::problem_code;

// --- waiting ---

// Lines [from, to), each decided for itself.
io_task<fate> ask_each(api_context& api, answer_box& box, bound_movement& movement, std::size_t from,
                       std::size_t to, std::vector<std::optional<actors::answer>>& answers) {
  answer_box::expectation expected{box, to - from, api.options.answer_timeout};
  std::vector<actors::submission> lines;
  for (auto i = from; i < to; ++i) {
    movement.commands[i].to = expected.ticket(i - from);
    lines.push_back(std::move(movement.commands[i]));
  }
  const auto admitted =
      lines.size() == 1 ? api.node.submit(std::move(lines.front())) : api.node.submit(std::move(lines));
  if (admitted != actors::admission::accepted) co_return fate_of(admitted);
  const bool all = co_await expected.arrived();
  std::ranges::move(expected.answers(), answers.begin() + static_cast<std::ptrdiff_t>(from));
  co_return all ? fate::answered : fate::unknown;
}

io_task<told> ask_together(api_context& api, answer_box& box, bound_movement& movement) {
  answer_box::expectation expected{box, 1, api.options.answer_timeout};
  movement.commands.front().to = expected.ticket(0);
  told outcome;
  outcome.how = fate_of(api.node.submit_group(std::move(movement.commands)));
  if (outcome.how != fate::answered) co_return outcome;
  if (!co_await expected.arrived()) outcome.how = fate::unknown;
  outcome.answers = std::move(expected.answers());
  co_return outcome;
}

// What has an id of its own is begun once, whatever its keys remember. Nothing: go on.
io_task<std::optional<told>> look_for_beginning(api_context& api, const bound_movement& movement) {
  std::vector<const actors::submission*> begins;
  for (const auto& each : movement.commands)
    begins.push_back(&each);
  const auto old = co_await began_long_ago(api, std::move(begins));
  if (!old) co_return told{fate::overloaded, {}};
  const auto found = std::ranges::find(*old, true);
  if (found == old->end()) co_return std::nullopt;
  const auto& first = movement.commands[static_cast<std::size_t>(found - old->begin())];
  co_return told{fate::answered, {too_old(first)}};
}

// The key of the whole request is judged with its first line: if that one is refused for it, the others must
// not start.
bool key_refused(const std::optional<actors::answer>& first) {
  return first && (first->reason == refusal::key_reused || first->reason == refusal::in_progress);
}

// --- telling ---

problem_code code_of(fate how) {
  switch (how) {
  case fate::overloaded: return problem_code::overloaded;
  case fate::draining: return problem_code::draining;
  default: return problem_code::outcome_unknown;
  }
}

// What lines [from, to) take of the SKU that answered.
struct concern {
  std::vector<const rest::movement_line*> lines;
  std::string sku; // its code
  engine::quantity units = 0;
};

concern concern_of(const bound_movement& movement, std::size_t from, std::size_t to, engine::sku_id sku) {
  concern out;
  for (auto i = from; i < to; ++i) {
    const auto& line = movement.asked.lines[i];
    if (line.target == sku) {
      out.lines.push_back(&line);
      out.sku = line.sku;
      out.units += line.units;
    }
    for (const auto& leaf : movement.leaves) {
      if (leaf.line != i || leaf.sku != sku) continue;
      out.lines.push_back(&line);
      out.sku = leaf.code;
      out.units += line.units * leaf.per;
    }
  }
  return out;
}

// A line of a bundle is refused by a leaf, which need not be one of the bundle as it is composed now.
problem refused(const bound_movement& movement, std::size_t from, std::size_t to, const actors::answer& answer) {
  if (answer.kind == actors::answer_kind::quarantined) return {problem_code::not_stored, {}, {}};
  auto about = concern_of(movement, from, to, answer.sku);
  problem why{rest::code_of(answer.reason), {}, {}};
  const bool is_bundle =
      std::ranges::any_of(movement.leaves, [&](const auto& leaf) { return leaf.line == from; });
  if (about.lines.empty() && !is_bundle)
    why.detail = "It was said of another SKU before.";
  else if (about.lines.empty())
    why.detail = fmt::format("It is a component of '{}' that refuses.", movement.asked.lines[from].sku);
  else if (answer.reason == refusal::insufficient_stock)
    why.detail =
        fmt::format("SKU '{}': {} asked for, {} available.", about.sku, about.units, answer.figures.available);
  else if (answer.reason == refusal::unknown_return && is_bundle)
    why.detail = fmt::format("It is not open at SKU '{}', which '{}' is made of now. When the bundle was composed anew "
                             "after the return was announced, name the SKUs that it was made of then.",
                             about.sku, movement.asked.lines[from].sku);
  else
    why.detail = fmt::format("It is SKU '{}' that refuses.", about.sku);
  if (about.lines.empty()) about.lines.push_back(&movement.asked.lines[from]);
  for (const auto* line : about.lines)
    if (!line->pointer.empty()) why.errors.push_back({line->pointer, why.detail});
  return why;
}

bool granted(const actors::answer& answer) {
  return answer.kind != actors::answer_kind::quarantined && answer.reason == refusal::none;
}

unsigned success_of(operation op) {
  switch (op) {
  case operation::confirm:
  case operation::release:
  case operation::extend:
  case operation::allocate:
  case operation::ship_hold:
  case operation::cancel:
  case operation::ship:
  case operation::cancel_transfer:
  case operation::cancel_supply:
  case operation::close_return:
  case operation::resolve: return 200;
  default: return 201;
  }
}

void put_head(rest::json_text& to, const bound_movement& movement) {
  const auto& asked = movement.asked;
  to.member("op", rest::to_string(asked.op));
  if (movement.hold) to.member("hold", rest::encode(*movement.hold));
  if (asked.seconds != 0) to.member("seconds", asked.seconds);
  if (asked.about) to.member(asked.about->kind, asked.about->id);
  if (!asked.order.empty()) to.member("order", asked.order);
}

void put_line(rest::json_text& to, const rest::movement_line& line) {
  if (!line.line.empty()) to.member("line", line.line);
  to.member("sku", line.sku);
  if (line.units != 0) to.member("units", line.units);
  if (!line.location.empty()) to.member(line.to.empty() ? "location" : "from", line.location);
  if (!line.to.empty()) to.member("to", line.to);
}

// A bundle's own line has no number, and that of a leaf is not its: neither is told of a bundle.
void put_version(rest::json_text& to, const bound_movement& movement, const rest::movement_line& line,
                 const actors::answer& answer) {
  const bool of_bundle = movement.is_bundle(line.target);
  if (!of_bundle || answer.sku == line.target) to.member("version", answer.version);
  if (!of_bundle) to.member("available", answer.available);
}

std::string one_line_result(const bound_movement& movement, const actors::answer& answer) {
  std::string out;
  rest::json_text to{out};
  to.begin_object();
  put_head(to, movement);
  put_line(to, movement.asked.lines.front());
  put_version(to, movement, movement.asked.lines.front(), answer);
  to.end_object();
  return out;
}

// All or nothing: the lines share one outcome.
std::string together_result(const bound_movement& movement) {
  std::string out;
  rest::json_text to{out};
  to.begin_object();
  put_head(to, movement);
  to.begin_array("lines");
  for (const auto& line : movement.asked.lines) {
    to.begin_object();
    put_line(to, line);
    to.end_object();
  }
  to.end_array();
  to.end_object();
  return out;
}

movement_outcome outcome_together(const bound_movement& movement, const told& what) {
  movement_outcome outcome;
  if (what.how != fate::answered || !what.answers.front()) {
    outcome.problem = problem{code_of(what.how), {}, {}};
    return outcome;
  }
  const auto& answer = *what.answers.front();
  const auto& lines = movement.asked.lines;
  outcome.repeated = answer.repeated;
  if (granted(answer)) {
    outcome.result = lines.size() == 1 ? one_line_result(movement, answer) : together_result(movement);
    return outcome;
  }
  outcome.problem = refused(movement, 0, lines.size(), answer);
  return outcome;
}

// One line among several that were decided each for itself. Returns its problem, if it has one.
std::optional<problem> line_problem(const bound_movement& movement, std::size_t line,
                                    const std::optional<actors::answer>& answer, fate how) {
  if (!answer) return problem{code_of(how), {}, {}};
  if (!granted(*answer)) return refused(movement, line, line + 1, *answer);
  return std::nullopt;
}

movement_outcome outcome_each(const bound_movement& movement, const told& what) {
  movement_outcome outcome;
  const auto& lines = movement.asked.lines;
  const auto first = what.answers.empty() ? std::nullopt : what.answers.front();
  if (!first || key_refused(first)) {
    outcome.problem = line_problem(movement, 0, first, what.how);
    return outcome;
  }
  rest::json_text to{outcome.result};
  to.begin_object();
  put_head(to, movement);
  to.begin_array("lines");
  outcome.repeated = true;
  bool all_fine = true;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto wrong = line_problem(movement, i, what.answers[i], what.how);
    to.begin_object();
    put_line(to, lines[i]);
    to.member("status", wrong ? rest::row_of(wrong->code).status : success_of(movement.asked.op));
    if (wrong) to.raw_member("problem", rest::encode(*wrong, ""));
    if (!wrong) put_version(to, movement, lines[i], *what.answers[i]);
    to.end_object();
    all_fine = all_fine && !wrong;
    outcome.repeated = outcome.repeated && what.answers[i] && what.answers[i]->repeated;
  }
  to.end_array();
  to.end_object();
  constexpr unsigned multi_status = 207;
  if (!all_fine) outcome.status = multi_status;
  return outcome;
}

bool is_one(const bound_movement& movement) {
  return movement.asked.together || movement.asked.lines.size() == 1;
}

} // namespace

bool bound_movement::is_bundle(engine::sku_id sku) const {
  return std::ranges::any_of(leaves, [&](const taken_sku& each) { return asked.lines[each.line].target == sku; });
}

fate fate_of(actors::admission verdict) {
  switch (verdict) {
  case actors::admission::accepted: return fate::answered;
  case actors::admission::overloaded: return fate::overloaded;
  default: return fate::draining;
  }
}

io_task<std::optional<std::vector<bool>>> began_long_ago(api_context& api,
                                                         std::vector<const actors::submission*> begins) {
  constexpr auto clocks_differ_by = std::chrono::minutes{1};
  const auto now = std::chrono::time_point_cast<engine::duration>(std::chrono::system_clock::now());
  const auto remembered_from = now - api.node.key_retention() + clocks_differ_by;
  const auto look = [&](storage::reader& from) -> engine::result<std::vector<bool>> {
    std::vector<bool> old;
    for (const auto* each : begins) {
      const auto at = from.began(each->sku, each->asked.key);
      if (!at) return at.error();
      old.push_back(*at && **at <= remembered_from);
    }
    return old;
  };
  auto found = co_await api.workers.run([&] { return api.readers.ask(look); });
  if (!found || !*found) co_return std::nullopt;
  co_return *std::move(*found);
}

actors::answer too_old(const actors::submission& begins) {
  actors::answer answer;
  answer.sku = begins.sku;
  answer.reason = refusal::older_than_window;
  return answer;
}

io_task<told> perform(api_context& api, answer_box& box, bound_movement& movement) {
  const auto count = movement.commands.size();
  if (rest::has_natural_key(movement.asked.op))
    if (auto known = co_await look_for_beginning(api, movement)) co_return *std::move(known);
  if (movement.asked.together && count > 1) co_return co_await ask_together(api, box, movement);
  told outcome;
  outcome.answers.resize(count);
  outcome.how = co_await ask_each(api, box, movement, 0, 1, outcome.answers);
  const bool go_on = outcome.how == fate::answered && !key_refused(outcome.answers.front());
  if (go_on && count > 1) outcome.how = co_await ask_each(api, box, movement, 1, count, outcome.answers);
  co_return outcome;
}

movement_outcome outcome_of(const bound_movement& movement, const told& what) {
  auto outcome = is_one(movement) ? outcome_together(movement, what) : outcome_each(movement, what);
  if (outcome.problem) outcome.status = rest::row_of(outcome.problem->code).status;
  if (outcome.status == 0) outcome.status = success_of(movement.asked.op);
  return outcome;
}

} // namespace lockstep::app
