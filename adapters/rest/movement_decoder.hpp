// Decodes the body of one movement. Part of movement.cpp and movement_matters.cpp.
#pragma once

#include "adapters/rest/members.hpp"
#include "adapters/rest/movement.hpp"
#include "engine/limits.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace lockstep::adapters::rest {

using engine::quantity;

inline constexpr auto units_max = limits::units_per_movement_max;
inline constexpr auto hold_seconds_max =
    std::chrono::duration_cast<std::chrono::seconds>(limits::hold_duration_max).count();

inline constexpr std::string_view add_up = "Add the units of one SKU up into one line.";

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
  void read_single(); // movements of one SKU
  void read_matter(); // transfers, supplies, announced returns
  void read_hold();
  void read_held();
  void read_part();
  void read_allocation();
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

  // The codes are bound to locations by whoever knows them.
  void take_location(members& from, movement_line& into) {
    into.location = from.optional_text("location", limits::sku_code_bytes_max);
  }

  engine::time_point observed() { return body_.optional_time("observed_at").value_or(engine::time_point{}); }

  void about(std::string_view kind) {
    done_.about = matter{kind, body_.text(kind, limits::reference_bytes_max)};
  }

  // Single-SKU movements: the document or ticket they belong to is the caller's own text.
  movement_line& add_simple(std::string code, engine::command_body body, quantity units) {
    const auto reference = body_.optional_text("reference", limits::reference_bytes_max);
    auto& line = add(std::move(code), std::move(body), units);
    line.reference = reference;
    return line;
  }

  void add_located(std::string code, engine::command_body body, quantity units) {
    take_location(body_, add_simple(std::move(code), std::move(body), units));
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

} // namespace lockstep::adapters::rest
