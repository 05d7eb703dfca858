#include "adapters/rest/movement.hpp"

#include "adapters/rest/movement_decoder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace lockstep::adapters::rest {

namespace {

struct operation_name {
  operation op;
  std::string_view name;
};

constexpr std::array names{
    operation_name{operation::receipt, "receipt"},
    operation_name{operation::adjustment, "adjustment"},
    operation_name{operation::count, "count"},
    operation_name{operation::safety, "safety"},
    operation_name{operation::hold, "hold"},
    operation_name{operation::confirm, "confirm"},
    operation_name{operation::release, "release"},
    operation_name{operation::ship_hold, "ship-hold"},
    operation_name{operation::order, "order"},
    operation_name{operation::cancel, "cancel"},
    operation_name{operation::ship, "ship"},
    operation_name{operation::take_return, "return"},
    operation_name{operation::inspection, "inspection"},
    operation_name{operation::resolve, "resolve"},
    operation_name{operation::extend, "extend"},
    operation_name{operation::allocate, "allocate"},
    operation_name{operation::available, "available"},
    operation_name{operation::fence, "fence"},
    operation_name{operation::transfer, "transfer"},
    operation_name{operation::transfer_receipt, "transfer-receipt"},
    operation_name{operation::cancel_transfer, "cancel-transfer"},
    operation_name{operation::supply, "supply"},
    operation_name{operation::cancel_supply, "cancel-supply"},
    operation_name{operation::announce_return, "announce-return"},
    operation_name{operation::return_arrival, "return-arrival"},
    operation_name{operation::close_return, "close-return"},
};

} // namespace

void decoder::read() {
  switch (done_.op) {
  case operation::hold: return read_hold();
  case operation::confirm:
  case operation::release:
  case operation::extend: return read_held();
  case operation::ship_hold: return read_ship_hold();
  case operation::allocate: return read_allocation();
  case operation::order: return read_order();
  case operation::cancel:
  case operation::ship: return read_order_change();
  case operation::take_return: return read_return();
  case operation::transfer:
  case operation::transfer_receipt:
  case operation::cancel_transfer:
  case operation::supply:
  case operation::cancel_supply:
  case operation::announce_return:
  case operation::return_arrival:
  case operation::close_return: return read_matter();
  default: return read_single();
  }
}

void decoder::read_hold() {
  done_.together = true;
  done_.seconds = body_.integer("seconds", 1, hold_seconds_max);
  const auto expires_at = context_.now + std::chrono::seconds{done_.seconds};
  const auto reference = body_.optional_text("reference", limits::reference_bytes_max);
  const bool sells_ahead = body_.optional_flag("sells_ahead");
  const auto read_line = [&](members& from) {
    auto code = sku(from);
    const auto units = from.integer("units", 1, units_max);
    engine::hold asked{.units = units, .expires_at = expires_at};
    asked.sells_ahead = sells_ahead;
    auto& line = add(std::move(code), std::move(asked), units, from.pointer_to("sku"));
    line.reference = reference;
    take_location(from, line);
  };
  if (body_.has("lines")) {
    body_.each("lines", limits::lines_per_group_max, read_line);
  } else {
    read_line(body_); // one line needs no list
  }
  refuse_same_sku_twice(add_up);
}

// Confirm, release and extend: the hold's id says which SKUs they go to.
void decoder::read_held() {
  constexpr std::size_t longest = limits::http_header_bytes_max;
  done_.hold = decode_hold_id(body_.text("hold", longest));
  done_.together = true;
  if (done_.op == operation::extend) done_.seconds = body_.integer("seconds", 1, hold_seconds_max);
  if (done_.op == operation::confirm && (body_.has("units") || body_.has("lines"))) return read_part();
  if (!done_.hold) {
    refused_ = problem{problem_code::unknown_hold, "This is not the id of a hold.", {}};
    return;
  }
  const auto expires_at = context_.now + std::chrono::seconds{done_.seconds};
  for (const auto target : done_.hold->skus) {
    const auto id = done_.hold->reservation(target);
    if (done_.op == operation::confirm) {
      add("", engine::confirm{id}, 0).target = target;
    } else if (done_.op == operation::extend) {
      add("", engine::extend{id, expires_at}, 0).target = target;
    } else {
      add("", engine::release{id}, 0).target = target;
    }
  }
}

// A hold is confirmed in part: of a SKU that is named the rest is given back, the others stay held.
void decoder::read_part() {
  if (body_.has("units")) {
    const auto units = body_.integer("units", 1, units_max);
    if (done_.hold && done_.hold->skus.size() > 1)
      body_.refuse("units", "The hold has several lines: name them.");
    auto& line = add("", engine::confirm{.units = units}, units);
    if (done_.hold) line.target = done_.hold->skus.front();
  } else {
    body_.each("lines", limits::lines_per_group_max, [&](members& from) {
      auto code = sku(from);
      const auto units = from.integer("units", 1, units_max);
      add(std::move(code), engine::confirm{.units = units}, units, from.pointer_to("sku"));
    });
    refuse_same_sku_twice(add_up);
  }
  if (!done_.hold) refused_ = problem{problem_code::unknown_hold, "This is not the id of a hold.", {}};
}

// Cumulative units per SKU; a hold of one line may say just how many.
void decoder::read_ship_hold() {
  done_.together = true;
  constexpr std::size_t longest = limits::http_header_bytes_max;
  done_.hold = decode_hold_id(body_.text("hold", longest));
  if (body_.has("shipped")) {
    const auto shipped = body_.integer("shipped", 1, units_max);
    if (done_.hold && done_.hold->skus.size() > 1)
      body_.refuse("shipped", "The hold has several lines: name them.");
    auto& line = add("", engine::ship{.shipped = shipped}, shipped);
    take_location(body_, line);
    if (done_.hold) line.target = done_.hold->skus.front();
  } else {
    body_.each("lines", limits::lines_per_group_max, [&](members& from) {
      auto code = sku(from);
      const auto shipped = from.integer("shipped", 1, units_max);
      take_location(from, add(std::move(code), engine::ship{.shipped = shipped}, shipped, from.pointer_to("sku")));
    });
    refuse_same_sku_twice(add_up);
  }
  if (!done_.hold) refused_ = problem{problem_code::unknown_hold, "This is not the id of a hold.", {}};
}

void decoder::read_order() {
  done_.order = body_.text("order", limits::reference_bytes_max);
  const auto mode = body_.text("mode", 16);
  done_.together = mode == "request";
  if (body_.has("mode") && mode != "request" && mode != "fact")
    body_.refuse("mode", "`request` or `fact` is expected.");
  const bool ships_when_sold = body_.optional_flag("ships_when_sold");
  const bool sells_ahead = body_.optional_flag("sells_ahead");
  done_.occurred_at = body_.optional_time("occurred_at").value_or(engine::time_point{});
  std::set<std::string, std::less<>> seen;
  body_.each("lines", limits::lines_per_group_max, [&](members& from) {
    auto code = sku(from);
    auto name = from.optional_text("line", limits::reference_bytes_max);
    if (name.empty()) name = code;
    const auto units = from.integer("units", 1, units_max);
    if (!seen.insert(name).second) from.refuse("line", "The line is named twice: give each its own `line`.");
    engine::record_line asked;
    asked.line = line_of(name);
    asked.ordered = units;
    asked.ships_when_sold = ships_when_sold;
    asked.sells_ahead = sells_ahead;
    asked.mode = done_.together ? engine::line_mode::request : engine::line_mode::fact;
    auto& line = add(std::move(code), std::move(asked), units, from.pointer_to("sku"));
    line.reference = fmt::format("{}/{}", done_.order, name);
    line.line = std::move(name);
    take_location(from, line);
  });
  if (done_.together) refuse_same_sku_twice(add_up);
}

// Cumulative cancelled or shipped units of lines. A lower value than before is old news and changes nothing.
void decoder::read_order_change() {
  done_.order = body_.text("order", limits::reference_bytes_max);
  const bool cancels = done_.op == operation::cancel;
  const auto mode = body_.optional_text("mode", 16);
  if (!mode.empty() && mode != "request" && mode != "fact")
    body_.refuse("mode", "`request` or `fact` is expected.");
  done_.together = mode != "fact";
  done_.occurred_at = body_.optional_time("occurred_at").value_or(engine::time_point{});
  const std::string_view member = cancels ? "cancelled" : "shipped";
  body_.each("lines", limits::lines_per_group_max, [&](members& from) {
    auto code = sku(from);
    auto name = from.optional_text("line", limits::reference_bytes_max);
    if (name.empty()) name = code;
    const auto units = from.integer(member, 1, units_max);
    engine::record_line asked;
    asked.line = line_of(name);
    asked.mode = done_.together ? engine::line_mode::request : engine::line_mode::fact;
    (cancels ? asked.cancelled : asked.shipped) = units;
    auto& line = add(std::move(code), std::move(asked), units, from.pointer_to("sku"));
    line.reference = fmt::format("{}/{}", done_.order, name);
    line.line = std::move(name);
    take_location(from, line);
  });
  if (done_.together)
    refuse_same_sku_twice("Ask for one line of a SKU at a time, or tell them with `mode: fact`.");
}

void decoder::read_return() {
  auto code = sku(body_);
  const auto units = body_.integer("units", 1, units_max);
  engine::take_return taken{.units = units, .note = note(body_)};
  done_.order = body_.optional_text("order", limits::reference_bytes_max);
  auto name = body_.optional_text("line", limits::reference_bytes_max);
  done_.occurred_at = body_.optional_time("occurred_at").value_or(engine::time_point{});
  if (name.empty()) name = code;
  if (!done_.order.empty()) taken.line = line_of(name);
  auto& line = add(std::move(code), std::move(taken), units);
  if (!done_.order.empty()) line.reference = fmt::format("{}/{}", done_.order, name);
  take_location(body_, line);
}

// A request is granted SKU by SKU: two lines of one SKU would be two answers to one question.
void decoder::refuse_same_sku_twice(std::string_view advice) {
  std::set<std::string_view> seen;
  for (const auto& line : done_.lines) {
    if (line.sku.empty() || seen.insert(line.sku).second) continue;
    if (!refused_) refused_ = problem{problem_code::duplicate_sku, std::string{advice}, {}};
    refused_->errors.push_back({line.pointer, "The SKU is named before."});
  }
}

std::string_view to_string(operation op) {
  return names[static_cast<std::size_t>(op)].name;
}

std::optional<operation> find_operation(std::string_view name) {
  const auto found = std::ranges::find(names, name, &operation_name::name);
  if (found == names.end()) return std::nullopt;
  return found->op;
}

decoded<movement> decode_movement(operation op, const boost::json::object& body,
                                  const movement_context& context) {
  return decoder{op, body, context}.run();
}

} // namespace lockstep::adapters::rest
