// Movements of one SKU, and those of things with an id of their own: transfers, supplies, announced returns.
#include "adapters/rest/movement_decoder.hpp"

#include <fmt/format.h>

#include <limits>
#include <utility>

namespace lockstep::adapters::rest {

void decoder::read_single() {
  auto code = sku(body_);
  switch (done_.op) {
  case operation::receipt: {
    const auto units = body_.integer("units", 1, units_max);
    engine::receive received{.units = units, .note = note(body_)};
    if (body_.has("supply")) about("supply");
    received.completes = body_.optional_flag("completes");
    if (received.completes && !done_.about) body_.refuse("completes", "Only a receipt of a supply completes it.");
    return add_located(std::move(code), std::move(received), units);
  }
  case operation::adjustment: {
    const auto change = body_.integer("change", -units_max, units_max);
    if (change == 0 && body_.has("change")) body_.refuse("change", "Zero changes nothing.");
    engine::adjust adjusted{.change = change, .reason = body_.text("reason", limits::note_bytes_max)};
    adjusted.observed_at = observed();
    return add_located(std::move(code), std::move(adjusted), change);
  }
  case operation::count: {
    const auto counted = body_.integer("counted", 0, units_max);
    engine::count seen{.counted = counted, .note = note(body_)};
    seen.observed_at = observed();
    return add_located(std::move(code), std::move(seen), counted);
  }
  case operation::available: {
    const auto available = body_.integer("available", -units_max, units_max);
    engine::count_available seen{.available = available, .note = note(body_)};
    seen.observed_at = observed();
    return add_located(std::move(code), std::move(seen), available);
  }
  case operation::safety: {
    using kind = engine::safety_rule::kind;
    const auto units = body_.optional_integer("units", 0, units_max);
    const auto percent = body_.optional_integer("percent", 0, 100);
    const bool dynamic = body_.optional_flag("dynamic");
    if (int{units.has_value()} + int{percent.has_value()} + int{dynamic} != 1)
      body_.refuse("units", "Exactly one of units, percent and dynamic is expected.");
    const auto mode = dynamic ? kind::dynamic : percent ? kind::percent : kind::units;
    add_simple(std::move(code), engine::set_safety{{mode, percent.value_or(units.value_or(0))}}, 0);
    return;
  }
  case operation::fence: {
    const auto units = body_.integer("units", 0, units_max);
    auto account = body_.text("account", limits::reference_bytes_max);
    add_simple(std::move(code), engine::fence{.units = units}, units).account = std::move(account);
    return;
  }
  case operation::inspection: {
    const auto sellable = body_.optional_integer("sellable", 0, units_max).value_or(0);
    const auto damaged = body_.optional_integer("damaged", 0, units_max).value_or(0);
    if (sellable + damaged == 0) body_.refuse("sellable", "At least one unit was inspected.");
    if (body_.has("return")) about("return");
    engine::inspect_return inspected{.sellable = sellable, .damaged = damaged, .note = note(body_)};
    return add_located(std::move(code), std::move(inspected), sellable + damaged);
  }
  default: {
    const auto number = body_.integer("incident", 1, std::numeric_limits<std::int64_t>::max());
    auto how = body_.text("note", limits::note_bytes_max);
    add_simple(std::move(code), engine::resolve_incident{.incident = number, .note = std::move(how)}, 0);
    return;
  }
  }
}

void decoder::read_matter() {
  const auto op = done_.op;
  const bool transfers = op == operation::transfer || op == operation::transfer_receipt ||
                         op == operation::cancel_transfer;
  const bool supplies = op == operation::supply || op == operation::cancel_supply;
  about(transfers ? "transfer" : supplies ? "supply" : "return");
  auto code = sku(body_);
  switch (op) {
  case operation::transfer: {
    const auto units = body_.integer("units", 1, units_max);
    engine::send_transfer sent{.units = units, .note = note(body_)};
    const auto mode = body_.optional_text("mode", 16);
    if (!mode.empty() && mode != "request" && mode != "fact")
      body_.refuse("mode", "`request` or `fact` is expected.");
    if (mode == "fact") sent.mode = engine::line_mode::fact;
    auto& line = add_simple(std::move(code), std::move(sent), units);
    line.location = body_.text("from", limits::sku_code_bytes_max);
    line.to = body_.text("to", limits::sku_code_bytes_max);
    return;
  }
  case operation::transfer_receipt: {
    const auto units = body_.integer("units", 0, units_max);
    const bool completes = body_.optional_flag("completes");
    if (units == 0 && !completes) body_.refuse("units", "Nothing arrived only where that completes it.");
    add_simple(std::move(code), engine::receive_transfer{{}, units, completes, note(body_)}, units);
    return;
  }
  case operation::cancel_transfer:
    add_simple(std::move(code), engine::cancel_transfer{{}, note(body_)}, 0);
    return;
  case operation::supply: {
    const auto units = body_.integer("units", 1, units_max);
    engine::expect_supply expected{.units = units, .note = note(body_)};
    const auto due = body_.optional_time("due");
    if (!due && !body_.has("due")) body_.refuse("due", "A time is expected.");
    expected.due = due.value_or(engine::time_point{});
    return add_located(std::move(code), std::move(expected), units);
  }
  case operation::cancel_supply:
    add_simple(std::move(code), engine::cancel_supply{{}, note(body_)}, 0);
    return;
  case operation::close_return:
    add_simple(std::move(code), engine::close_return{{}, note(body_)}, 0);
    return;
  case operation::return_arrival: {
    const auto units = body_.integer("units", 1, units_max);
    return add_located(std::move(code), engine::take_return{.units = units, .note = note(body_)}, units);
  }
  default: {
    const auto units = body_.integer("units", 1, units_max);
    engine::announce_return announced{.units = units, .note = note(body_)};
    done_.order = body_.optional_text("order", limits::reference_bytes_max);
    auto name = body_.optional_text("line", limits::reference_bytes_max);
    if (name.empty()) name = code;
    if (!done_.order.empty()) announced.line = line_of(name);
    return add_located(std::move(code), std::move(announced), units);
  }
  }
}

// Where a hold or the line of an order is to be served from.
void decoder::read_allocation() {
  constexpr std::size_t longest = limits::http_header_bytes_max;
  const auto units = body_.integer("units", 1, units_max);
  engine::allocate moved{.units = units};
  std::string code, name, account;
  if (body_.has("order")) {
    done_.order = body_.text("order", limits::reference_bytes_max);
    code = sku(body_);
    name = body_.optional_text("line", limits::reference_bytes_max);
    if (name.empty()) name = code;
    account = body_.optional_text("account", limits::reference_bytes_max);
    moved.reservation = line_of(name);
  } else {
    done_.hold = decode_hold_id(body_.text("hold", longest));
    code = body_.optional_text("sku", limits::sku_code_bytes_max);
    if (!done_.hold) refused_ = problem{problem_code::unknown_hold, "This is not the id of a hold.", {}};
    if (done_.hold && code.empty() && done_.hold->skus.size() > 1)
      body_.refuse("sku", "The hold has several lines: name one.");
  }
  auto& line = add_simple(code, moved, units);
  if (done_.hold && code.empty()) line.target = done_.hold->skus.front();
  line.line = std::move(name);
  line.account = std::move(account);
  line.location = body_.text("from", limits::sku_code_bytes_max);
  line.to = body_.text("to", limits::sku_code_bytes_max);
}

bool has_natural_key(operation op) {
  return op == operation::transfer || op == operation::announce_return;
}

} // namespace lockstep::adapters::rest
