// Bundles: what they are made of, and how many of them there are.
#include "adapters/rest/encode.hpp"
#include "adapters/rest/product.hpp"
#include "app/api/reply.hpp"
#include "app/api/routes.hpp"
#include "engine/bundle_book.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

namespace lockstep::app {

namespace {

using rest::problem;
using rest::problem_code;

rest::decoded<std::vector<rest::component_request>> read_components(const call& c) {
  auto body = body_object(c);
  if (!body) return body.error();
  return rest::decode_components(*body);
}

rest::decoded<std::vector<engine::component>> bind(const std::vector<rest::component_request>& wanted,
                                                   const engine::catalogue& known) {
  std::vector<engine::component> bound;
  problem unknown{problem_code::unknown_sku, {}, {}};
  for (const auto& each : wanted) {
    const auto* product = known.find_code(each.sku);
    if (product != nullptr) {
      bound.push_back({product->id, each.units});
      continue;
    }
    unknown.detail = fmt::format("There is no SKU '{}'.", each.sku);
    unknown.errors.push_back({each.pointer, unknown.detail});
  }
  if (!unknown.errors.empty()) return unknown;
  return bound;
}

// A bundle has no stock, and nothing may be remembered of the SKU that a later movement goes on with.
bool is_bare(const engine::sku_state& now) {
  const bool no_units = std::ranges::all_of(now.stock, [](const auto& at) { return at.on_hand == 0; });
  return !now.has_number && no_units && now.inspecting == 0 && now.reservations.empty() && now.incidents.empty() &&
         now.returns.empty() && now.transfers.empty() && now.supplies.empty();
}

std::string product_json(const call& c, engine::sku_id sku) {
  const auto known = c.api.node.catalogue();
  std::string body;
  rest::json_text to{body};
  rest::put_product(to, *known->find(sku), *known);
  return body;
}

} // namespace

io_task<std::optional<problem>> compose_bundle(call& c, engine::sku_id sku,
                                               const std::vector<rest::component_request>& wanted,
                                               composing how) {
  // Nothing may come to the SKU between the look at it and the change.
  std::shared_ptr<const void> still;
  const bool becomes_one = c.api.node.catalogue()->bundles().find(sku) == nullptr;
  if (becomes_one && how == composing::record) {
    still = c.api.node.keep_still(sku);
    answer_box::expectation settled{c.box(), 1, c.api.options.answer_timeout};
    if (c.api.node.barrier(settled.ticket(0)) != actors::admission::accepted)
      co_return problem{problem_code::draining, {}, {}};
    if (!co_await settled.arrived()) co_return problem{problem_code::unavailable, {}, {}};
  }
  if (becomes_one) {
    const auto now = co_await read_detail(c, sku);
    if (!now) co_return now.error();
    if (!is_bare(*now->detail))
      co_return problem{problem_code::conflict,
                        fmt::format("'{}' has stock of its own, or orders, incidents, returns, transfers or supplies: "
                                    "it cannot be a bundle.",
                                    c.api.node.catalogue()->find(sku)->code),
                        {}};
  }

  answer_box::expectation expected{c.box(), 1, c.api.options.answer_timeout};
  std::optional<problem> wrong;
  const auto make = [&](const engine::catalogue& known) -> engine::result<std::vector<storage::record>> {
    auto components = bind(wanted, known);
    if (!components) {
      wrong = components.error();
      return engine::make_error(engine::error_code::refused, wrong->detail);
    }
    auto made = engine::compose(known, sku, *std::move(components));
    if (!made) return made.error();
    return std::vector<storage::record>(made->begin(), made->end());
  };
  if (how == composing::judge) {
    const auto made = make(*c.api.node.catalogue());
    if (!made && !wrong) wrong = problem{rest::code_of(made.error().code), made.error().what, {}};
    co_return wrong;
  }
  // Kept still until it is durable, though nobody may wait that long for the answer.
  const auto recorded = c.api.node.change(make, expected.ticket(0), [still = std::move(still)] {});
  if (wrong) co_return wrong;
  if (!recorded) co_return problem{rest::code_of(recorded.error().code), recorded.error().what, {}};
  if (!co_await expected.arrived()) co_return problem{problem_code::outcome_unknown, {}, {}};
  if (expected.answers().front()->kind == actors::answer_kind::quarantined)
    co_return problem{problem_code::not_stored, {}, {}};
  co_return std::nullopt;
}

io_task<http_answer> serve_components_change(call& c) {
  const auto& code = c.path("sku");
  const auto sku = find_sku(c, code);
  if (!sku) co_return unknown_sku(c, code);
  const auto wanted = read_components(c);
  if (!wanted) co_return problem_answer(wanted.error(), c.request.target);
  if (const auto wrong = co_await compose_bundle(c, *sku, *wanted))
    co_return problem_answer(*wrong, c.request.target);
  co_return json_answer(200, product_json(c, *sku));
}

std::optional<engine::bundle> find_bundle(const call& c, engine::sku_id sku) {
  const auto known = c.api.node.catalogue();
  const auto* bundle = known->bundles().find(sku);
  return bundle == nullptr ? std::nullopt : std::optional{*bundle};
}

io_task<rest::decoded<std::vector<actors::answer>>> read_leaves(const call& c, const engine::bundle& of, bool detail) {
  answer_box::expectation expected{c.box(), of.leaves.size(), c.api.options.answer_timeout};
  std::vector<actors::submission> reads;
  for (std::size_t i = 0; i < of.leaves.size(); ++i)
    reads.push_back(stock_read(c, of.leaves[i].sku, expected.ticket(i), detail));
  if (c.api.node.submit(std::move(reads)) != actors::admission::accepted)
    co_return problem{problem_code::overloaded, {}, {}};
  if (!co_await expected.arrived()) co_return problem{problem_code::unavailable, {}, {}};
  std::vector<actors::answer> leaves;
  for (auto& each : expected.answers())
    leaves.push_back(*std::move(each));
  co_return leaves;
}

// `makes`: bundles that the leaf alone would allow. Those that limit the bundle are named.
void put_bundle_stock(rest::json_text& to, std::string_view code, const engine::bundle& of,
                      const std::vector<actors::answer>& leaves, const engine::catalogue& known) {
  auto available = std::numeric_limits<engine::quantity>::max();
  bool known_all = true;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    available = std::min(available, engine::bundles_of(leaves[i].figures.available, of.leaves[i].per));
    known_all = known_all && leaves[i].figures.has_number;
  }
  to.member("sku", code);
  to.member("bundle", true);
  to.member("revision", static_cast<std::int64_t>(of.revision));
  to.member("known", known_all);
  to.member("available", available);
  to.begin_array("leaves");
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const auto& now = leaves[i].figures;
    const auto makes = engine::bundles_of(now.available, of.leaves[i].per);
    to.begin_object();
    to.member("sku", std::string_view{known.find(of.leaves[i].sku)->code});
    to.member("units", of.leaves[i].per);
    to.member("available", now.available);
    to.member("makes", makes);
    to.member("limits", makes == available);
    to.end_object();
  }
  to.end_array();
}

io_task<http_answer> serve_bundle_stock(call& c, std::string_view code, engine::bundle of) {
  const auto leaves = co_await read_leaves(c, of, false);
  if (!leaves) co_return problem_answer(leaves.error(), c.request.target);
  std::string body;
  rest::json_text to{body};
  to.begin_object();
  put_bundle_stock(to, code, of, *leaves, *c.api.node.catalogue());
  to.end_object();
  co_return json_answer(200, std::move(body));
}

} // namespace lockstep::app
