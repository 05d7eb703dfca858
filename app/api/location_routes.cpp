// Warehouses, and from which of them an account's orders are served.
#include "adapters/rest/encode.hpp"
#include "adapters/rest/members.hpp"
#include "app/api/record_change.hpp"
#include "app/api/reply.hpp"
#include "app/api/routes.hpp"
#include "engine/identifier.hpp"
#include "engine/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace lockstep::app {

namespace {

using engine::sourcing_rule;
using rest::problem;
using rest::problem_code;

// An account names them in one request, and every promise looks through them.
constexpr std::size_t sourcing_locations_max = 100;

struct named_source {
  std::string code;
  std::string pointer;
};

// A sourcing rule whose locations are still the caller's codes.
struct sourcing_request {
  sourcing_rule rule;
  std::vector<named_source> from;
};

rest::decoded<engine::location> read_location(const call& c) {
  auto body = body_object(c);
  if (!body) return body.error();
  rest::reading reading;
  rest::members from{*body, "", reading};
  constexpr auto most = std::numeric_limits<std::int32_t>::max();
  engine::location wanted;
  wanted.code = c.path("location");
  wanted.title = from.optional_text("title", limits::note_bytes_max);
  wanted.priority = static_cast<std::int32_t>(from.optional_integer("priority", -most, most).value_or(0));
  from.finish();
  if (auto wrong = reading.failure()) return *std::move(wrong);
  if (auto fine = engine::check_sku_code(wanted.code); !fine)
    return problem{problem_code::invalid_parameter, fine.error().what, {}};
  return wanted;
}

rest::decoded<sourcing_request> read_sourcing(const call& c) {
  auto body = body_object(c);
  if (!body) return body.error();
  rest::reading reading;
  rest::members from{*body, "", reading};
  sourcing_request wanted;
  const auto pick = from.optional_text("pick", 16);
  if (!pick.empty() && pick != "priority" && pick != "most_stock")
    from.refuse("pick", "`priority` or `most_stock` is expected.");
  if (pick == "most_stock") wanted.rule.pick = sourcing_rule::choice::most_stock;
  wanted.rule.may_split = from.optional_flag("split");
  from.each_if_present("locations", sourcing_locations_max, [&](rest::members& one) {
    wanted.from.push_back({one.text("location", limits::sku_code_bytes_max), one.pointer_to("location")});
  });
  from.finish();
  if (auto wrong = reading.failure()) return *std::move(wrong);
  return wanted;
}

rest::decoded<sourcing_rule> bind(const sourcing_request& wanted, const engine::catalogue& known) {
  auto rule = wanted.rule;
  for (const auto& each : wanted.from) {
    const auto* found = known.find_location(each.code);
    const auto detail = fmt::format("There is no location '{}'.", each.code);
    if (found == nullptr) return problem{problem_code::unknown_location, detail, {{each.pointer, detail}}};
    if (std::ranges::find(rule.locations, found->id) == rule.locations.end())
      rule.locations.push_back(found->id);
  }
  return rule;
}

void put_location(rest::json_text& to, const engine::location& shown) {
  to.begin_object();
  to.member("location", shown.code);
  to.member("title", shown.title);
  to.member("priority", static_cast<std::int64_t>(shown.priority));
  to.end_object();
}

http_answer sourcing_answer(const call& c, engine::account_id account) {
  const auto known = c.api.node.catalogue();
  std::string body;
  rest::json_text to{body};
  to.begin_object();
  const auto* who = known->find(account);
  to.member("account", who->name);
  if (who->sourcing) {
    to.member("pick", who->sourcing->pick == sourcing_rule::choice::most_stock ? "most_stock" : "priority");
    to.member("split", who->sourcing->may_split);
    to.begin_array("locations");
    for (const auto each : who->sourcing->locations) {
      to.begin_object();
      to.member("location", known->code_of(each));
      to.end_object();
    }
    to.end_array();
  }
  to.end_object();
  return json_answer(200, std::move(body));
}

io_task<http_answer> change_sourcing(call& c, const std::optional<sourcing_request>& wanted) {
  const auto& name = c.path("account");
  const auto account = find_account(c, name);
  if (!account) co_return unknown_account(c, name);
  const auto make = [&](const engine::catalogue& known) -> rest::decoded<storage::record> {
    auto changed = *known.find(*account);
    changed.sourcing.reset();
    if (wanted) {
      auto rule = bind(*wanted, known);
      if (!rule) return rule.error();
      changed.sourcing = *std::move(rule);
    }
    return storage::record{std::move(changed)};
  };
  auto failed = co_await record_change(c, make);
  if (failed) co_return *std::move(failed);
  co_return sourcing_answer(c, *account);
}

} // namespace

io_task<http_answer> serve_locations(call& c) {
  const auto known = c.api.node.catalogue();
  co_return list_answer(c, "locations", "", [&](rest::json_text& to) {
    for (const auto* each : known->locations())
      put_location(to, *each);
  });
}

io_task<http_answer> serve_location(call& c) {
  const auto known = c.api.node.catalogue();
  const auto* found = known->find_location(c.path("location"));
  if (found == nullptr)
    co_return problem_answer(c, problem_code::no_such_route, "There is no such location.");
  std::string body;
  rest::json_text to{body};
  put_location(to, *found);
  co_return json_answer(200, std::move(body));
}

io_task<http_answer> serve_location_change(call& c) {
  auto wanted = read_location(c);
  if (!wanted) co_return problem_answer(wanted.error(), c.request.target);
  const auto make = [&](const engine::catalogue& known) -> rest::decoded<storage::record> {
    const auto* present = known.find_location(wanted->code);
    wanted->id = present != nullptr ? present->id : known.next_location();
    return storage::record{*wanted};
  };
  auto failed = co_await record_change(c, make);
  if (failed) co_return *std::move(failed);
  std::string body;
  rest::json_text to{body};
  put_location(to, *wanted);
  co_return json_answer(200, std::move(body));
}

io_task<http_answer> serve_sourcing(call& c) {
  const auto& name = c.path("account");
  const auto account = find_account(c, name);
  if (!account) co_return unknown_account(c, name);
  co_return sourcing_answer(c, *account);
}

io_task<http_answer> serve_sourcing_change(call& c) {
  std::optional<sourcing_request> wanted;
  if (c.on.method == http_method::put) {
    auto read = read_sourcing(c);
    if (!read) co_return problem_answer(read.error(), c.request.target);
    wanted = *std::move(read);
  }
  co_return co_await change_sourcing(c, wanted);
}

} // namespace lockstep::app
