#include "tests/engine/naive_sku.hpp"

#include <algorithm>

namespace lockstep::test {

using namespace engine;

quantity naive_sku::promise::open() const {
  return std::max<quantity>(0, ordered - std::max(cancelled, refunded) - shipped);
}

bool naive_sku::tell(const command& asked, time_point now) {
  now_ = now;
  std::erase_if(promises_, [&](const auto& entry) {
    return entry.second.is_hold && !entry.second.confirmed && entry.second.expires_at <= now;
  });
  const bool granted = std::visit([&](const auto& body) { return obey(body); }, asked.body);
  drop_ended_holds();
  return granted;
}

quantity naive_sku::reserved() const {
  quantity sum = 0;
  for (const auto& [id, each] : promises_)
    sum += each.open();
  return sum;
}

quantity naive_sku::available() const {
  auto buffer = safety_.value;
  if (safety_.mode == safety_rule::kind::percent) {
    buffer = 0;
    while (buffer * 100 < on_hand_ * safety_.value)
      ++buffer;
  }
  return on_hand_ - reserved() - buffer;
}

quantity naive_sku::oversold() const {
  return std::max<quantity>(0, reserved() - on_hand_);
}

bool naive_sku::obey(const receive& asked) {
  if (asked.units <= 0) return false;
  on_hand_ += asked.units;
  return true;
}

bool naive_sku::obey(const adjust& asked) {
  if (asked.change == 0) return false;
  if (asked.change < 0 && -asked.change > std::min(available(), on_hand_)) return false;
  on_hand_ += asked.change;
  return true;
}

bool naive_sku::obey(const engine::count& asked) {
  on_hand_ = asked.counted;
  return true;
}

bool naive_sku::obey(const set_safety& asked) {
  safety_ = asked.rule;
  return true;
}

bool naive_sku::obey(const hold& asked) {
  if (asked.units <= 0 || promises_.contains(asked.reservation) || asked.units > available()) return false;
  promise made;
  made.is_hold = true;
  made.ordered = asked.units;
  made.expires_at = asked.expires_at;
  promises_[asked.reservation] = made;
  return true;
}

bool naive_sku::obey(const confirm& asked) {
  if (!promises_.contains(asked.reservation)) return false;
  promises_[asked.reservation].confirmed = true;
  return true;
}

bool naive_sku::obey(const release& asked) {
  if (!promises_.contains(asked.reservation) || promises_[asked.reservation].confirmed) return false;
  promises_.erase(asked.reservation);
  return true;
}

bool naive_sku::obey(const ship& asked) {
  if (asked.shipped <= 0 || !promises_.contains(asked.reservation)) return false;
  auto& made = promises_[asked.reservation];
  const auto leaving = asked.shipped - made.shipped;
  if (leaving <= 0) return true;
  if (!made.confirmed || leaving > made.open() || leaving > on_hand_) return false;
  made.shipped += leaving;
  on_hand_ -= leaving;
  return true;
}

bool naive_sku::fits(const promise& before, const promise& after) const {
  const auto cancelled = std::max(after.cancelled, after.refunded);
  const bool cancels = cancelled > std::max(before.cancelled, before.refunded);
  const bool ships = after.shipped > before.shipped;
  const auto leaving = after.shipped - before.shipped;
  const auto taken = after.open() - before.open() + leaving;
  if (taken > 0 && taken > available()) return false;
  if ((cancels || ships) && cancelled + after.shipped > after.ordered) return false;
  return leaving <= 0 || leaving <= on_hand_;
}

bool naive_sku::obey(const record_line& asked) {
  const bool known = promises_.contains(asked.line);
  const auto before = known ? promises_[asked.line] : promise{};
  auto after = before;
  after.ordered = std::max(after.ordered, asked.ordered.value_or(0));
  after.cancelled = std::max(after.cancelled, asked.cancelled.value_or(0));
  after.refunded += asked.cancelled_now;
  after.shipped = std::max(after.shipped, asked.shipped.value_or(0));
  if (asked.mode == line_mode::request) {
    if (!known && after.ordered == 0) return false;
    if (!fits(before, after)) return false;
  }
  const bool changed = after.ordered != before.ordered || after.cancelled != before.cancelled ||
                       after.refunded != before.refunded || after.shipped != before.shipped;
  if (changed) promises_[asked.line] = after;
  on_hand_ -= after.shipped - before.shipped;
  return true;
}

bool naive_sku::obey(const take_return& asked) {
  if (asked.units <= 0) return false;
  inspecting_ += asked.units;
  return true;
}

bool naive_sku::obey(const inspect_return& asked) {
  const auto units = asked.sellable + asked.damaged;
  if (units <= 0 || units > inspecting_) return false;
  inspecting_ -= units;
  on_hand_ += asked.sellable;
  return true;
}

void naive_sku::drop_ended_holds() {
  std::erase_if(promises_,
                [](const auto& entry) { return entry.second.is_hold && entry.second.open() == 0; });
}

} // namespace lockstep::test
