#include "app/api/order_lines.hpp"

#include "engine/refusal.hpp"

#include <algorithm>

namespace lockstep::app {

namespace {

using adapters::order_message;
using engine::refusal;

// What is still known of a submitted line when its answer comes.
struct sent_line {
  engine::uuid line{};
  engine::uuid key{};
  std::string reference;
};

sent_line describe(const engine::command& asked) {
  sent_line sent{{}, asked.key, asked.reference};
  if (const auto* told = std::get_if<engine::record_line>(&asked.body)) sent.line = told->line;
  if (const auto* back = std::get_if<engine::take_return>(&asked.body)) sent.line = back->line;
  return sent;
}

bool same_line(const sent_line& a, const sent_line& b) {
  return a.line == b.line && a.key == b.key;
}

// The order message with only the line that `sent` came from: planned again line by line, because this is
// rare.
std::string body_of(const sent_line& sent, const engine::catalogue& known, const engine::account& account,
                    std::span<const order_message> orders, bool ships_when_sold) {
  for (const auto& order : orders) {
    for (const auto& line : order.lines) {
      auto alone = order;
      alone.lines = {line};
      const auto plan = adapters::plan_orders(known, account, {&alone, 1}, ships_when_sold);
      const auto is_it = [&](const adapters::order_command& c) { return same_line(describe(c.asked), sent); };
      if (std::ranges::any_of(plan.commands, is_it)) return adapters::encode_order(alone);
    }
  }
  return {};
}

// A repeat under another content, or one still running, is no loss: the line is recorded already.
bool is_lost(const actors::answer& answer) {
  if (answer.kind == actors::answer_kind::quarantined) return true;
  return answer.reason != refusal::none && answer.reason != refusal::in_progress;
}

std::string reason_of(const actors::answer& answer) {
  if (answer.kind == actors::answer_kind::quarantined) return "the store refused it";
  return std::string{engine::to_string(answer.reason)};
}

} // namespace

io_task<intake_result> record_orders(const call& c, const engine::account& account,
                                     std::span<const order_message> orders, bool ships_when_sold,
                                     std::chrono::milliseconds allowed) {
  intake_result result;
  auto plan = adapters::plan_orders(*c.api.node.catalogue(), account, orders, ships_when_sold);
  result.dead = std::move(plan.unmapped);
  result.test_orders = plan.test_orders;
  result.how = intake_end::durable;
  if (plan.commands.empty()) co_return result;

  answer_box::expectation expected{c.box(), plan.commands.size(), allowed};
  std::vector<actors::submission> lines;
  std::vector<sent_line> sent;
  for (std::size_t i = 0; i < plan.commands.size(); ++i) {
    sent.push_back(describe(plan.commands[i].asked));
    lines.push_back({plan.commands[i].sku, std::move(plan.commands[i].asked), expected.ticket(i)});
  }
  const auto admitted = c.api.node.submit(std::move(lines));
  if (admitted != actors::admission::accepted) {
    result.how = admitted == actors::admission::draining ? intake_end::draining : intake_end::refused;
    co_return result;
  }
  if (!co_await expected.arrived()) {
    result.how = intake_end::unknown;
    co_return result;
  }
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const auto& answer = *expected.answers()[i];
    if (!is_lost(answer)) continue;
    auto body = body_of(sent[i], *c.api.node.catalogue(), account, orders, ships_when_sold);
    result.dead.push_back({std::move(sent[i].reference), reason_of(answer), std::move(body)});
  }
  co_return result;
}

io_task<bool> make_durable(const call& c, std::vector<storage::record> records,
                           std::chrono::milliseconds allowed) {
  answer_box::expectation expected{c.box(), 1, allowed};
  if (const auto taken = c.api.node.record(std::move(records), expected.ticket(0)); !taken) co_return false;
  if (!co_await expected.arrived()) co_return false;
  co_return expected.answers().front()->kind == actors::answer_kind::recorded;
}

std::vector<storage::record> dead_letters_of(engine::account_id account, std::string_view kind,
                                             std::vector<adapters::unmapped_line> lines) {
  const auto now = std::chrono::time_point_cast<engine::duration>(std::chrono::system_clock::now());
  std::vector<storage::record> letters;
  for (auto& line : lines) {
    storage::dead_letter letter;
    letter.at = now;
    letter.account = account;
    letter.kind = kind;
    letter.reference = std::move(line.reference);
    letter.reason = std::move(line.reason);
    letter.body = std::move(line.body);
    letters.emplace_back(std::move(letter));
  }
  return letters;
}

} // namespace lockstep::app
