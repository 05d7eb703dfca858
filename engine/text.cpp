#include "engine/text.hpp"

#include <cstdint>
#include <cstring>
#include <string>

namespace lockstep::engine {
namespace {

// True when eight bytes are ASCII and none is NUL.
bool is_plain_word(const char* bytes) {
  constexpr std::uint64_t high = 0x8080808080808080ULL;
  constexpr std::uint64_t ones = 0x0101010101010101ULL;
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return ((word | (word - ones)) & high) == 0;
}

// First code point and length of a multi-byte sequence by its lead byte; length 0: not a lead byte.
struct sequence {
  std::size_t length;
  std::uint32_t bits;
  std::uint32_t lowest;
};

sequence sequence_of(unsigned char lead) {
  if ((lead & 0xe0) == 0xc0) return {2, lead & 0x1fU, 0x80};
  if ((lead & 0xf0) == 0xe0) return {3, lead & 0x0fU, 0x800};
  if ((lead & 0xf8) == 0xf0) return {4, lead & 0x07U, 0x10000};
  return {0, 0, 0};
}

// Length of the valid multi-byte character at the start of `text`; 0: malformed.
std::size_t character_length(std::string_view text) {
  const auto [length, bits, lowest] = sequence_of(static_cast<unsigned char>(text.front()));
  if (length == 0 || length > text.size()) return 0;
  auto point = bits;
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80) return 0;
    point = (point << 6) | (next & 0x3fU);
  }
  const bool surrogate = point >= 0xd800 && point <= 0xdfff;
  return point < lowest || point > 0x10ffff || surrogate ? 0 : length;
}

} // namespace

bool is_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    if (text.size() >= 8 && is_plain_word(text.data())) {
      text.remove_prefix(8);
    } else if (text.front() == '\0') {
      return false;
    } else if (static_cast<unsigned char>(text.front()) < 0x80) {
      text.remove_prefix(1);
    } else if (const auto length = character_length(text); length > 0) {
      text.remove_prefix(length);
    } else {
      return false;
    }
  }
  return true;
}

bool is_valid_text(std::string_view text, std::size_t bytes_max) {
  return text.size() <= bytes_max && is_valid_utf8(text);
}

result<void> check_text(std::string_view field, std::string_view text, std::size_t bytes_max) {
  if (text.size() > bytes_max) {
    return make_error(error_code::malformed, std::string{field} + " is longer than " +
                                                 std::to_string(bytes_max) + " bytes: shorten it");
  }
  if (!is_valid_utf8(text)) {
    return make_error(error_code::malformed, std::string{field} + " is not valid UTF-8 without NUL");
  }
  return {};
}

} // namespace lockstep::engine
