#include "adapters/order_intake.hpp"
#include "app/api/order_lines.hpp"
#include "app/api/reply.hpp"
#include "app/api/routes.hpp"

#include <fmt/format.h>

#include <charconv>

namespace lockstep::app {

namespace {

using rest::problem_code;
using letter_result = engine::result<std::optional<storage::dead_letter>>;

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return number;
}

void put_letter(rest::json_text& to, const storage::dead_letter& letter, const engine::catalogue& known) {
  const auto* account = known.find(letter.account);
  to.begin_object();
  to.member("id", letter.id);
  to.member("at", letter.at);
  if (account != nullptr) to.member("account", account->name);
  to.member("kind", letter.kind);
  to.member("reference", letter.reference);
  to.member("reason", letter.reason);
  to.member("replayed", letter.replayed);
  to.member("body", letter.body);
  to.end_object();
}

http_answer letter_answer(const call& c, const storage::dead_letter& letter) {
  std::string body;
  rest::json_text to{body};
  put_letter(to, letter, *c.api.node.catalogue());
  return json_answer(200, std::move(body));
}

// Nobody needs to look at it any more.
io_task<http_answer> close_letter(call& c, storage::dead_letter letter) {
  letter.replayed = true;
  auto reply = letter_answer(c, letter);
  std::vector<storage::record> records;
  records.emplace_back(std::move(letter));
  if (!co_await make_durable(c, std::move(records), c.api.options.answer_timeout))
    co_return problem_answer(c, problem_code::outcome_unknown);
  co_return reply;
}

// A letter, or the answer that says why there is none.
struct found_letter {
  std::optional<storage::dead_letter> letter;
  http_answer otherwise;
};

io_task<found_letter> load_letter(call& c) {
  found_letter found;
  const auto missing = [&] {
    return problem_answer(c, problem_code::unknown_dead_letter,
                          fmt::format("There is no dead letter {}.", c.path("id")));
  };
  const auto id = number_of(c.path("id"));
  if (!id) {
    found.otherwise = missing();
    co_return found;
  }
  auto loaded = co_await c.api.workers.run([&]() -> letter_result {
    return c.api.readers.ask([&](storage::reader& from) { return from.load_dead_letter(*id); });
  });
  if (!loaded) {
    found.otherwise = problem_answer(c, problem_code::overloaded);
  } else if (!*loaded) {
    found.otherwise = error_answer(c, loaded->error());
  } else if (!**loaded) {
    found.otherwise = missing();
  } else {
    found.letter = std::move(**loaded);
  }
  co_return found;
}

std::optional<engine::account> account_of(const call& c, engine::account_id id) {
  const auto known = c.api.node.catalogue();
  const auto* account = known->find(id);
  if (account == nullptr) return std::nullopt;
  return *account;
}

bool ships_when_sold(const call& c, const std::string& account) {
  const auto hook = c.api.options.webhooks.find(account);
  return hook != c.api.options.webhooks.end() && hook->second.ships_when_sold;
}

} // namespace

io_task<http_answer> serve_dead_letters(call& c) {
  const auto wanted = page_of(c);
  if (!wanted) co_return problem_answer(wanted.error(), c.request.target);
  const auto after = number_of(wanted->after).value_or(0);
  using letters = engine::result<std::vector<storage::dead_letter>>;
  auto found = co_await c.api.workers.run([&]() -> letters {
    return c.api.readers.ask([&](storage::reader& from) { return from.dead_letters(after, wanted->limit); });
  });
  if (!found) co_return problem_answer(c, problem_code::overloaded);
  if (!*found) co_return error_answer(c, found->error());
  const auto& page = **found;
  const auto known = c.api.node.catalogue();
  const auto next = page.size() == wanted->limit ? std::to_string(page.back().id) : std::string{};
  co_return list_answer(c, "dead_letters", next, [&](rest::json_text& to) {
    for (const auto& each : page)
      put_letter(to, each, *known);
  });
}

io_task<http_answer> serve_dead_letter(call& c) {
  auto found = co_await load_letter(c);
  if (!found.letter) co_return std::move(found.otherwise);
  co_return letter_answer(c, *found.letter);
}

// Tells the line again. Recording it twice is harmless, so a crash between the two commits is too.
io_task<http_answer> serve_dead_letter_replay(call& c) {
  auto found = co_await load_letter(c);
  if (!found.letter) co_return std::move(found.otherwise);
  auto& letter = *found.letter;
  if (letter.replayed) co_return letter_answer(c, letter);
  const auto order = adapters::decode_order(letter.body);
  if (!order)
    co_return problem_answer(c, problem_code::not_replayable,
                             "Its body cannot be read: " + order.error().what);
  const auto account = account_of(c, letter.account);
  if (!account) co_return problem_answer(c, problem_code::not_replayable, "Its account is no longer known.");
  auto result = co_await record_orders(c, *account, {&*order, 1}, ships_when_sold(c, account->name),
                                       c.api.options.answer_timeout);
  if (result.how == intake_end::unknown) co_return problem_answer(c, problem_code::outcome_unknown);
  if (result.how != intake_end::durable) co_return problem_answer(c, problem_code::overloaded);
  if (!result.dead.empty())
    co_return problem_answer(c, problem_code::not_replayable, result.dead.front().reason);

  co_return co_await close_letter(c, std::move(letter));
}

// It is kept, and counts no longer.
io_task<http_answer> serve_dead_letter_dismissal(call& c) {
  auto found = co_await load_letter(c);
  if (!found.letter) co_return std::move(found.otherwise);
  auto& letter = *found.letter;
  if (letter.replayed) co_return letter_answer(c, letter);
  letter.reason = "dismissed: " + letter.reason;
  co_return co_await close_letter(c, std::move(letter));
}

} // namespace lockstep::app
