#include "engine/identifier.hpp"

#include "engine/limits.hpp"
#include "engine/text.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace lockstep::engine {
namespace {

constexpr std::size_t gtin_digits = 14;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

// Check digit for `body`, which is digits without their check digit.
char check_digit(std::string_view body) {
  int sum = 0;
  int weight = 3;
  for (auto digit = body.rbegin(); digit != body.rend(); ++digit) {
    sum += weight * (*digit - '0');
    weight = 4 - weight;
  }
  return static_cast<char>('0' + (10 - sum % 10) % 10);
}

std::string padded(std::string_view digits) {
  return std::string(gtin_digits - digits.size(), '0').append(digits);
}

std::string isbn13(std::string_view isbn10) {
  auto digits = std::string{"978"}.append(isbn10.substr(0, 9));
  digits += check_digit(digits);
  return digits;
}

std::string without_separators(std::string_view text) {
  std::string kept;
  std::ranges::copy_if(text, std::back_inserter(kept), [](char c) { return c != ' ' && c != '-'; });
  return kept;
}

error malformed(std::string_view text, std::string_view what) {
  return make_error(error_code::malformed, std::string{"'"}.append(text).append("' ").append(what));
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// U+0080 to U+009F, the second range of control characters: C2 80 to C2 9F in UTF-8.
bool has_late_control(std::string_view utf8) {
  for (auto at = utf8.find('\xc2'); at != std::string_view::npos; at = utf8.find('\xc2', at + 1)) {
    if (static_cast<unsigned char>(utf8[at + 1]) < 0xa0) return true;
  }
  return false;
}

} // namespace

bool has_check_digit(std::string_view digits) {
  return digits.size() >= 2 && is_digits(digits) &&
         check_digit(digits.substr(0, digits.size() - 1)) == digits.back();
}

// The sixth digit tells where the zeros were taken out.
std::optional<std::string> expand_upc_e(std::string_view digits) {
  if (digits.size() != 8 || !is_digits(digits) || digits[0] > '1') return std::nullopt;
  const auto body = digits.substr(1, 6);
  const auto last = body[5];
  std::string expanded{digits[0]};
  if (last <= '2') {
    expanded.append(body.substr(0, 2)).append(1, last).append("0000").append(body.substr(2, 3));
  } else if (last == '3') {
    expanded.append(body.substr(0, 3)).append("00000").append(body.substr(3, 2));
  } else if (last == '4') {
    expanded.append(body.substr(0, 4)).append("00000").append(body.substr(4, 1));
  } else {
    expanded.append(body.substr(0, 5)).append("0000").append(1, last);
  }
  expanded += digits[7];
  if (!has_check_digit(expanded)) return std::nullopt;
  return expanded;
}

bool is_isbn10(std::string_view text) {
  if (text.size() != 10 || !is_digits(text.substr(0, 9))) return false;
  if (!is_digit(text[9]) && text[9] != 'X') return false;
  int sum = text[9] == 'X' ? 10 : text[9] - '0';
  for (int i = 0; i < 9; ++i)
    sum += (10 - i) * (text[static_cast<std::size_t>(i)] - '0');
  return sum % 11 == 0;
}

result<std::string> normalize_gtin(std::string_view text, short_code either) {
  const auto digits = without_separators(text);
  if (digits.size() == 10) {
    if (is_isbn10(digits)) return padded(isbn13(digits));
    return malformed(text, "has ten characters but is no ISBN-10: its check character is wrong");
  }
  if (!is_digits(digits)) return malformed(text, "is no GTIN: it has other characters than digits");
  const auto size = digits.size();
  if (size != 8 && size != 11 && size != 12 && size != 13 && size != 14) {
    return malformed(text, "is no GTIN: it has " + std::to_string(size) + " digits, not 8, 12, 13 or 14");
  }
  const auto upc = expand_upc_e(digits);
  if (upc && either == short_code::upc_e) return padded(*upc);
  if (has_check_digit(digits)) return padded(digits);
  if (upc) return padded(*upc);
  return malformed(text, "is no GTIN: its check digit is wrong");
}

bool is_asin(std::string_view text) {
  return text.size() == 10 &&
         std::ranges::all_of(text, [](char c) { return is_digit(c) || (c >= 'A' && c <= 'Z'); });
}

result<void> check_sku_code(std::string_view code) {
  if (code.empty()) return make_error(error_code::malformed, "SKU code is empty");
  if (auto checked = check_text("SKU code", code, limits::sku_code_bytes_max); !checked) return checked;
  if (std::ranges::any_of(code, is_control) || has_late_control(code)) {
    return make_error(error_code::malformed, "SKU code contains a control character");
  }
  if (code.front() == ' ' || code.back() == ' ') {
    return make_error(error_code::malformed,
                      "SKU code '" + std::string{code} + "' begins or ends with a blank");
  }
  return {};
}

} // namespace lockstep::engine
