#include "adapters/rest/movement.hpp"

#include "adapters/rest/members.hpp"
#include "engine/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <utility>

namespace lockstep::adapters::rest {

namespace {

using engine::quantity;

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
};

constexpr auto units_max = limits::units_per_movement_max;
constexpr auto hold_seconds_max =
    std::chrono::duration_cast<std::chrono::seconds>(limits::hold_duration_max).count();

constexpr std::string_view add_up = "Add the units of one SKU up into one line.";

// Decodes one body. Each operation is a function that names its members in order.
class decoder {
 public:
  decoder(operation op, const boost::json::object& body, const movement_context& context)
      : context_(context), body_(body, "", reading_) {
    done_.op = op;
  }

  decoded<movement> run() {
    reading_.content.add(to_string(done_.op));
    read();
    body_.finish();
    if (auto wrong = reading_.failure()) return *std::move(wrong);
    if (refused_) return *std::move(refused_);
    done_.content = reading_.content.value();
    return std::move(done_);
  }

 private:
  void read();
  void read_hold();
  void read_held();
  void read_ship_hold();
  void read_order();
  void read_order_change();
  void read_return();
  void refuse_same_sku_twice(std::string_view advice);

  std::string sku(members& from) { return from.text("sku", limits::sku_code_bytes_max); }

  std::string note(members& from) { return from.optional_text("note", limits::note_bytes_max); }

  movement_line& add(std::string code, engine::command_body body, quantity units, std::string pointer = "") {
    movement_line line;
    line.sku = std::move(code);
    line.units = units;
    line.pointer = std::move(pointer);
    line.body = std::move(body);
    return done_.lines.emplace_back(std::move(line));
  }

  // Single-SKU movements: the document or ticket they belong to is the caller's own text.
  void add_simple(std::string code, engine::command_body body, quantity units) {
    const auto reference = body_.optional_text("reference", limits::reference_bytes_max);
    add(std::move(code), std::move(body), units).reference = reference;
  }

  engine::uuid line_of(std::string_view line) const {
    return engine::line_key(context_.account, done_.order, line);
  }

  const movement_context& context_;
  reading reading_;
  members body_;
  movement done_;
  std::optional<problem> refused_;
};

void decoder::read() {
  switch (done_.op) {
  case operation::receipt: {
    auto code = sku(body_);
    const auto units = body_.integer("units", 1, units_max);
    return add_simple(std::move(code), engine::receive{.units = units, .note = note(body_)}, units);
  }
  case operation::adjustment: {
    auto code = sku(body_);
    const auto change = body_.integer("change", -units_max, units_max);
    if (change == 0 && body_.has("change")) body_.refuse("change", "Zero changes nothing.");
    auto reason = body_.text("reason", limits::note_bytes_max);
    return add_simple(std::move(code), engine::adjust{.change = change, .reason = std::move(reason)}, change);
  }
  case operation::count: {
    auto code = sku(body_);
    const auto counted = body_.integer("counted", 0, units_max);
    return add_simple(std::move(code), engine::count{.counted = counted, .note = note(body_)}, counted);
  }
  case operation::safety: {
    auto code = sku(body_);
    const auto units = body_.optional_integer("units", 0, units_max);
    const auto percent = body_.optional_integer("percent", 0, 100);
    if (units.has_value() == percent.has_value())
      body_.refuse("units", "Exactly one of units and percent is expected.");
    using kind = engine::safety_rule::kind;
    const engine::safety_rule rule{percent ? kind::percent : kind::units,
                                   percent.value_or(units.value_or(0))};
    return add_simple(std::move(code), engine::set_safety{rule}, 0);
  }
  case operation::inspection: {
    auto code = sku(body_);
    const auto sellable = body_.optional_integer("sellable", 0, units_max).value_or(0);
    const auto damaged = body_.optional_integer("damaged", 0, units_max).value_or(0);
    if (sellable + damaged == 0) body_.refuse("sellable", "At least one unit was inspected.");
    engine::inspect_return inspected{.sellable = sellable, .damaged = damaged, .note = note(body_)};
    return add_simple(std::move(code), std::move(inspected), sellable + damaged);
  }
  case operation::resolve: {
    auto code = sku(body_);
    const auto number = body_.integer("incident", 1, std::numeric_limits<std::int64_t>::max());
    auto how = body_.text("note", limits::note_bytes_max);
    return add_simple(std::move(code), engine::resolve_incident{.incident = number, .note = std::move(how)},
                      0);
  }
  case operation::hold: return read_hold();
  case operation::confirm:
  case operation::release: return read_held();
  case operation::ship_hold: return read_ship_hold();
  case operation::order: return read_order();
  case operation::cancel:
  case operation::ship: return read_order_change();
  case operation::take_return: return read_return();
  }
}

void decoder::read_hold() {
  done_.together = true;
  done_.seconds = body_.integer("seconds", 1, hold_seconds_max);
  const auto expires_at = context_.now + std::chrono::seconds{done_.seconds};
  const auto reference = body_.optional_text("reference", limits::reference_bytes_max);
  const auto read_line = [&](members& from) {
    auto code = sku(from);
    const auto units = from.integer("units", 1, units_max);
    engine::hold asked{.units = units, .expires_at = expires_at};
    add(std::move(code), std::move(asked), units, from.pointer_to("sku")).reference = reference;
  };
  if (body_.has("lines")) {
    body_.each("lines", limits::lines_per_group_max, read_line);
  } else {
    read_line(body_); // one line needs no list
  }
  refuse_same_sku_twice(add_up);
}

// Confirm and release: the hold's id says which SKUs they go to.
void decoder::read_held() {
  constexpr std::size_t longest = limits::http_header_bytes_max;
  done_.hold = decode_hold_id(body_.text("hold", longest));
  done_.together = true;
  if (!done_.hold) {
    refused_ = problem{problem_code::unknown_hold, "This is not the id of a hold.", {}};
    return;
  }
  for (const auto target : done_.hold->skus) {
    const auto id = done_.hold->reservation(target);
    if (done_.op == operation::confirm) {
      add("", engine::confirm{id}, 0).target = target;
    } else {
      add("", engine::release{id}, 0).target = target;
    }
  }
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
    if (done_.hold) line.target = done_.hold->skus.front();
  } else {
    body_.each("lines", limits::lines_per_group_max, [&](members& from) {
      auto code = sku(from);
      const auto shipped = from.integer("shipped", 1, units_max);
      add(std::move(code), engine::ship{.shipped = shipped}, shipped, from.pointer_to("sku"));
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
    asked.mode = done_.together ? engine::line_mode::request : engine::line_mode::fact;
    auto& line = add(std::move(code), std::move(asked), units, from.pointer_to("sku"));
    line.reference = fmt::format("{}/{}", done_.order, name);
    line.line = std::move(name);
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

} // namespace

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
