// What went wrong, who competes for what there is, and what can be done about it.
#include "adapters/rest/encode.hpp"
#include "app/api/reply.hpp"
#include "app/api/routes.hpp"
#include "engine/limits.hpp"
#include "engine/remedy.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

namespace lockstep::app {

namespace {

using engine::claim;
using engine::remedy;
using engine::time_point;
using rest::problem_code;

// What the ledger knows of an incident: how it began and how it ended, and the orders behind the claims.
struct recorded {
  std::optional<engine::fact> opened;
  std::optional<engine::fact> resolved;
  std::map<engine::version, engine::fact> orders; // by the fact that made the promise
};

engine::result<std::optional<engine::fact>> fact_at(storage::reader& from, engine::sku_id sku,
                                                    engine::version version) {
  auto page = from.facts_after(sku, version - 1, 1);
  if (!page) return page.error();
  if (page->empty() || page->front().fact.version != version) return std::optional<engine::fact>{};
  return std::optional{std::move(page->front().fact)};
}

// How the incident ended; nothing when it has not.
engine::result<std::optional<engine::fact>> find_end(storage::reader& from, engine::sku_id sku,
                                                     engine::version incident) {
  for (auto after = incident;;) {
    auto page = from.facts_after(sku, after, limits::facts_per_load_max);
    if (!page) return page.error();
    for (auto& each : *page)
      if (each.fact.kind == engine::fact_kind::resolved && each.fact.value == incident)
        return std::optional{std::move(each.fact)};
    if (page->size() < limits::facts_per_load_max) return std::optional<engine::fact>{};
    after = page->back().fact.version;
  }
}

engine::result<recorded> read_record(storage::reader& from, engine::sku_id sku, engine::version incident,
                                     bool is_open, const engine::case_file& found) {
  recorded out;
  auto opened = fact_at(from, sku, incident);
  if (!opened) return opened.error();
  if (!*opened || !engine::incident_of(**opened)) return out; // no incident: nothing to look for
  out.opened = std::move(*opened);
  std::set<engine::version> promises;
  for (const auto& each : found.claims)
    promises.insert(each.opened);
  for (const auto& each : found.remedies)
    if (each.promised != 0) promises.insert(each.promised);
  for (const auto version : promises) {
    auto order = fact_at(from, sku, version);
    if (!order) return order.error();
    if (*order) out.orders.emplace(version, std::move(**order));
  }
  if (is_open) return out;
  auto resolved = find_end(from, sku, incident);
  if (!resolved) return resolved.error();
  out.resolved = std::move(*resolved);
  return out;
}

const order_terms& terms_of(const call& c, const engine::catalogue& known, engine::account_id account) {
  static const order_terms usual;
  const auto* owner = known.find(account);
  const auto found = owner == nullptr ? c.api.options.terms.end() : c.api.options.terms.find(owner->name);
  return found == c.api.options.terms.end() ? usual : found->second;
}

std::map<engine::account_id, engine::quantity> cancel_costs(const call& c) {
  std::map<engine::account_id, engine::quantity> costs;
  const auto known = c.api.node.catalogue();
  for (const auto& [name, terms] : c.api.options.terms)
    if (const auto* account = known->find_account(name)) costs.emplace(account->id, terms.cancel_cost);
  return costs;
}

// When the first of the orders must be on its way.
std::optional<time_point> deadline_of(const call& c, const engine::catalogue& known,
                                      const std::vector<claim>& claims, const recorded& read) {
  std::optional<time_point> first;
  for (const auto& each : claims) {
    const auto order = read.orders.find(each.opened);
    if (order == read.orders.end()) continue;
    const auto due = order->second.at + terms_of(c, known, each.account).ships_within;
    if (!first || due < *first) first = due;
  }
  return first;
}

std::string_view name_of(const engine::catalogue& known, engine::account_id account) {
  const auto* owner = known.find(account);
  return owner == nullptr ? std::string_view{} : std::string_view{owner->name};
}

// The order behind a promise.
void put_reference(rest::json_text& to, const recorded& read, engine::version promised) {
  const auto order = read.orders.find(promised);
  if (order == read.orders.end()) return;
  to.member("reference", order->second.reference);
  to.member("at", order->second.at);
}

void put_claims(rest::json_text& to, const std::vector<claim>& claims, const recorded& read,
                const engine::catalogue& known) {
  to.begin_array("orders");
  for (const auto& each : claims) {
    to.begin_object();
    to.member("reservation", rest::uuid_text(each.reservation));
    to.member("account", name_of(known, each.account));
    put_reference(to, read, each.opened);
    to.member("units", each.units);
    to.member("missing", each.missing);
    to.member("location", known.code_of(each.location));
    if (each.due) to.member("due", *each.due);
    to.end_object();
  }
  to.end_array();
}

std::string_view name_of(remedy::kind what) {
  switch (what) {
  case remedy::kind::allocate: return "allocate";
  case remedy::kind::inspect: return "inspect";
  case remedy::kind::wait: return "wait";
  case remedy::kind::substitute: return "substitute";
  default: return "cancel";
  }
}

void put_remedies(rest::json_text& to, const std::vector<remedy>& remedies, const recorded& read,
                  const engine::catalogue& known) {
  to.begin_array("remedies");
  for (const auto& each : remedies) {
    to.begin_object();
    to.member("do", name_of(each.what));
    to.member("units", each.units);
    if (each.promised != 0) {
      to.member("reservation", rest::uuid_text(each.reservation));
      to.member("account", name_of(known, each.account));
      put_reference(to, read, each.promised);
    }
    if (each.what == remedy::kind::allocate) {
      to.member("from", known.code_of(each.from));
      to.member("to", known.code_of(each.to));
    }
    if (each.what == remedy::kind::inspect && !each.announced.is_nil())
      to.member("return", rest::uuid_text(each.announced));
    if (each.what == remedy::kind::substitute) to.member("instead", known.find(each.instead)->code);
    if (each.what == remedy::kind::wait) {
      to.member("supply", rest::uuid_text(each.supply));
      to.member("due", *each.due);
    }
    to.end_object();
  }
  to.end_array();
}

std::optional<engine::version> number_of(const std::string& text) {
  engine::version number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size() || number <= 0) return std::nullopt;
  return number;
}

void put_end(rest::json_text& to, const engine::fact& resolved, const engine::catalogue& known) {
  to.member("state", "resolved");
  to.member("resolved_at", resolved.at);
  // What covers an incident ends it with the movement that did; a person says how it ended.
  to.member("outcome", resolved.note.empty() ? std::string_view{"covered"} : std::string_view{resolved.note});
  to.member("by", name_of(known, resolved.account));
  to.member("version", resolved.version);
}

} // namespace

io_task<http_answer> serve_incidents(call& c) {
  const auto open = c.api.node.incidents();
  const auto known = c.api.node.catalogue();
  co_return list_answer(c, "incidents", "", [&](rest::json_text& to) {
    for (const auto& each : open) {
      const auto* product = known->find(each.sku);
      if (product == nullptr) continue;
      rest::put_incident(to, product->code, each.incident, *known);
    }
  });
}

io_task<http_answer> serve_incident(call& c) {
  const auto& code = c.path("sku");
  const auto sku = find_sku(c, code);
  if (!sku) co_return unknown_sku(c, code);
  const auto number = number_of(c.path("incident"));
  if (!number) co_return problem_answer(c, problem_code::unknown_incident);
  const auto read = co_await read_detail(c, *sku);
  if (!read) co_return problem_answer(c, read.error().code);
  const auto& state = *read->detail;
  const auto open = std::ranges::find(state.incidents, *number, &engine::incident::opened);
  const bool is_open = open != state.incidents.end();
  std::vector<engine::substitute> substitutes;
  if (is_open) {
    auto offered = co_await read_substitute_stock(c, *sku);
    if (!offered) co_return problem_answer(c, offered.error().code);
    substitutes = *std::move(offered);
  }
  engine::case_file found;
  std::size_t competing = 0;
  const auto kept = co_await c.api.workers.run([&]() -> engine::result<recorded> {
    if (is_open) {
      const auto costs = cancel_costs(c);
      const auto cost = [&](engine::account_id account) {
        const auto known = costs.find(account);
        return known == costs.end() ? order_terms{}.cancel_cost : known->second;
      };
      found = engine::examine(state, *open, cost, substitutes);
      competing = found.claims.size();
      found.claims.resize(std::min(found.claims.size(), limits::claims_per_incident_max));
      found.remedies.resize(std::min(found.remedies.size(), limits::claims_per_incident_max));
    }
    return c.api.readers.ask(
        [&](storage::reader& from) { return read_record(from, *sku, *number, is_open, found); });
  });
  if (!kept) co_return problem_answer(c, problem_code::overloaded);
  if (!*kept) co_return error_answer(c, kept->error());
  const auto& record = **kept;
  const auto began = record.opened ? engine::incident_of(*record.opened) : std::nullopt;
  // One that is neither open nor ended has opened after its SKU was read: it is there for the next request.
  if (!began || (!is_open && !record.resolved)) co_return problem_answer(c, problem_code::unknown_incident);

  const auto known = c.api.node.catalogue();
  std::string body;
  rest::json_text to{body};
  to.begin_object();
  rest::put_incident_members(to, code, is_open ? *open : *began, *known);
  if (record.resolved) {
    put_end(to, *record.resolved, *known);
  } else {
    to.member("state", "open");
    if (const auto due = deadline_of(c, *known, found.claims, record)) to.member("deadline", *due);
    to.member("competing", competing);
    put_claims(to, found.claims, record, *known);
    put_remedies(to, found.remedies, record, *known);
  }
  to.end_object();
  co_return json_answer(200, std::move(body));
}

} // namespace lockstep::app
