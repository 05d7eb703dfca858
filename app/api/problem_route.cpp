// GET /problems/{code}: the page that a problem's `type` leads to.
#include "app/api/reply.hpp"
#include "app/api/routes.hpp"

#include <fmt/format.h>

namespace lockstep::app {

io_task<http_answer> serve_problem(call& c) {
  const auto* row = rest::find_problem(c.path("code"));
  if (row == nullptr) co_return problem_answer(c, rest::problem_code::no_such_route);
  http_answer reply;
  reply.content_type = "text/plain; charset=utf-8";
  reply.body = fmt::format("{} ({})\n{}\n", row->name, row->status, row->title);
  co_return reply;
}

} // namespace lockstep::app
