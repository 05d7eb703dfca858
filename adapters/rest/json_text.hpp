// Writes JSON straight into a text, in the order it is told: answers are small and many, and building a tree
// of each first would cost more than deciding it. Strings are escaped by Boost.JSON.
#pragma once

#include "engine/types.hpp"

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace lockstep::adapters::rest {

class json_text {
 public:
  explicit json_text(std::string& out) : out_(&out) {}

  void begin_object() { open('{'); }

  void begin_object(std::string_view name) { named(name), open('{'); }

  void end_object() { close('}'); }

  void begin_array(std::string_view name) { named(name), open('['); }

  void end_array() { close(']'); }

  void member(std::string_view name, std::int64_t number);
  void member(std::string_view name, std::string_view text);

  void member(std::string_view name, const char* text) { member(name, std::string_view{text}); }

  void member(std::string_view name, bool flag);
  void member(std::string_view name, engine::time_point time); // RFC 3339, microseconds, UTC
  void null_member(std::string_view name);
  // Any other integer.
  template <class Integer>

  requires(std::integral<Integer> && !std::same_as<Integer, bool> &&
           !std::same_as<Integer, std::int64_t>) void member(std::string_view name, Integer number) {
    member(name, static_cast<std::int64_t>(number));
  }

  // An element that is JSON already.
  void raw_element(std::string_view json);
  void raw_member(std::string_view name, std::string_view json);
  void element(std::string_view text);

 private:
  void separate();
  void named(std::string_view name);
  void open(char bracket);
  void close(char bracket);
  void quoted(std::string_view text);

  std::string* out_;
  bool first_ = true;
};

// "2026-11-23T13:46:00.000001Z".
[[nodiscard]] std::string rfc3339(engine::time_point time);

} // namespace lockstep::adapters::rest
