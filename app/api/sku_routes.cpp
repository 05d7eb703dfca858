// One SKU in every detail: where its units are, who waits for them, what is on its way, what is wrong.
#include "adapters/rest/encode.hpp"
#include "app/api/reply.hpp"
#include "app/api/routes.hpp"
#include "engine/limits.hpp"

#include <algorithm>
#include <span>

namespace lockstep::app {

namespace {

using engine::sku_state;
using rest::problem_code;

void put_transfers(rest::json_text& to, const sku_state& state, const engine::catalogue& known) {
  to.begin_array("transfers");
  for (const auto& each : state.transfers) {
    to.begin_object();
    to.member("id", rest::uuid_text(each.id));
    to.member("from", known.code_of(each.from));
    to.member("to", known.code_of(each.to));
    to.member("open", each.open);
    to.end_object();
  }
  to.end_array();
}

void put_supplies(rest::json_text& to, const sku_state& state, const engine::catalogue& known) {
  to.begin_array("supplies");
  for (const auto& each : state.supplies) {
    to.begin_object();
    to.member("id", rest::uuid_text(each.id));
    to.member("location", known.code_of(each.location));
    to.member("expected", each.expected);
    to.member("arrived", each.arrived);
    to.member("open", each.open());
    to.member("due", each.due);
    to.member("late", each.late);
    to.end_object();
  }
  to.end_array();
}

void put_returns(rest::json_text& to, const sku_state& state, const engine::catalogue& known) {
  to.begin_array("returns");
  for (const auto& each : state.returns) {
    to.begin_object();
    to.member("id", rest::uuid_text(each.id));
    to.member("location", known.code_of(each.location));
    to.member("announced", each.announced);
    to.member("arrived", each.arrived);
    to.member("inspected", each.inspected);
    to.end_object();
  }
  to.end_array();
}

void put_promises(rest::json_text& to, const sku_state& state, const engine::catalogue& known) {
  const auto unserved = engine::unserved_promises(state);
  to.member("competing", unserved.size());
  to.begin_array("unserved");
  for (const auto& each :
       std::span{unserved}.first(std::min(unserved.size(), limits::claims_per_incident_max))) {
    const auto* account = known.find(state.reservations.find(each.reservation)->second.account);
    to.begin_object();
    to.member("reservation", rest::uuid_text(each.reservation));
    if (account != nullptr) to.member("account", account->name);
    to.member("units", each.units);
    to.end_object();
  }
  to.end_array();
}

void put_fences(rest::json_text& to, const sku_state& state, const engine::catalogue& known) {
  to.begin_array("fences");
  for (const auto& each : state.fences) {
    const auto* account = known.find(each.account);
    to.begin_object();
    if (account != nullptr) to.member("account", account->name);
    to.member("units", each.units);
    to.member("left", each.left());
    to.end_object();
  }
  to.end_array();
}

} // namespace

actors::submission stock_read(const call& c, engine::sku_id sku, actors::ticket to, bool detail) {
  actors::submission read;
  read.sku = sku;
  read.asked.account = c.who->account;
  read.asked.body = engine::read_stock{detail};
  read.to = to;
  return read;
}

io_task<rest::decoded<actors::answer>> read_detail(const call& c, engine::sku_id sku) {
  answer_box::expectation expected{c.box(), 1, c.api.options.answer_timeout};
  if (c.api.node.submit(stock_read(c, sku, expected.ticket(0), true)) != actors::admission::accepted)
    co_return rest::problem{problem_code::overloaded, {}, {}};
  if (!co_await expected.arrived()) co_return rest::problem{problem_code::unavailable, {}, {}};
  co_return std::move(*expected.answers().front());
}

io_task<http_answer> serve_sku(call& c) {
  const auto& code = c.path("sku");
  const auto sku = find_sku(c, code);
  if (!sku) co_return unknown_sku(c, code);
  if (auto bundle = find_bundle(c, *sku)) co_return co_await serve_bundle_stock(c, code, *std::move(bundle));
  const auto read = co_await read_detail(c, *sku);
  if (!read) co_return problem_answer(c, read.error().code);
  const auto& answer = *read;
  const auto& state = *answer.detail;
  const auto known = c.api.node.catalogue();
  std::string body;
  rest::json_text to{body};
  to.begin_object();
  rest::put_stock(to, code, answer.figures);
  rest::put_locations(to, state, *known);
  put_transfers(to, state, *known);
  put_supplies(to, state, *known);
  put_returns(to, state, *known);
  put_promises(to, state, *known);
  put_fences(to, state, *known);
  to.begin_array("incidents");
  for (const auto& each : state.incidents)
    rest::put_incident(to, code, each, *known);
  to.end_array();
  to.end_object();
  co_return json_answer(200, std::move(body));
}

} // namespace lockstep::app
