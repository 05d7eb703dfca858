// Product identifiers as people and spreadsheets write them, turned into the one form that is compared.
// GTIN rules are GS1's: from the right, without the check digit, weights 3, 1, 3, 1, ...; check = (10 - sum
// mod 10) mod
// 10. A GTIN-14 whose first digit is 1 or more is a case of the item: another trade item, never equal to it.
#pragma once

#include "engine/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep::engine {

// True for digits only whose last one is the GS1 check digit of the others.
[[nodiscard]] bool has_check_digit(std::string_view digits);

// UPC-A (12 digits) of a UPC-E (8 digits, number system 0 or 1); nothing when it is none or its check digit
// is wrong.
[[nodiscard]] std::optional<std::string> expand_upc_e(std::string_view digits);

// True for nine digits and a check character (digit or X), weights 10 to 1, sum divisible by 11. No hyphens.
[[nodiscard]] bool is_isbn10(std::string_view text);

// What eight digits are whose check digit is right both as a GTIN-8 and as a UPC-E.
enum class short_code : std::uint8_t { gtin_8, upc_e };

// The 14 digits by which GTINs are compared. Takes GTIN-8, -12 (UPC-A), -13 (EAN, ISBN-13) and -14, UPC-E,
// ISBN-10, and eleven digits whose leading zero a spreadsheet dropped; blanks and hyphens are skipped.
// error_code::malformed says what is wrong.
[[nodiscard]] result<std::string> normalize_gtin(std::string_view text, short_code either = short_code::gtin_8);

// Shape of an Amazon identifier: ten of A-Z and 0-9. It has no check digit of its own.
[[nodiscard]] bool is_asin(std::string_view text);

// A seller's SKU: 1 to limits::sku_code_bytes_max bytes of UTF-8, no control characters, no blank at either
// end. error_code::malformed says what is wrong.
[[nodiscard]] result<void> check_sku_code(std::string_view code);

} // namespace lockstep::engine
