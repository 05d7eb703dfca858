// POST /webhooks/{account}: the signature over the raw bytes first, and nothing else when it fails. 200 means
// that every line is durable, recorded or as a dead letter; anything else means that the sender should tell
// it again.
#include "adapters/log.hpp"
#include "app/api/order_lines.hpp"
#include "app/api/reply.hpp"
#include "app/api/routes.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace lockstep::app {

namespace {

using rest::problem_code;

std::vector<adapters::header> headers_of(const call& c) {
  std::vector<adapters::header> headers;
  for (const auto& [name, value] : c.request.headers) {
    headers.emplace_back(name, value);
    std::ranges::transform(headers.back().first, headers.back().first.begin(),
                           boost::beast::detail::ascii_tolower);
  }
  return headers;
}

void count(std::atomic<std::uint64_t>& counter, std::size_t by = 1) {
  counter.fetch_add(by, std::memory_order_relaxed);
}

http_answer not_taken(const call& c, intake_end how) {
  if (how == intake_end::draining) return problem_answer(c, problem_code::draining);
  if (how == intake_end::refused) return problem_answer(c, problem_code::overloaded);
  return problem_answer(c, problem_code::unavailable, "Not durable in time. Telling it again is harmless.");
}

std::optional<engine::account> account_named(const call& c, std::string_view name) {
  const auto known = c.api.node.catalogue();
  const auto* account = known->find_account(name);
  if (account == nullptr) return std::nullopt;
  return *account;
}

} // namespace

io_task<http_answer> serve_webhook(call& c) {
  const auto& name = c.path("account");
  const auto hook = c.api.options.webhooks.find(name);
  if (hook == c.api.options.webhooks.end()) co_return unknown_account(c, name);
  const auto headers = headers_of(c);
  if (!hook->second.adapter->verify_webhook(headers, c.request.body)) {
    count(c.api.metrics.bad_signatures);
    adapters::log::write(adapters::log::level::warning, "webhook-bad-signature",
                         "A webhook was not signed by its account", {{"channel", name}});
    co_return problem_answer(c, problem_code::bad_signature);
  }
  const auto account = account_named(c, name);
  if (!account) co_return problem_answer(c, problem_code::unavailable, "The account is not running yet.");

  intake_result result;
  auto orders = hook->second.adapter->decode_webhook(headers, c.request.body);
  if (orders) {
    result = co_await record_orders(c, *account, *orders, hook->second.ships_when_sold,
                                    c.api.options.webhook_answer_timeout);
    if (result.how != intake_end::durable) co_return not_taken(c, result.how);
    for (const auto& order : *orders)
      count(c.api.metrics.webhook_lines, order.lines.size());
    count(c.api.metrics.webhook_test_orders, result.test_orders);
  } else {
    // It will not read better the next time: kept for a person, without a body because that could not be
    // cleaned.
    result.dead.push_back({"", orders.error().what, ""});
  }
  if (result.dead.empty())
    co_return http_answer{.status = 200, .content_type = {}, .body = {}, .headers = {}};

  count(c.api.metrics.webhook_dead_letters, result.dead.size());
  auto letters = dead_letters_of(account->id, "webhook", std::move(result.dead));
  if (!co_await make_durable(c, std::move(letters), c.api.options.webhook_answer_timeout)) {
    co_return not_taken(c, intake_end::unknown);
  }
  co_return http_answer{.status = 200, .content_type = {}, .body = {}, .headers = {}};
}

} // namespace lockstep::app
