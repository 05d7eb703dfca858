#include "adapters/order_intake.hpp"

#include "engine/key.hpp"
#include "engine/limits.hpp"
#include "engine/text.hpp"

#include <fmt/format.h>

#include <optional>

namespace lockstep::adapters {

namespace {

// The words of movement keys: stored with the facts, never changed.
constexpr std::string_view cancel_word = "cancel";
constexpr std::string_view return_word = "return";

bool in_bounds(quantity units) {
  return units >= 0 && units <= limits::units_per_movement_max;
}

bool in_bounds(const std::optional<quantity>& units) {
  return !units || in_bounds(*units);
}

// Why the line cannot be recorded, whatever its SKU; empty when it can.
std::string_view find_fault(const order_message& order, const order_line& line,
                            const std::string& reference) {
  if (order.order_id.empty() || line.line_id.empty()) return "no order or line id";
  if (!engine::is_valid_text(reference, limits::reference_bytes_max))
    return "the order's and line's ids are no usable text";
  if (line.ordered && (*line.ordered < 1 || !in_bounds(*line.ordered))) return "impossible quantity ordered";
  if (!in_bounds(line.cancelled) || !in_bounds(line.cancelled_now)) return "impossible quantity cancelled";
  if (!in_bounds(line.shipped)) return "impossible quantity shipped";
  if (!in_bounds(line.returned_now)) return "impossible quantity returned";
  const bool moves_by_id = line.cancelled_now > 0 || line.returned_now > 0;
  if (moves_by_id && !engine::is_valid_text(line.movement_id, limits::reference_bytes_max))
    return "no usable refund id";
  if (moves_by_id && line.movement_id.empty()) return "no refund id";
  return {};
}

std::optional<engine::sku_id> find_sku(const engine::catalogue& known, const engine::account& account,
                                       const order_line& line) {
  if (!line.variant.empty()) {
    if (const auto* listing = known.find_variant(account.id, line.variant)) return listing->sku;
  }
  if (!line.sku.empty()) {
    if (const auto* product = known.find_code(line.sku)) return product->id;
  }
  return std::nullopt;
}

// Turns one line of a known SKU into commands: its cumulative state, and what a refund moves.
class line_commands {
 public:
  line_commands(const engine::account& account, const order_message& order, const order_line& line,
                std::string reference)
      : account_(account.id), occurred_at_(order.occurred_at), found_open_(order.found_open), line_(line),
        reference_(std::move(reference)),
        key_(engine::line_key(account.id, order.order_id, line.line_id)) {}

  [[nodiscard]] std::vector<engine::command> make(bool ships_when_sold) const {
    std::vector<engine::command> commands;
    if (line_.ordered || line_.cancelled || line_.shipped) commands.push_back(make_state(ships_when_sold));
    if (found_open_) return commands;
    if (line_.cancelled_now > 0) commands.push_back(make_cancel());
    if (line_.returned_now > 0) commands.push_back(make_return());
    return commands;
  }

 private:
  // From where it is served is the sourcing rule's business, and that of the line's own promise once it has one: a
  // rule may be gone since.
  [[nodiscard]] engine::command make_state(bool ships_when_sold) const {
    engine::record_line state{.line = key_,
                              .location = engine::anywhere,
                              .ordered = line_.ordered,
                              .cancelled = line_.cancelled,
                              .shipped = line_.shipped,
                              .ships_when_sold = ships_when_sold,
                              .found_open = found_open_};
    engine::content_hash content;
    content.add(line_.ordered.value_or(-1)).add(line_.cancelled.value_or(-1)).add(line_.shipped.value_or(-1));
    return make_command({}, content.value(), std::move(state));
  }

  [[nodiscard]] engine::command make_cancel() const {
    engine::record_line cancel;
    cancel.line = key_;
    cancel.cancelled_now = line_.cancelled_now;
    return make_movement(cancel_word, line_.cancelled_now, std::move(cancel));
  }

  [[nodiscard]] engine::command make_return() const {
    engine::take_return back{.line = key_, .units = line_.returned_now, .note = {}};
    return make_movement(return_word, line_.returned_now, std::move(back));
  }

  [[nodiscard]] engine::command make_movement(std::string_view word, quantity units,
                                              engine::command_body body) const {
    engine::content_hash content;
    content.add(word).add(units);
    return make_command(engine::movement_key(key_, word, line_.movement_id), content.value(),
                        std::move(body));
  }

  [[nodiscard]] engine::command make_command(engine::uuid key, std::uint64_t content,
                                             engine::command_body body) const {
    return {.key = key,
            .content = content,
            .account = account_,
            .occurred_at = occurred_at_,
            .reference = reference_,
            .body = std::move(body)};
  }

  engine::account_id account_;
  time_point occurred_at_;
  bool found_open_;
  const order_line& line_;
  std::string reference_;
  engine::uuid key_;
};

unmapped_line make_unmapped(const order_message& order, const order_line& line, std::string reference,
                            std::string_view reason) {
  auto alone = order;
  alone.lines = {line};
  return {std::move(reference), std::string{reason}, encode_order(alone)};
}

void plan_line(const engine::catalogue& known, const engine::account& account, const order_message& order,
               const order_line& line, bool ships_when_sold, intake_plan& into) {
  auto reference = order.order_id + "/" + line.line_id;
  if (const auto fault = find_fault(order, line, reference); !fault.empty()) {
    into.unmapped.push_back(make_unmapped(order, line, std::move(reference), fault));
    return;
  }
  const auto sku = find_sku(known, account, line);
  if (!sku) {
    into.unmapped.push_back(make_unmapped(order, line, std::move(reference), "unknown SKU"));
    return;
  }
  for (auto& asked : line_commands{account, order, line, std::move(reference)}.make(ships_when_sold))
    into.commands.push_back({*sku, std::move(asked)});
}

} // namespace

intake_plan plan_orders(const engine::catalogue& known, const engine::account& account,
                        std::span<const order_message> orders, bool ships_when_sold) {
  intake_plan plan;
  for (const auto& order : orders) {
    if (order.test) {
      ++plan.test_orders;
      continue;
    }
    if (!order.fault.empty()) plan.unmapped.push_back({order.order_id, order.fault, {}});
    for (const auto& line : order.lines)
      plan_line(known, account, order, line, ships_when_sold, plan);
  }
  return plan;
}

} // namespace lockstep::adapters
