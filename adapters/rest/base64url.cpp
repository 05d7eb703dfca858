#include "adapters/rest/base64url.hpp"

#include <cstdint>

namespace lockstep::adapters::rest {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

} // namespace

std::string encode_base64url(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  int have = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<std::uint8_t>(c);
    for (have += 8; have >= 6;) {
      have -= 6;
      text += alphabet[(bits >> have) & 63];
    }
  }
  if (have > 0) text += alphabet[(bits << (6 - have)) & 63];
  return text;
}

std::optional<std::string> decode_base64url(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int have = 0;
  for (const char c : text) {
    const auto value = alphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    have += 6;
    if (have >= 8) {
      have -= 8;
      bytes += static_cast<char>((bits >> have) & 255);
    }
  }
  const bool stray = have == 6 || (bits & ((1U << have) - 1)) != 0;
  if (stray) return std::nullopt;
  return bytes;
}

} // namespace lockstep::adapters::rest
