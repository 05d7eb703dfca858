// Order lines converge: whatever the order and however often their messages are delivered, the stock ends the
// same.
#include "tests/catch.hpp"
#include "tests/engine/history.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

using namespace lockstep;
using namespace lockstep::test;

namespace {

// The life of one order line as its channel sees it; messages are its moments.
struct order_life {
  int ordered = 1;
  int edited = 0;    // units added by an edit
  int cancelled = 0; // as the channel states it
  std::vector<int> refunds;
  int shipped = 0;
};

void showValue(const order_life& shown, std::ostream& out) {
  out << "{ordered " << shown.ordered << '+' << shown.edited << " cancelled " << shown.cancelled
      << " refunds " << shown.refunds.size() << " shipped " << shown.shipped << '}';
}

rc::Gen<order_life> any_life() {
  return rc::gen::build<order_life>(
      rc::gen::set(&order_life::ordered, rc::gen::inRange(1, 6)),
      rc::gen::set(&order_life::edited, rc::gen::inRange(0, 3)),
      rc::gen::set(&order_life::cancelled, rc::gen::inRange(0, 4)),
      rc::gen::set(&order_life::refunds, rc::gen::container<std::vector<int>>(2, rc::gen::inRange(1, 3))),
      rc::gen::set(&order_life::shipped, rc::gen::inRange(0, 5)));
}

// What the channel sends about it: snapshots of the line, some of them of moments long gone, and its refunds.
std::vector<command> messages_of(const order_life& life, int number, bool ships_when_sold) {
  const auto line = named("line " + std::to_string(number));
  std::vector<command> messages;
  const auto tell = [&](record_line body, uuid key = {}) {
    body.line = line;
    body.ships_when_sold = ships_when_sold;
    messages.push_back(make_command(body, key));
    messages.back().occurred_at = start_of_tests;
  };

  tell({.ordered = life.ordered});
  tell({.ordered = life.ordered + life.edited});
  if (life.cancelled > 0) tell({.cancelled = life.cancelled});
  for (int units = 1; units <= life.shipped; ++units)
    tell({.shipped = units});
  for (std::size_t i = 0; i < life.refunds.size(); ++i) {
    tell({.cancelled_now = life.refunds[i]}, movement_key(line, "refund", std::to_string(i)));
  }
  tell({.ordered = life.ordered + life.edited, .cancelled = life.cancelled});
  messages.push_back(make_command(take_return{.line = line, .units = 1}, movement_key(line, "return", "1")));
  messages.back().occurred_at = start_of_tests;
  return messages;
}

using line_values = std::tuple<quantity, quantity, quantity, quantity, quantity>;

std::map<uuid, line_values> lines_of(const lone_sku& sku) {
  std::map<uuid, line_values> lines;
  for (const auto& [id, kept] : sku.state().reservations) {
    lines[id] = {kept.ordered, kept.cancelled, kept.cancelled_by_id, kept.shipped, kept.returned};
  }
  return lines;
}

struct outcome {
  figures stock;
  quantity sold = 0;
  std::map<uuid, line_values> lines;
};

outcome deliver(const std::vector<command>& messages) {
  lone_sku sku;
  (void)sku.apply(make_command(receive{.units = 10}));
  outcome end;
  for (const auto& message : messages) {
    sku.wait(1min);
    end.sold += sku.apply(message).sold;
  }
  end.stock = sku.stock();
  end.stock.version = 0;
  end.lines = lines_of(sku);
  return end;
}

// A permutation of the messages with some delivered twice.
std::vector<command> shuffled(const std::vector<command>& messages) {
  auto keys = *rc::gen::container<std::vector<int>>(messages.size() * 2, rc::gen::inRange(0, 1000));
  std::vector<std::pair<int, std::size_t>> order;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    order.emplace_back(keys[2 * i], i);
    if (keys[2 * i + 1] < 300) order.emplace_back(keys[2 * i + 1], i);
  }
  std::ranges::sort(order);
  std::vector<command> delivered;
  for (const auto& [key, i] : order)
    delivered.push_back(messages[i]);
  return delivered;
}

void check_convergence(bool ships_when_sold) {
  CHECK(rc::check([ships_when_sold] {
    const auto lives = *rc::gen::container<std::vector<order_life>>(3, any_life());
    std::vector<command> messages;
    int number = 0;
    for (const auto& life : lives) {
      for (auto& message : messages_of(life, number, ships_when_sold))
        messages.push_back(std::move(message));
      ++number;
    }
    const auto in_order = deliver(messages);
    const auto in_any_order = deliver(shuffled(messages));
    RC_ASSERT(in_any_order.lines == in_order.lines);
    RC_ASSERT(in_any_order.stock == in_order.stock);
    RC_ASSERT(in_any_order.sold == in_order.sold);
  }));
}

} // namespace

TEST_CASE("order lines converge in any order of delivery and with any duplicates") {
  check_convergence(false);
}

TEST_CASE("lines that ship when sold converge in any order of delivery, too") {
  check_convergence(true);
}

TEST_CASE("the units an account has sold are what its lines still demand") {
  CHECK(rc::check([] {
    const auto life = *any_life();
    const auto end = deliver(shuffled(messages_of(life, 0, false)));
    int refunded = 0;
    for (const auto units : life.refunds)
      refunded += units;
    const auto demand = life.ordered + life.edited - std::max(life.cancelled, refunded);
    RC_ASSERT(end.sold == std::max(0, demand));
  }));
}
