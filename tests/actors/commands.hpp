// Commands as tests say them.
#pragma once

#include "engine/command.hpp"
#include "engine/key.hpp"

#include <fmt/format.h>

#include <string>

namespace lockstep::tests {

inline constexpr engine::account_id api{1};
inline constexpr engine::account_id shop{2};

// "h7": names that differ.
template <class Number>
std::string numbered(const char* name, Number number) {
  return fmt::format("{}{}", name, number);
}

inline engine::uuid key_of(const std::string& text) {
  return engine::request_key("test", text);
}

template <class Body>
engine::command keyed(const std::string& key, std::uint64_t content, Body body,
                      engine::account_id account = api) {
  engine::command out;
  if (!key.empty()) out.key = key_of(key);
  out.content = content;
  out.account = account;
  out.body = std::move(body);
  return out;
}

inline engine::command receive(const std::string& key, engine::quantity units) {
  return keyed(key, static_cast<std::uint64_t>(units), engine::receive{engine::main_location, units, {}});
}

// The reservation's id is the key.
inline engine::command hold(const std::string& key, engine::quantity units, engine::time_point until) {
  return keyed(key, static_cast<std::uint64_t>(units),
               engine::hold{key_of(key), engine::main_location, units, until});
}

inline engine::command confirm(const std::string& key, const std::string& reservation) {
  return keyed(key, 1, engine::confirm{key_of(reservation)});
}

inline engine::command release(const std::string& key, const std::string& reservation) {
  return keyed(key, 1, engine::release{key_of(reservation)});
}

inline engine::command ship(const std::string& key, const std::string& reservation,
                            engine::quantity shipped) {
  return keyed(key, static_cast<std::uint64_t>(shipped), engine::ship{key_of(reservation), shipped});
}

// What a marketplace tells of an order line.
inline engine::command sale(const std::string& order, engine::quantity ordered) {
  engine::record_line line;
  line.line = engine::line_key(shop, order, "1");
  line.mode = engine::line_mode::fact;
  line.ordered = ordered;
  return keyed("", 0, line, shop);
}

inline engine::command cancel_of_sale(const std::string& order, engine::quantity cancelled) {
  engine::record_line line;
  line.line = engine::line_key(shop, order, "1");
  line.cancelled = cancelled;
  return keyed("", 0, line, shop);
}

// A line that our own API asks for.
inline engine::command order(const std::string& key, const std::string& order_id, engine::quantity ordered) {
  engine::record_line line;
  line.line = engine::line_key(api, order_id, key);
  line.mode = engine::line_mode::request;
  line.ordered = ordered;
  return keyed(key, static_cast<std::uint64_t>(ordered), line);
}

inline engine::command read_stock(bool detail = false) {
  return keyed("", 0, engine::read_stock{detail});
}

} // namespace lockstep::tests
