// Asking a look-up service which codes stand for our products.
#include "adapters/rest/members.hpp"
#include "app/api/reply.hpp"
#include "app/api/routes.hpp"
#include "app/identification.hpp"
#include "engine/limits.hpp"

namespace lockstep::app {

namespace {

using rest::problem_code;

http_answer identification_answer(const identification& asks, unsigned status) {
  const auto now = asks.status();
  std::string body;
  rest::json_text to{body};
  to.begin_object();
  to.member("waiting", static_cast<std::int64_t>(now.waiting));
  to.member("all", now.all);
  to.member("found", static_cast<std::int64_t>(now.found));
  to.member("unknown", static_cast<std::int64_t>(now.unknown));
  to.member("given_up", static_cast<std::int64_t>(now.given_up));
  to.member("proposals", static_cast<std::int64_t>(now.proposals));
  if (now.allowance_back_at) to.member("allowance_back_at", *now.allowance_back_at);
  if (!now.trouble.empty()) to.member("trouble", now.trouble);
  to.end_object();
  return json_answer(status, std::move(body));
}

http_answer ask_for_all(const call& c) {
  c.api.options.identifies->ask_all();
  return identification_answer(*c.api.options.identifies, 202);
}

http_answer ask_for(const call& c, std::string_view code) {
  const auto sku = find_sku(c, code);
  if (!sku) return unknown_sku(c, code);
  switch (c.api.options.identifies->ask(*sku)) {
  case identification::verdict::full: return problem_answer(c, problem_code::overloaded);
  case identification::verdict::nothing_to_ask: return problem_answer(c, problem_code::no_code);
  case identification::verdict::queued: break;
  }
  return identification_answer(*c.api.options.identifies, 202);
}

} // namespace

// {"sku": ...} or {"all": true}.
io_task<http_answer> serve_identify(call& c) {
  if (c.api.options.identifies == nullptr) co_return problem_answer(c, problem_code::not_configured);
  const auto body = body_object(c);
  if (!body) co_return problem_answer(body.error(), c.request.target);
  rest::reading read;
  rest::members from{*body, "", read};
  const auto code = from.optional_text("sku", limits::sku_code_bytes_max);
  const bool all = from.optional_flag("all");
  if (code.empty() != all) from.refuse("", "Either a `sku`, or `all` as true.");
  from.finish();
  if (const auto wrong = read.failure()) co_return problem_answer(*wrong, c.request.target);
  co_return all ? ask_for_all(c) : ask_for(c, code);
}

io_task<http_answer> serve_identification(call& c) {
  if (c.api.options.identifies == nullptr) co_return problem_answer(c, problem_code::not_configured);
  co_return identification_answer(*c.api.options.identifies, 200);
}

} // namespace lockstep::app
