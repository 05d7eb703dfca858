#include "adapters/rest/encode.hpp"
#include "adapters/rest/identifier_scheme.hpp"
#include "app/api/catalogue_draft.hpp"
#include "app/api/reply.hpp"
#include "app/api/routes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace lockstep::app {

namespace {

using rest::problem;
using rest::problem_code;

rest::decoded<rest::product_request> read_product(const call& c) {
  auto body = body_object(c);
  if (!body) return body.error();
  if (c.on.method == http_method::put) {
    if (body->contains("sku"))
      return problem{problem_code::invalid_body, "The path says it already.", {{"/sku", "Leave it out."}}};
    body->emplace("sku", c.path("sku"));
  }
  return rest::decode_product(*body);
}

std::string product_json(const call& c, std::string_view code) {
  const auto known = c.api.node.catalogue();
  std::string body;
  rest::json_text to{body};
  if (const auto* product = known->find_code(code)) rest::put_product(to, *product, *known);
  return body;
}

// The products that bear the identifier: any number may, so they are found on a worker.
io_task<http_answer> list_by_identifier(call& c, const std::string& scheme) {
  const auto* value = c.target.parameter("value");
  if (value == nullptr)
    co_return problem_answer(c, problem_code::invalid_parameter, "`scheme` needs a `value` beside it.");
  auto reply = co_await c.api.workers.run([&] {
    const auto known = c.api.node.catalogue();
    const auto found = rest::look_up(*known, scheme, *value);
    if (!found) return problem_answer(c, problem_code::invalid_identifier, found.error().what);
    return list_answer(c, "products", "", [&](rest::json_text& to) {
      for (const auto& match : *found)
        rest::put_product(to, *known->find(match.sku), *known);
    });
  });
  if (!reply) co_return problem_answer(c, problem_code::overloaded);
  co_return *std::move(reply);
}

} // namespace

io_task<http_answer> serve_product_change(call& c) {
  const auto wanted = read_product(c);
  if (!wanted) co_return problem_answer(wanted.error(), c.request.target);
  answer_box::expectation expected{c.box(), 1, c.api.options.answer_timeout};
  bool created = false;
  std::optional<problem> wrong;
  const auto make = [&](const engine::catalogue& known) -> engine::result<std::vector<storage::record>> {
    catalogue_draft draft{known};
    const auto added = draft.add(*wanted);
    if (!added) {
      wrong = added.error();
      return engine::make_error(engine::error_code::refused, wrong->detail);
    }
    created = *added;
    return draft.take();
  };
  const auto recorded = c.api.node.change(make, expected.ticket(0));
  if (wrong) co_return problem_answer(*wrong, c.request.target);
  if (!recorded) co_return error_answer(c, recorded.error());
  if (!co_await expected.arrived()) co_return problem_answer(c, problem_code::outcome_unknown);
  if (expected.answers().front()->kind == actors::answer_kind::quarantined)
    co_return problem_answer(c, problem_code::not_stored);
  auto reply = json_answer(created ? 201 : 200, product_json(c, wanted->sku));
  reply.headers.emplace_back("Location", "/v1/products/" + rest::percent_encoded(wanted->sku));
  co_return reply;
}

io_task<http_answer> serve_product(call& c) {
  const auto& code = c.path("sku");
  auto body = product_json(c, code);
  if (body.empty()) co_return unknown_sku(c, code);
  co_return json_answer(200, std::move(body));
}

io_task<http_answer> serve_product_list(call& c) {
  if (const auto* scheme = c.target.parameter("scheme"); scheme != nullptr && !scheme->empty())
    co_return co_await list_by_identifier(c, *scheme);
  const auto wanted = page_of(c);
  if (!wanted) co_return problem_answer(wanted.error(), c.request.target);
  const auto known = c.api.node.catalogue();
  const auto found = known->list(wanted->after, wanted->limit);
  const auto next = found.size() == wanted->limit ? std::string_view{found.back()->code} : std::string_view{};
  co_return list_answer(c, "products", next, [&](rest::json_text& to) {
    for (const auto* product : found)
      rest::put_product(to, *product, *known);
  });
}

namespace {

// The account's listings above `after`, lowest numbers first.
std::vector<engine::listing> listings_of(const engine::catalogue& known, engine::account_id account,
                                         engine::listing_id after, std::size_t limit) {
  std::vector<engine::listing> found;
  known.each_listing([&](const engine::listing& each) {
    if (each.account == account && each.id > after) found.push_back(each);
  });
  const auto kept = std::min(limit, found.size());
  std::ranges::partial_sort(found, found.begin() + static_cast<std::ptrdiff_t>(kept), {},
                            &engine::listing::id);
  found.resize(kept);
  return found;
}

} // namespace

io_task<http_answer> serve_accounts(call& c) {
  const auto known = c.api.node.catalogue();
  co_return list_answer(c, "accounts", "", [&](rest::json_text& to) {
    known->each_account([&](const engine::account& each) {
      to.begin_object();
      to.member("name", each.name);
      to.member("marketplace", each.marketplace);
      to.member("mode", rest::mode_name(each.mode));
      to.end_object();
    });
  });
}

// Walks all listings, so it does that on a worker.
io_task<http_answer> serve_account_listings(call& c) {
  const auto account = find_account(c, c.path("account"));
  if (!account) co_return unknown_account(c, c.path("account"));
  const auto wanted = page_of(c);
  if (!wanted) co_return problem_answer(wanted.error(), c.request.target);
  std::int64_t after = 0;
  std::from_chars(wanted->after.data(), wanted->after.data() + wanted->after.size(), after);
  auto reply = co_await c.api.workers.run([&] {
    const auto known = c.api.node.catalogue();
    const auto found = listings_of(*known, *account, engine::listing_id{after}, wanted->limit);
    const bool more = found.size() == wanted->limit;
    const auto next = more ? std::to_string(static_cast<std::int64_t>(found.back().id)) : std::string{};
    return list_answer(c, "listings", next, [&](rest::json_text& to) {
      for (const auto& each : found)
        rest::put_listing(to, each, *known);
    });
  });
  if (!reply) co_return problem_answer(c, problem_code::overloaded);
  co_return *std::move(reply);
}

} // namespace lockstep::app
