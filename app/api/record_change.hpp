// Records of the catalogue, made durable before the answer.
#pragma once

#include "app/api/reply.hpp"
#include "storage/store.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace lockstep::app {

// Makes records durable together, out of the catalogue as it stands: `make` gives them, or the problem. Nothing:
// they are.
template <class Make>
io_task<std::optional<http_answer>> record_changes(call& c, const Make& make) {
  answer_box::expectation expected{c.box(), 1, c.api.options.answer_timeout};
  std::optional<rest::problem> wrong;
  const auto change = [&](const engine::catalogue& known) -> engine::result<std::vector<storage::record>> {
    auto made = make(known);
    if (made) return *std::move(made);
    wrong = made.error();
    return engine::make_error(engine::error_code::refused, wrong->detail);
  };
  const auto recorded = c.api.node.change(change, expected.ticket(0));
  if (wrong) co_return problem_answer(*wrong, c.request.target);
  if (!recorded) co_return error_answer(c, recorded.error());
  if (!co_await expected.arrived()) co_return problem_answer(c, rest::problem_code::outcome_unknown);
  if (expected.answers().front()->kind == actors::answer_kind::quarantined)
    co_return problem_answer(c, rest::problem_code::not_stored);
  co_return std::nullopt;
}

// The same with one record.
template <class Make>
io_task<std::optional<http_answer>> record_change(call& c, const Make& make) {
  const auto make_one = [&](const engine::catalogue& known) -> rest::decoded<std::vector<storage::record>> {
    auto made = make(known);
    if (!made) return made.error();
    return std::vector<storage::record>{*std::move(made)};
  };
  co_return co_await record_changes(c, make_one);
}

} // namespace lockstep::app
