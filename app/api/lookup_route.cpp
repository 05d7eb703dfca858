// GET /v1/lookup: which SKU a code from outside means.
#include "adapters/rest/encode.hpp"
#include "adapters/rest/identifier_scheme.hpp"
#include "app/api/reply.hpp"
#include "app/api/routes.hpp"

namespace lockstep::app {

namespace {

void put_match(rest::json_text& to, const rest::lookup_match& match, const engine::catalogue& known) {
  const auto* product = known.find(match.sku);
  to.begin_object();
  to.member("sku", product->code);
  to.member("title", product->title);
  to.begin_array("by");
  for (const auto& each : match.by) {
    to.begin_object();
    to.member("scheme", each.scheme);
    to.member("value", each.value);
    to.end_object();
  }
  to.end_array();
  to.end_object();
}

} // namespace

// On a worker, because it may walk all listings.
io_task<http_answer> serve_lookup(call& c) {
  const auto* value = c.target.parameter("value");
  const auto* scheme = c.target.parameter("scheme");
  if (value == nullptr || value->empty())
    co_return problem_answer(c, rest::problem_code::invalid_parameter, "`value` says what to look for.");
  auto reply = co_await c.api.workers.run([&] {
    const auto known = c.api.node.catalogue();
    const auto found =
        rest::look_up(*known, scheme == nullptr ? std::string_view{} : std::string_view{*scheme}, *value);
    if (!found) return problem_answer(c, rest::problem_code::invalid_identifier, found.error().what);
    return list_answer(c, "matches", "", [&](rest::json_text& to) {
      for (const auto& match : *found)
        put_match(to, match, *known);
    });
  });
  if (!reply) co_return problem_answer(c, rest::problem_code::overloaded);
  co_return *std::move(reply);
}

} // namespace lockstep::app
