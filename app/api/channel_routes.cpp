// Channels: how they stand, what would be pushed, and what a person may tell them. All of it asks actors, so
// a worker waits for the answer.
#include "adapters/rest/encode.hpp"
#include "app/api/reply.hpp"
#include "app/api/routes.hpp"
#include "engine/limits.hpp"

#include <algorithm>

namespace lockstep::app {

namespace {

using rest::problem_code;

void put_status(rest::json_text& to, const actors::channel_status& now) {
  to.begin_object();
  to.member("account", now.name);
  to.member("marketplace", now.marketplace);
  to.member("mode", rest::mode_name(now.mode));
  to.member("state", now.state);
  to.member("listings", now.listings);
  to.member("pending", now.pending);
  to.member("in_flight", now.in_flight);
  to.member("uncertain", now.uncertain);
  to.member("parked", now.parked);
  to.member("at_rest", now.at_rest);
  to.member("rows_sent", now.rows_sent);
  to.member("requests_sent", now.requests_sent);
  to.member("rows_acknowledged", now.rows_acknowledged);
  to.member("coalesced", now.coalesced);
  to.member("stale", now.stale);
  to.member("drift_units", now.drift_units);
  to.begin_object("tiers");
  to.member("real_time", now.real_time);
  to.member("moderate", now.moderate);
  to.member("slow", now.slow);
  to.end_object();
  to.member("lag_p50_us", now.lag_p50.count());
  to.member("lag_p99_us", now.lag_p99.count());
  if (now.orders_read_to != engine::time_point{}) to.member("orders_read_to", now.orders_read_to);
  to.end_object();
}

void put_difference(rest::json_text& to, const actors::channel_difference& each,
                    const engine::catalogue& known) {
  const auto* product = known.find(each.sku);
  const auto* listing = known.find(each.listing);
  const auto put_number = [&](std::string_view name, const std::optional<engine::quantity>& number) {
    if (number) {
      to.member(name, *number);
    } else {
      to.null_member(name);
    }
  };
  to.begin_object();
  to.member("sku", product == nullptr ? std::string_view{} : std::string_view{product->code});
  if (listing != nullptr) to.member("item", listing->item);
  if (listing != nullptr && !listing->location.empty()) to.member("location", listing->location);
  put_number("shown", each.shown);
  put_number("wanted", each.wanted);
  to.member("why", each.why);
  to.end_object();
}

} // namespace

io_task<http_answer> serve_channels(call& c) {
  const auto all = co_await c.api.workers.run([&] { return c.api.node.channels(); });
  if (!all) co_return problem_answer(c, problem_code::overloaded);
  if (!*all) co_return error_answer(c, all->error());
  co_return list_answer(c, "channels", "", [&](rest::json_text& to) {
    for (const auto& each : **all)
      put_status(to, each);
  });
}

io_task<http_answer> serve_channel(call& c) {
  const auto& name = c.path("account");
  const auto all = co_await c.api.workers.run([&] { return c.api.node.channels(); });
  if (!all) co_return problem_answer(c, problem_code::overloaded);
  if (!*all) co_return error_answer(c, all->error());
  const auto found = std::ranges::find((*all)->begin(), (*all)->end(), name, &actors::channel_status::name);
  if (found == (*all)->end()) co_return unknown_account(c, name);
  std::string body;
  rest::json_text to{body};
  put_status(to, *found);
  co_return json_answer(200, std::move(body));
}

io_task<http_answer> serve_channel_difference(call& c) {
  const auto& name = c.path("account");
  const auto account = find_account(c, name);
  if (!account) co_return unknown_account(c, name);
  const auto wanted = page_of(c);
  if (!wanted) co_return problem_answer(wanted.error(), c.request.target);
  const auto lines =
      co_await c.api.workers.run([&] { return c.api.node.channel_diff(*account, wanted->limit); });
  if (!lines) co_return problem_answer(c, problem_code::overloaded);
  if (!*lines) co_return error_answer(c, lines->error());
  const auto known = c.api.node.catalogue();
  co_return list_answer(c, "differences", "", [&](rest::json_text& to) {
    for (const auto& each : **lines)
      put_difference(to, each, *known);
  });
}

io_task<http_answer> serve_channel_order(call& c) {
  const auto& name = c.path("account");
  const auto account = find_account(c, name);
  if (!account) co_return unknown_account(c, name);
  const auto done =
      co_await c.api.workers.run([&] { return c.api.node.order_channel(*account, c.on.order); });
  if (!done) co_return problem_answer(c, problem_code::overloaded);
  if (!*done) co_return error_answer(c, done->error());
  co_return http_answer{.status = 204, .content_type = {}, .body = {}, .headers = {}};
}

} // namespace lockstep::app
