// Movements of stock: one coroutine serves them all, because what differs is how a body is read and how it is
// told.
#include "adapters/rest/encode.hpp"
#include "adapters/rest/strict_json.hpp"
#include "app/api/movements.hpp"
#include "app/api/reply.hpp"
#include "app/api/routes.hpp"
#include "engine/limits.hpp"

#include <charconv>

namespace lockstep::app {

namespace {

using rest::problem;
using rest::problem_code;

engine::time_point now() {
  return std::chrono::time_point_cast<engine::duration>(std::chrono::system_clock::now());
}

// Names that the path tells become members of the body, where the operation reads them.
std::optional<problem> add_path_members(const call& c, boost::json::object& body) {
  for (const std::string_view name : {"hold", "order", "sku", "incident", "transfer", "supply", "return"}) {
    if (c.on.pattern.find('{' + std::string{name} + '}') == std::string_view::npos) continue;
    const auto& text = c.path(name);
    if (body.contains(name)) {
      return problem{problem_code::invalid_body,
                     "The path says it already.",
                     {{rest::pointer_step(name), "Leave it out."}}};
    }
    if (name != "incident") {
      body.emplace(name, text);
      continue;
    }
    std::int64_t number = 0;
    const auto* end = text.data() + text.size();
    if (const auto [stop, failure] = std::from_chars(text.data(), end, number);
        failure != std::errc{} || stop != end) {
      return problem{problem_code::unknown_incident, "An incident's number is a whole number.", {}};
    }
    body.emplace(name, number);
  }
  return std::nullopt;
}

rest::decoded<bound_movement> read_movement(const call& c) {
  if (c.request.count("Idempotency-Key") > 1)
    return problem{problem_code::key_malformed, "More than one key was sent.", {}};
  const bool needs_key = !rest::has_natural_key(c.on.operation);
  const auto key =
      needs_key ? read_key(c.request.header("Idempotency-Key")) : rest::decoded<std::string>{std::string{}};
  if (!key) return key.error();
  auto body = body_object(c);
  if (!body) return body.error();
  if (auto wrong = add_path_members(c, *body)) return *std::move(wrong);
  auto asked = rest::decode_movement(c.on.operation, *body, {c.who->name, c.who->account, now()});
  if (!asked) return asked.error();
  return bind_movement(*std::move(asked), *c.api.node.catalogue(), *c.who, *key);
}

} // namespace

io_task<http_answer> serve_movement(call& c) {
  auto movement = read_movement(c);
  if (!movement) co_return problem_answer(movement.error(), c.request.target);
  const auto what = co_await perform(c.api, c.box(), *movement);
  auto outcome = outcome_of(*movement, what);
  if (outcome.problem) co_return problem_answer(*outcome.problem, c.request.target);
  auto reply = json_answer(outcome.status, std::move(outcome.result));
  if (outcome.repeated) reply.headers.emplace_back("Idempotent-Replayed", "true");
  if (c.on.operation == rest::operation::hold) {
    reply.headers.emplace_back("Location", "/v1/holds/" + rest::encode(*movement->hold));
  }
  co_return reply;
}

namespace {

void put_reservation(rest::json_text& to, std::string_view sku, const engine::reservation& kept) {
  const bool confirmed = kept.state != engine::reservation::kind::hold;
  to.begin_object();
  to.member("sku", sku);
  to.member("state", confirmed ? "confirmed" : "held");
  to.member("units", kept.ordered);
  to.member("open", kept.open());
  to.member("shipped", kept.shipped);
  if (!confirmed) to.member("expires_at", kept.expires_at);
  to.end_object();
}

// The lines of a hold that its SKUs still know, as JSON; nothing when there is none.
std::optional<std::string> hold_as_json(std::string_view text, const rest::hold_id& id,
                                        const std::vector<std::optional<actors::answer>>& answers,
                                        const engine::catalogue& known) {
  std::string out;
  rest::json_text to{out};
  bool any = false;
  to.begin_object();
  to.member("hold", text);
  to.begin_array("lines");
  for (const auto& answer : answers) {
    const auto* product = known.find(answer->sku);
    if (!answer->detail || product == nullptr) continue;
    const auto found = answer->detail->reservations.find(id.reservation(answer->sku));
    if (found == answer->detail->reservations.end()) continue;
    put_reservation(to, product->code, found->second);
    any = true;
  }
  to.end_array();
  to.end_object();
  if (!any) return std::nullopt;
  return out;
}

} // namespace

io_task<http_answer> serve_hold(call& c) {
  const auto& text = c.path("hold");
  const auto id = rest::decode_hold_id(text);
  const auto unknown = [&] {
    return problem_answer(c, problem_code::unknown_hold, "It was never granted, or it has ended.");
  };
  if (!id) co_return unknown();
  answer_box::expectation expected{c.box(), id->skus.size(), c.api.options.answer_timeout};
  std::vector<actors::submission> reads;
  for (std::size_t i = 0; i < id->skus.size(); ++i) {
    if (c.api.node.catalogue()->find(id->skus[i]) == nullptr) co_return unknown();
    reads.push_back(stock_read(c, id->skus[i], expected.ticket(i), true));
  }
  if (c.api.node.submit(std::move(reads)) != actors::admission::accepted)
    co_return problem_answer(c, problem_code::overloaded);
  if (!co_await expected.arrived()) co_return problem_answer(c, problem_code::unavailable);
  auto body = hold_as_json(text, *id, expected.answers(), *c.api.node.catalogue());
  if (!body) co_return unknown();
  co_return json_answer(200, *std::move(body));
}

} // namespace lockstep::app
