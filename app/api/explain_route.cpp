// Why the channels show what they show of a SKU: from on hand at each location to what was acknowledged last.
#include "adapters/rest/encode.hpp"
#include "app/api/reply.hpp"
#include "app/api/routes.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lockstep::app {

namespace {

using rest::problem_code;

// More facts without effect on available in a row are rare: then the oldest of them is told.
constexpr std::size_t facts_looked_at = 100;

// The newest fact that changed what is available.
std::optional<engine::fact> last_move(const std::vector<storage::stored_fact>& newest_first) {
  for (std::size_t i = 0; i + 1 < newest_first.size(); ++i)
    if (newest_first[i].fact.available != newest_first[i + 1].fact.available) return newest_first[i].fact;
  if (newest_first.empty()) return std::nullopt;
  return newest_first.back().fact;
}

// What one look at channels and ledger gave.
struct findings {
  std::vector<actors::account_explanation> accounts;
  std::optional<engine::fact> moved;
};

engine::result<findings> look(const call& c, const engine::number& number,
                              std::optional<engine::account_id> only) {
  findings out;
  auto told = c.api.node.explain(number, only);
  if (!told) return told.error();
  out.accounts = *std::move(told);
  const auto newest =
      c.api.readers.ask([&](storage::reader& from) { return from.history(number.sku, 0, facts_looked_at); });
  if (!newest) return newest.error();
  out.moved = last_move(*newest);
  return out;
}

void put_places(rest::json_text& to, const engine::sku_state& state, const engine::catalogue& known) {
  to.begin_array("locations");
  for (const auto& each : state.stock) {
    to.begin_object();
    to.member("location", known.code_of(each.location));
    to.member("on_hand", each.on_hand);
    to.member("reserved", each.reserved);
    to.end_object();
  }
  to.end_array();
}

void put_steps(rest::json_text& to, const std::vector<engine::published_step>& steps) {
  to.begin_array("steps");
  for (const auto& each : steps) {
    to.begin_object();
    to.member("step", engine::to_string(each.step));
    to.member("units", each.units);
    if (each.by != engine::rule_level::nobody) to.member("by", engine::to_string(each.by));
    to.end_object();
  }
  to.end_array();
}

void put_listing(rest::json_text& to, const actors::listing_explanation& shown,
                 const engine::catalogue& known) {
  to.begin_object();
  if (const auto* listing = known.find(shown.listing)) {
    to.member("listing", static_cast<std::int64_t>(listing->id));
    to.member("item", listing->item);
    if (!listing->location.empty()) to.member("location", listing->location);
  }
  if (shown.version) {
    to.member("version", *shown.version);
    put_steps(to, shown.steps);
    if (shown.held_back > 0) to.member("held_back", shown.held_back);
    to.member("wanted", shown.wanted);
  }
  to.member("publication", shown.publication);
  if (shown.acknowledged) {
    to.begin_object("acknowledged");
    to.member("units", shown.acknowledged->value);
    to.member("publication", shown.acknowledged->counter);
    to.member("version", shown.acknowledged->version);
    to.member("at", shown.acknowledged->at);
    to.end_object();
  }
  if (shown.expected) to.member("expected", *shown.expected);
  to.member("tier", engine::to_string(shown.tier));
  to.member("state", engine::to_string(shown.state));
  to.member("settled", shown.why.empty());
  if (!shown.why.empty()) to.member("why", shown.why);
  to.end_object();
}

std::string explanation_json(const call& c, const actors::answer& stock, const findings& found) {
  const auto known = c.api.node.catalogue();
  const auto& code = c.path("sku");
  std::string body;
  rest::json_text to{body};
  to.begin_object();
  rest::put_stock(to, code, stock.figures);
  put_places(to, *stock.detail, *known);
  if (found.moved) {
    std::string moved;
    rest::json_text fact{moved};
    rest::put_fact(fact, code, *found.moved, *known);
    to.raw_member("moved", moved);
  }
  to.begin_array("accounts");
  for (const auto& [account, listings] : found.accounts) {
    to.begin_object();
    to.member("account", known->find(account)->name);
    to.begin_array("listings");
    for (const auto& each : listings)
      put_listing(to, each, *known);
    to.end_array();
    to.end_object();
  }
  to.end_array();
  to.end_object();
  return body;
}

} // namespace

io_task<http_answer> serve_explain(call& c) {
  const auto& code = c.path("sku");
  const auto sku = find_sku(c, code);
  if (!sku) co_return unknown_sku(c, code);
  std::optional<engine::account_id> only;
  if (const auto* name = c.target.parameter("account")) {
    only = find_account(c, *name);
    if (!only) co_return unknown_account(c, *name);
  }
  answer_box::expectation expected{c.box(), 1, c.api.options.answer_timeout};
  actors::submission read;
  read.sku = *sku;
  read.asked.account = c.who->account;
  read.asked.body = engine::read_stock{.detail = true};
  read.to = expected.ticket(0);
  if (c.api.node.submit(std::move(read)) != actors::admission::accepted)
    co_return problem_answer(c, problem_code::overloaded);
  if (!co_await expected.arrived()) co_return problem_answer(c, problem_code::unavailable);
  const auto& stock = *expected.answers().front();
  const auto number = engine::number_of(*sku, *stock.detail);
  const auto found = co_await c.api.workers.run([&] { return look(c, number, only); });
  if (!found) co_return problem_answer(c, problem_code::overloaded);
  if (!*found) co_return error_answer(c, found->error());
  co_return json_answer(200, explanation_json(c, stock, **found));
}

} // namespace lockstep::app
