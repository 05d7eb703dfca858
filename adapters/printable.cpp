#include "adapters/printable.hpp"

#include <fmt/format.h>

#include <cstddef>

namespace lockstep::adapters {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD"; // U+FFFD

bool within(unsigned char byte, unsigned low, unsigned high) {
  return byte >= low && byte <= high;
}

// Length of the well-formed character at the front (RFC 3629 section 4), 0 when there is none.
std::size_t character_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto tail = [&](std::size_t i) { return within(static_cast<unsigned char>(at(i)), 0x80, 0xBF); };
  const auto second = [&](unsigned low, unsigned high) {
    return within(static_cast<unsigned char>(at(1)), low, high);
  };
  const auto first = static_cast<unsigned char>(at(0));
  if (first < 0x80) return 1;
  if (within(first, 0xC2, 0xDF)) return tail(1) ? 2 : 0;
  if (within(first, 0xE0, 0xEF)) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF; // no surrogates
    return second(low, high) && tail(2) ? 3 : 0;
  }
  if (within(first, 0xF0, 0xF4)) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF; // up to U+10FFFF
    return second(low, high) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

// Code point of a well-formed character.
unsigned code_point(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first;
  unsigned point = first & (0x7FU >> character.size());
  for (const char next : character.substr(1))
    point = (point << 6) | (static_cast<unsigned char>(next) & 0x3FU);
  return point;
}

// C0, DEL and C1.
bool is_control(unsigned point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA0);
}

// Bidi_Control of the Unicode Character Database: what turns the reading direction of the text around it.
bool is_bidi_control(unsigned point) {
  return point == 0x061C || point == 0x200E || point == 0x200F || (point >= 0x202A && point <= 0x202E) ||
         (point >= 0x2066 && point <= 0x2069);
}

// Hands each character of `text` to `take`, malformed bytes as U+FFFD.
template <class Take>
void each_character(std::string_view text, Take take) {
  while (!text.empty()) {
    const auto length = character_length(text);
    take(length == 0 ? replacement : text.substr(0, length));
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

} // namespace

std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  each_character(text, [&](std::string_view character) { out += character; });
  return out;
}

std::string printable(std::string_view text, lines kept) {
  std::string out;
  out.reserve(text.size());
  each_character(text, [&](std::string_view character) {
    const auto point = code_point(character);
    if (kept == lines::multiple && (point == '\n' || point == '\t')) {
      out += character;
    } else if (is_control(point)) {
      out += fmt::format("\\x{:02x}", point);
    } else if (is_bidi_control(point)) {
      out += fmt::format("\\u{:04x}", point);
    } else {
      out += character;
    }
  });
  return out;
}

} // namespace lockstep::adapters
