// One SKU on the console: where its units are, who waits for them, what is on its way, what is wrong.
#include "actors/console_text.hpp"
#include "actors/console_view.hpp"

#include <boost/uuid/uuid_io.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>
#include <vector>

namespace lockstep::actors {

namespace {

constexpr auto to_the_right = text_table::align::right;

std::string_view state_text(engine::reservation::kind state) {
  switch (state) {
  case engine::reservation::kind::hold: return "hold";
  case engine::reservation::kind::confirmed_hold: return "confirmed";
  case engine::reservation::kind::order_line: return "order line";
  }
  return "?";
}

std::string safety_text(const engine::safety_rule& rule) {
  switch (rule.mode) {
  case engine::safety_rule::kind::percent: return fmt::format("{} %", rule.value);
  case engine::safety_rule::kind::dynamic: return fmt::format("dynamic, now {}", with_commas(rule.value));
  case engine::safety_rule::kind::units: break;
  }
  return with_commas(rule.value);
}

// A table of its own with an empty line before it; nothing without rows.
template <class Rows, class Cells>
std::string section(const Rows& rows, std::vector<text_table::column> columns, Cells cells) {
  if (rows.empty()) return {};
  text_table table{std::move(columns)};
  const auto shown = std::min(rows.size(), inner_rows_max);
  for (const auto& each : std::span{rows}.first(shown))
    table.add(cells(each));
  return fmt::format("\n{}{}", table.str(), more_text(rows.size(), shown));
}

std::string locations_text(const engine::sku_state& state, const console_names& names) {
  return section(state.stock, {{"LOCATION"}, {"ON HAND", to_the_right}, {"RESERVED", to_the_right}},
                 [&](const engine::stock_at& at) -> std::vector<std::string> {
                   return {names.location_code(at.location), number(at.on_hand), number(at.reserved)};
                 });
}

using promise = std::pair<engine::uuid, engine::reservation>;

// The newest first.
std::string reservations_text(const engine::sku_state& state, const console_names& names) {
  std::vector<promise> open;
  for (const auto& each : state.reservations)
    if (each.second.open() > 0) open.emplace_back(each);
  const auto top = open.begin() + static_cast<std::ptrdiff_t>(std::min(open.size(), inner_rows_max));
  std::partial_sort(open.begin(), top, open.end(),
                    [](const promise& a, const promise& b) { return a.second.opened > b.second.opened; });
  return section(open, {{"RESERVATION"}, {"KIND"}, {"FOR"}, {"OPEN", to_the_right}, {"EXPIRES"}},
                 [&](const promise& each) -> std::vector<std::string> {
                   const auto& [id, kept] = each;
                   const bool expires = kept.state == engine::reservation::kind::hold;
                   return {to_string(id), std::string{state_text(kept.state)},
                           account_text(kept.account, names), number(kept.open()),
                           expires ? text_of(kept.expires_at) : "-"};
                 });
}

std::string transfers_text(const engine::sku_state& state, const console_names& names) {
  return section(state.transfers, {{"TRANSFER"}, {"FROM"}, {"TO"}, {"ON ITS WAY", to_the_right}},
                 [&](const engine::transfer& each) -> std::vector<std::string> {
                   return {to_string(each.id), names.location_code(each.from), names.location_code(each.to),
                           number(each.open)};
                 });
}

std::string supplies_text(const engine::sku_state& state, const console_names& names) {
  return section(state.supplies,
                 {{"SUPPLY"}, {"TO"}, {"EXPECTED", to_the_right}, {"ARRIVED", to_the_right}, {"DUE"}},
                 [&](const engine::supply& each) -> std::vector<std::string> {
                   return {to_string(each.id), names.location_code(each.location), number(each.expected),
                           number(each.arrived), text_of(each.due) + (each.late ? ", late" : "")};
                 });
}

std::string returns_text(const engine::sku_state& state, const console_names& names) {
  return section(state.returns,
                 {{"RETURN"},
                  {"TO"},
                  {"ANNOUNCED", to_the_right},
                  {"ARRIVED", to_the_right},
                  {"INSPECTED", to_the_right}},
                 [&](const engine::return_case& each) -> std::vector<std::string> {
                   return {to_string(each.id), names.location_code(each.location), number(each.announced),
                           number(each.arrived), number(each.inspected)};
                 });
}

std::string fences_text(const engine::sku_state& state, const console_names& names) {
  return section(state.fences, {{"FENCED FOR"}, {"UNITS", to_the_right}, {"LEFT", to_the_right}},
                 [&](const engine::fenced_units& each) -> std::vector<std::string> {
                   return {account_text(each.account, names), number(each.units), number(each.left())};
                 });
}

std::string unserved_text(const engine::sku_state& state, const console_names& names) {
  return section(
      engine::unserved_promises(state), {{"WAITS FOR STOCK"}, {"FOR"}, {"MISSING", to_the_right}},
      [&](const engine::unserved& each) -> std::vector<std::string> {
        const auto& kept = state.reservations.at(each.reservation);
        return {to_string(each.reservation), account_text(kept.account, names), number(each.units)};
      });
}

std::string incidents_text(const engine::sku_state& state) {
  return section(
      state.incidents,
      {{"INCIDENT", to_the_right}, {"CAUSE"}, {"UNITS", to_the_right}, {"SINCE"}, {"LINE OR SUPPLY"}},
      [](const engine::incident& each) -> std::vector<std::string> {
        return {number(each.opened), std::string{cause_text(each.cause)}, number(each.units),
                text_of(each.since), to_string(each.line)};
      });
}

} // namespace

std::string_view cause_text(engine::incident::kind cause) {
  switch (cause) {
  case engine::incident::kind::oversold: return "oversold";
  case engine::incident::kind::supply_short: return "supply short";
  case engine::incident::kind::supply_cancelled: return "supply cancelled";
  case engine::incident::kind::supply_late: return "supply late";
  case engine::incident::kind::below_zero: return "below zero";
  }
  return "?";
}

std::string stock_view(std::string_view code, const answer& given, const console_names& names) {
  const auto& now = given.figures;
  auto out = text_pairs({
      {"sku", std::string{code}},
      {"version", with_commas(now.version)},
      {"available", now.has_number ? number(now.available) : "no number yet: never counted or received"},
      {"total", number(now.total)},
      {"on hand", number(now.on_hand)},
      {"in transit", number(now.in_transit)},
      {"reserved", number(now.reserved)},
      {"safety", number(now.safety)},
      {"inspecting", number(now.inspecting)},
      {"incoming", number(now.incoming)},
      {"oversold", number(now.oversold)},
  });
  if (given.detail == nullptr) return out;
  const auto& state = *given.detail;
  out += text_pairs({{"safety rule", safety_text(state.safety)}, {"last fact", text_of(state.last_at)}});
  for (const auto& part :
       {locations_text(state, names), reservations_text(state, names), unserved_text(state, names),
        transfers_text(state, names), supplies_text(state, names), returns_text(state, names),
        fences_text(state, names), incidents_text(state)})
    out += part;
  return out;
}

std::string bundle_view(const engine::bundle& of, const console_names& names) {
  text_table table{{{"TAKES"}, {"UNITS", to_the_right}, {"IS"}}};
  for (const auto& each : of.components)
    if (!std::ranges::binary_search(of.leaves, each.sku, {}, &engine::component::sku))
      table.add({code_text(each.sku, names), number(each.per), "a bundle"});
  for (const auto& each : of.leaves)
    table.add({code_text(each.sku, names), number(each.per), "in stock"});
  return fmt::format("\na bundle, revision {}\n{}", of.revision, table.str());
}

} // namespace lockstep::actors
