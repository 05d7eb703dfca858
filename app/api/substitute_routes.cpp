// What the seller gives instead of a product that is gone.
#include "adapters/rest/encode.hpp"
#include "adapters/rest/members.hpp"
#include "app/api/record_change.hpp"
#include "app/api/routes.hpp"
#include "engine/bundle_book.hpp"
#include "engine/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

namespace lockstep::app {

namespace {

struct substitute_request {
  std::string sku;
  std::string pointer;
};

rest::decoded<std::vector<substitute_request>> read_substitutes(const call& c) {
  std::vector<substitute_request> wanted;
  if (c.on.method == http_method::remove) return wanted;
  auto body = body_object(c);
  if (!body) return body.error();
  rest::reading reading;
  rest::members from{*body, "", reading};
  from.each("substitutes", limits::substitutes_per_product_max, [&](rest::members& one) {
    substitute_request each;
    each.sku = one.text("sku", limits::sku_code_bytes_max);
    each.pointer = one.pointer_to("sku");
    wanted.push_back(std::move(each));
  });
  from.finish();
  if (auto wrong = reading.failure()) return *std::move(wrong);
  return wanted;
}

rest::decoded<std::vector<engine::sku_id>> bind_substitutes(const std::vector<substitute_request>& wanted,
                                                            const engine::catalogue& known,
                                                            engine::sku_id of) {
  std::vector<engine::sku_id> bound;
  rest::problem wrong{rest::problem_code::unknown_sku, {}, {}};
  const auto refuse = [&](rest::problem_code code, const substitute_request& each, std::string why) {
    if (wrong.errors.empty()) wrong.code = code;
    wrong.errors.push_back({each.pointer, std::move(why)});
  };
  for (const auto& each : wanted) {
    const auto* product = known.find_code(each.sku);
    if (product == nullptr)
      refuse(rest::problem_code::unknown_sku, each, fmt::format("There is no SKU '{}'.", each.sku));
    else if (product->id == of)
      refuse(rest::problem_code::invalid_body, each, "It is the product itself.");
    else if (std::ranges::find(bound, product->id) != bound.end())
      refuse(rest::problem_code::invalid_body, each, "It is named before.");
    else
      bound.push_back(product->id);
  }
  if (wrong.errors.empty()) return bound;
  wrong.detail = wrong.errors.front().detail;
  return wrong;
}

struct offered_product {
  engine::sku_id sku{};
  std::vector<engine::component> parts; // what one of it takes; of a plain product itself
};

std::vector<offered_product> substitutes_of(const engine::catalogue& known, engine::sku_id of) {
  std::vector<offered_product> offered;
  for (const auto each : known.find(of)->substitutes) {
    const auto* bundle = known.bundles().find(each);
    offered.push_back({each, bundle != nullptr ? bundle->leaves : std::vector<engine::component>{{each, 1}}});
  }
  return offered;
}

} // namespace

io_task<http_answer> serve_substitutes_change(call& c) {
  const auto& code = c.path("sku");
  const auto sku = find_sku(c, code);
  if (!sku) co_return unknown_sku(c, code);
  const auto wanted = read_substitutes(c);
  if (!wanted) co_return problem_answer(wanted.error(), c.request.target);
  const auto make = [&](const engine::catalogue& known) -> rest::decoded<storage::record> {
    auto bound = bind_substitutes(*wanted, known, *sku);
    if (!bound) return bound.error();
    auto changed = *known.find(*sku);
    changed.substitutes = *std::move(bound);
    return storage::record{std::move(changed)};
  };
  auto failed = co_await record_change(c, make);
  if (failed) co_return *std::move(failed);
  const auto known = c.api.node.catalogue();
  std::string body;
  rest::json_text to{body};
  rest::put_product(to, *known->find(*sku), *known);
  co_return json_answer(200, std::move(body));
}

io_task<rest::decoded<std::vector<engine::substitute>>> read_substitute_stock(const call& c,
                                                                              engine::sku_id of) {
  const auto offered = substitutes_of(*c.api.node.catalogue(), of);
  std::map<engine::sku_id, engine::quantity> available;
  for (const auto& each : offered)
    for (const auto& part : each.parts)
      available.emplace(part.sku, 0);
  std::vector<engine::substitute> found;
  if (available.empty()) co_return found;
  answer_box::expectation expected{c.box(), available.size(), c.api.options.answer_timeout};
  std::vector<actors::submission> reads;
  for (const auto& [sku, units] : available)
    reads.push_back(stock_read(c, sku, expected.ticket(reads.size())));
  if (c.api.node.submit(std::move(reads)) != actors::admission::accepted)
    co_return rest::problem{rest::problem_code::overloaded, {}, {}};
  if (!co_await expected.arrived()) co_return rest::problem{rest::problem_code::unavailable, {}, {}};
  std::size_t place = 0;
  for (auto& [sku, units] : available)
    units = expected.answers()[place++]->figures.available;
  for (const auto& each : offered) {
    auto units = std::numeric_limits<engine::quantity>::max();
    for (const auto& part : each.parts)
      units = std::min(units, engine::bundles_of(available[part.sku], part.per));
    found.push_back({each.sku, units});
  }
  co_return found;
}

} // namespace lockstep::app
