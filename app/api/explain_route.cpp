// Why the channels show what they show of a SKU: from on hand at each location to what was acknowledged last.
#include "adapters/rest/encode.hpp"
#include "app/api/reply.hpp"
#include "app/api/routes.hpp"
#include "engine/bundle_book.hpp"

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

// What is explained: a plain SKU, or a bundle with its leaves.
struct subject {
  engine::number number;
  std::vector<actors::answer> stock; // its own, or its leaves'
  std::optional<engine::bundle> bundle;
};

subject plain(engine::sku_id sku, actors::answer stock) {
  subject out{engine::number_of(sku, *stock.detail), {}, {}};
  out.stock.push_back(std::move(stock));
  return out;
}

// Its number is derived here as it is for the channels.
subject packed(engine::bundle of, const actors::answer& own, std::vector<actors::answer> leaves) {
  std::vector<engine::number> numbers{engine::number_of(of.id, *own.detail)};
  for (const auto& each : leaves)
    numbers.push_back(engine::number_of(each.sku, *each.detail));
  engine::bundle_book book;
  book.put(of);
  book.derive(numbers);
  subject out{{}, std::move(leaves), std::move(of)};
  for (const auto& each : numbers)
    if (each.sku == out.bundle->id) out.number = each;
  return out;
}

struct last_movement {
  engine::sku_id sku{};
  engine::fact fact;
};

// What one look at channels and ledger gave.
struct findings {
  std::vector<actors::account_explanation> accounts;
  std::optional<last_movement> moved;
};

engine::result<findings> look(const call& c, const subject& about, std::optional<engine::account_id> only) {
  findings out;
  auto told = c.api.node.explain(about.number, only);
  if (!told) return told.error();
  out.accounts = *std::move(told);
  for (const auto& each : about.stock) {
    const auto newest =
        c.api.readers.ask([&](storage::reader& from) { return from.history(each.sku, 0, facts_looked_at); });
    if (!newest) return newest.error();
    auto last = last_move(*newest);
    if (last && (!out.moved || out.moved->fact.at < last->at)) out.moved = {each.sku, *std::move(last)};
  }
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

std::string explanation_json(const call& c, const subject& about, const findings& found) {
  const auto known = c.api.node.catalogue();
  const auto& code = c.path("sku");
  std::string body;
  rest::json_text to{body};
  to.begin_object();
  if (about.bundle) {
    put_bundle_stock(to, code, *about.bundle, about.stock, *known);
  } else {
    rest::put_stock(to, code, about.stock.front().figures);
    put_places(to, *about.stock.front().detail, *known);
  }
  if (found.moved) {
    std::string moved;
    rest::json_text fact{moved};
    rest::put_fact(fact, known->find(found.moved->sku)->code, found.moved->fact, *known);
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
  auto own = co_await read_detail(c, *sku);
  if (!own) co_return problem_answer(own.error(), c.request.target);
  subject about;
  if (auto bundle = find_bundle(c, *sku)) {
    auto leaves = co_await read_leaves(c, *bundle, true);
    if (!leaves) co_return problem_answer(leaves.error(), c.request.target);
    about = packed(*std::move(bundle), *own, *std::move(leaves));
  } else {
    about = plain(*sku, *std::move(own));
  }
  const auto found = co_await c.api.workers.run([&] { return look(c, about, only); });
  if (!found) co_return problem_answer(c, problem_code::overloaded);
  if (!*found) co_return error_answer(c, found->error());
  co_return json_answer(200, explanation_json(c, about, **found));
}

} // namespace lockstep::app
