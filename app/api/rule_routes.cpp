// What an account's shop shows of a number, for all its listings or for those of products with a tag.
#include "adapters/rest/encode.hpp"
#include "adapters/rest/rule.hpp"
#include "app/api/record_change.hpp"
#include "app/api/routes.hpp"
#include "engine/identifier.hpp"

namespace lockstep::app {

namespace {

http_answer rules_answer(const call& c, engine::account_id account) {
  const auto known = c.api.node.catalogue();
  const auto rules = known->rules_of(account);
  std::string body;
  rest::json_text to{body};
  to.begin_object();
  to.member("account", known->find(account)->name);
  to.begin_object("rule");
  rest::put_rule(to, rules.all);
  to.end_object();
  to.begin_array("tags");
  for (const auto& [tag, rule] : rules.by_tag) {
    to.begin_object();
    to.member("tag", tag);
    rest::put_rule(to, rule);
    to.end_object();
  }
  to.end_array();
  to.end_object();
  return json_answer(200, std::move(body));
}

rest::decoded<engine::listing_rule> read_rule(const call& c) {
  auto body = body_object(c);
  if (!body) return body.error();
  rest::reading reading;
  rest::members from{*body, "", reading};
  auto rule = rest::read_rule(from);
  from.finish();
  if (auto wrong = reading.failure()) return *std::move(wrong);
  return rule;
}

io_task<http_answer> change_rule(call& c, std::string tag) {
  const auto& name = c.path("account");
  const auto account = find_account(c, name);
  if (!account) co_return unknown_account(c, name);
  if (auto fine = engine::check_sku_code(tag); !tag.empty() && !fine)
    co_return problem_answer(c, rest::problem_code::invalid_parameter, fine.error().what);
  rest::decoded<engine::listing_rule> rule = engine::listing_rule{};
  if (c.on.method == http_method::put) rule = read_rule(c);
  if (!rule) co_return problem_answer(rule.error(), c.request.target);
  const auto make = [&](const engine::catalogue&) -> rest::decoded<storage::record> {
    return storage::record{engine::account_rule{*account, tag, *rule}};
  };
  auto failed = co_await record_change(c, make);
  if (failed) co_return *std::move(failed);
  co_return rules_answer(c, *account);
}

void put_listed(rest::json_text& to, const engine::account& of, std::string_view tag,
                const engine::listing_rule& rule) {
  if (rule == engine::listing_rule{}) return;
  to.begin_object();
  to.member("account", of.name);
  if (!tag.empty()) to.member("tag", tag);
  rest::put_rule(to, rule);
  to.end_object();
}

} // namespace

// Of all accounts: an account has one rule, and one for each of a few tags.
io_task<http_answer> serve_rule_list(call& c) {
  const auto known = c.api.node.catalogue();
  co_return list_answer(c, "rules", "", [&](rest::json_text& to) {
    known->each_account([&](const engine::account& account) {
      const auto rules = known->rules_of(account.id);
      put_listed(to, account, {}, rules.all);
      for (const auto& [tag, rule] : rules.by_tag)
        put_listed(to, account, tag, rule);
    });
  });
}

io_task<http_answer> serve_rules(call& c) {
  const auto account = find_account(c, c.path("account"));
  if (!account) co_return unknown_account(c, c.path("account"));
  co_return rules_answer(c, *account);
}

io_task<http_answer> serve_rule_change(call& c) {
  return change_rule(c, {});
}

io_task<http_answer> serve_tag_rule_change(call& c) {
  return change_rule(c, c.path("tag"));
}

} // namespace lockstep::app
