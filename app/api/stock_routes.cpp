#include "adapters/rest/encode.hpp"
#include "app/api/reply.hpp"
#include "app/api/routes.hpp"

#include <algorithm>
#include <optional>

namespace lockstep::app {

namespace {

using rest::problem_code;

struct named_sku {
  engine::sku_id id{};
  std::string code;
  bool is_bundle = false; // its stock is that of its leaves: asked for alone
};

http_answer not_admitted(const call& c, actors::admission verdict) {
  return problem_answer(c, verdict == actors::admission::draining ? problem_code::draining
                                                                  : problem_code::overloaded);
}

} // namespace

io_task<http_answer> serve_stock(call& c) {
  const auto& code = c.path("sku");
  const auto sku = find_sku(c, code);
  if (!sku) co_return unknown_sku(c, code);
  if (auto bundle = find_bundle(c, *sku)) co_return co_await serve_bundle_stock(c, code, *std::move(bundle));
  answer_box::expectation expected{c.box(), 1, c.api.options.answer_timeout};
  const auto verdict = c.api.node.submit(stock_read(c, *sku, expected.ticket(0)));
  if (verdict != actors::admission::accepted) co_return not_admitted(c, verdict);
  if (!co_await expected.arrived()) co_return problem_answer(c, problem_code::unavailable);
  std::string body;
  rest::json_text to{body};
  to.begin_object();
  rest::put_stock(to, code, expected.answers().front()->figures);
  to.end_object();
  co_return json_answer(200, std::move(body));
}

io_task<http_answer> serve_stock_list(call& c) {
  const auto wanted = page_of(c);
  if (!wanted) co_return problem_answer(wanted.error(), c.request.target);
  std::vector<named_sku> skus;
  {
    const auto known = c.api.node.catalogue();
    for (const auto* product : known->list(wanted->after, wanted->limit))
      skus.push_back({product->id, product->code, known->bundles().find(product->id) != nullptr});
  }
  const auto* asked = c.target.parameter("locations");
  const bool by_location = asked != nullptr && *asked == "true";
  answer_box::expectation expected{c.box(), skus.size(), c.api.options.answer_timeout};
  std::vector<actors::submission> reads;
  for (std::size_t i = 0; i < skus.size(); ++i) {
    reads.push_back(stock_read(c, skus[i].id, expected.ticket(i)));
    reads.back().asked.body = engine::read_stock{.detail = by_location};
  }
  if (!reads.empty()) {
    const auto verdict = c.api.node.submit(std::move(reads));
    if (verdict != actors::admission::accepted) co_return not_admitted(c, verdict);
  }
  if (!co_await expected.arrived()) co_return problem_answer(c, problem_code::unavailable);
  const auto next = skus.size() == wanted->limit ? std::string_view{skus.back().code} : std::string_view{};
  const auto known = c.api.node.catalogue();
  co_return list_answer(c, "stock", next, [&](rest::json_text& to) {
    for (std::size_t i = 0; i < skus.size(); ++i) {
      to.begin_object();
      if (skus[i].is_bundle) {
        to.member("sku", skus[i].code);
        to.member("bundle", true);
      } else {
        const auto& told = *expected.answers()[i];
        rest::put_stock(to, skus[i].code, told.figures);
        if (by_location && told.detail) rest::put_locations(to, *told.detail, *known);
      }
      to.end_object();
    }
  });
}

} // namespace lockstep::app
