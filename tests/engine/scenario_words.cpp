#include "tests/engine/scenario_words.hpp"

#include <charconv>
#include <functional>
#include <map>
#include <sstream>
#include <utility>

namespace lockstep::test {
namespace {

scenario_error wrong(std::string_view word, std::string_view what) {
  return scenario_error{std::string{"'"}.append(word).append("' ").append(what)};
}

template <class Number>
Number parse_number(std::string_view text, std::string_view whole) {
  Number value = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size()) {
    throw wrong(whole, "is no number");
  }
  return value;
}

location_id take_location(scenario_words& words) {
  if (!words.take("at")) return main_location;
  return words.take("any") ? anywhere : static_cast<location_id>(words.number());
}

// Ids are not told before: nil.
uuid take_id(scenario_words& words, std::string_view after) {
  return words.take(after) ? named(words.text()) : uuid{};
}

time_point take_observed(scenario_words& words, time_point now) {
  return words.take("observed") ? now + words.time() : time_point{};
}

std::string take_reason(scenario_words& words) {
  return words.take("because") ? words.rest() : std::string{};
}

command_body parse_receive(scenario_words& words, time_point) {
  receive body;
  body.units = words.number();
  body.supply = take_id(words, "with");
  body.completes = words.take("completes");
  body.location = take_location(words);
  body.note = take_reason(words);
  return body;
}

command_body parse_adjust(scenario_words& words, time_point now) {
  adjust body;
  body.change = words.number();
  body.location = take_location(words);
  body.observed_at = take_observed(words, now);
  body.reason = take_reason(words);
  return body;
}

command_body parse_count(scenario_words& words, time_point now) {
  engine::count body;
  body.counted = words.number();
  body.location = take_location(words);
  body.observed_at = take_observed(words, now);
  return body;
}

command_body parse_count_available(scenario_words& words, time_point now) {
  count_available body;
  body.available = words.number();
  body.location = take_location(words);
  body.observed_at = take_observed(words, now);
  return body;
}

command_body parse_safety(scenario_words& words, time_point) {
  auto text = words.text();
  safety_rule rule;
  if (text == "dynamic") {
    return set_safety{{safety_rule::kind::dynamic, 0}};
  } else if (text.ends_with('%')) {
    rule.mode = safety_rule::kind::percent;
    text.pop_back();
  }
  rule.value = parse_number<quantity>(text, text);
  return set_safety{rule};
}

command_body parse_hold(scenario_words& words, time_point now) {
  hold body;
  body.reservation = named(words.text());
  body.units = words.number();
  body.expires_at = now + 15min;
  if (words.take("expires")) body.expires_at = now + words.time();
  body.sells_ahead = words.take("ahead");
  body.location = take_location(words);
  return body;
}

command_body parse_extend(scenario_words& words, time_point now) {
  extend body;
  body.reservation = named(words.text());
  body.expires_at = now + words.time();
  return body;
}

command_body parse_confirm(scenario_words& words, time_point) {
  confirm body;
  body.reservation = named(words.text());
  if (!words.empty() && words.peek() != "key") body.units = words.number();
  return body;
}

command_body parse_ship(scenario_words& words, time_point) {
  ship body;
  body.reservation = named(words.text());
  body.shipped = words.number();
  if (words.peek() == "at") body.location = take_location(words);
  return body;
}

command_body parse_allocate(scenario_words& words, time_point) {
  allocate body;
  body.reservation = named(words.text());
  body.units = words.number();
  if (words.take("from")) body.from = static_cast<location_id>(words.number());
  if (words.take("to")) body.to = static_cast<location_id>(words.number());
  return body;
}

command_body parse_send(scenario_words& words, time_point) {
  send_transfer body;
  body.transfer = named(words.text());
  body.units = words.number();
  if (words.take("from")) body.from = static_cast<location_id>(words.number());
  if (words.take("to")) body.to = static_cast<location_id>(words.number());
  if (words.take("fact")) body.mode = line_mode::fact;
  return body;
}

command_body parse_arrive(scenario_words& words, time_point) {
  receive_transfer body;
  body.transfer = named(words.text());
  body.units = words.number();
  body.completes = words.take("completes");
  return body;
}

command_body parse_expect(scenario_words& words, time_point now) {
  expect_supply body;
  body.supply = named(words.text());
  body.units = words.number();
  body.due = now + (words.take("due") ? words.time() : duration{24h});
  body.location = take_location(words);
  return body;
}

command_body parse_announce(scenario_words& words, time_point) {
  announce_return body;
  body.units = words.number();
  body.line = take_id(words, "of");
  body.location = take_location(words);
  return body;
}

command_body parse_fence(scenario_words& words, time_point) {
  fence body;
  body.account = static_cast<account_id>(words.number());
  body.units = words.number();
  return body;
}

command_body parse_line(scenario_words& words, time_point) {
  record_line body;
  body.line = named(words.text());
  for (;;) {
    if (words.take("request")) {
      body.mode = line_mode::request;
    } else if (words.take("ordered")) {
      body.ordered = words.number();
    } else if (words.take("cancelled")) {
      body.cancelled = words.number();
    } else if (words.take("shipped")) {
      body.shipped = words.number();
    } else if (words.take("cancels")) {
      body.cancelled_now = words.number();
    } else if (words.take("ahead")) {
      body.sells_ahead = true;
    } else if (words.take("found_open")) {
      body.found_open = true;
    } else if (words.take("ships_when_sold")) {
      body.ships_when_sold = true;
    } else {
      body.location = take_location(words);
      return body;
    }
  }
}

command_body parse_return(scenario_words& words, time_point) {
  take_return body;
  body.units = words.number();
  body.line = take_id(words, "of");
  body.announced = take_id(words, "in");
  body.location = take_location(words);
  return body;
}

command_body parse_inspect(scenario_words& words, time_point) {
  inspect_return body;
  if (words.take("sellable")) body.sellable = words.number();
  if (words.take("damaged")) body.damaged = words.number();
  body.announced = take_id(words, "in");
  body.location = take_location(words);
  return body;
}

command_body parse_resolve(scenario_words& words, time_point) {
  resolve_incident body;
  body.incident = words.number();
  body.note = take_reason(words);
  return body;
}

using body_parser = std::function<command_body(scenario_words&, time_point)>;

const std::map<std::string, body_parser, std::less<>>& body_parsers() {
  static const std::map<std::string, body_parser, std::less<>> parsers{
      {"receive", parse_receive},
      {"adjust", parse_adjust},
      {"count", parse_count},
      {"safety", parse_safety},
      {"hold", parse_hold},
      {"count_available", parse_count_available},
      {"follow", [](auto& words, auto) { return follow_velocity{words.number()}; }},
      {"fence", parse_fence},
      {"extend", parse_extend},
      {"confirm", parse_confirm},
      {"allocate", parse_allocate},
      {"send", parse_send},
      {"arrive", parse_arrive},
      {"recall", [](auto& words, auto) { return cancel_transfer{named(words.text()), {}}; }},
      {"expect", parse_expect},
      {"unexpect", [](auto& words, auto) { return cancel_supply{named(words.text()), {}}; }},
      {"announce", parse_announce},
      {"close", [](auto& words, auto) { return close_return{named(words.text()), {}}; }},
      {"release", [](auto& words, auto) { return release{named(words.text())}; }},
      {"ship", parse_ship},
      {"line", parse_line},
      {"return", parse_return},
      {"inspect", parse_inspect},
      {"resolve", parse_resolve},
      {"expire", [](auto&, auto) { return expire_holds{}; }},
      {"read", [](auto&, auto) { return read_stock{}; }},
  };
  return parsers;
}

} // namespace

scenario_words::scenario_words(std::string_view text) {
  std::istringstream in{std::string{text}};
  for (std::string word; in >> word;)
    words_.push_back(std::move(word));
}

bool scenario_words::take(std::string_view word) {
  if (empty() || words_[next_] != word) return false;
  ++next_;
  return true;
}

std::string scenario_words::text() {
  if (empty()) throw scenario_error("the line ends too early");
  return words_[next_++];
}

quantity scenario_words::number() {
  const auto word = text();
  return parse_number<quantity>(word, word);
}

duration scenario_words::time() {
  const auto word = text();
  const auto digits = word.find_last_of("0123456789");
  if (digits == std::string::npos) throw wrong(word, "is no time");
  const auto count = parse_number<std::int64_t>(std::string_view{word}.substr(0, digits + 1), word);
  const auto unit = word.substr(digits + 1);
  if (unit == "us") return duration{count};
  if (unit == "ms") return std::chrono::milliseconds{count};
  if (unit == "s") return std::chrono::seconds{count};
  if (unit == "m") return std::chrono::minutes{count};
  if (unit == "h") return std::chrono::hours{count};
  if (unit == "d") return std::chrono::days{count};
  throw wrong(word, "has no unit of time: us, ms, s, m, h, d");
}

std::string scenario_words::rest() {
  std::string joined;
  while (!empty())
    joined.append(joined.empty() ? "" : " ").append(text());
  return joined;
}

command parse_command(scenario_words& words, time_point now) {
  const auto verb = words.text();
  const auto parser = body_parsers().find(verb);
  if (parser == body_parsers().end()) throw wrong(verb, "is no command and no figure");
  auto made = make_command(parser->second(words, now));
  if (words.take("occurred")) made.occurred_at = now + words.time();
  if (words.take("by")) made.account = static_cast<account_id>(words.number());
  if (words.take("key")) made.key = named("key " + words.text());
  if (words.take("as")) made.key = named(words.text());
  if (!words.empty()) throw wrong(words.text(), "is not understood here");
  return made;
}

} // namespace lockstep::test
