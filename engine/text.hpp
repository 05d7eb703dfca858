// Texts as they may enter the engine: what a store could refuse later is refused at the edge.
#pragma once

#include "engine/error.hpp"

#include <cstddef>
#include <string_view>

namespace lockstep::engine {

// Well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF) without NUL. Pure
// ASCII is checked eight bytes at a time.
[[nodiscard]] bool is_valid_utf8(std::string_view text);

// is_valid_utf8() and at most `bytes_max` bytes.
[[nodiscard]] bool is_valid_text(std::string_view text, std::size_t bytes_max);

// The same, with a sentence for the caller: error_code::malformed naming `field` and what is wrong with it.
[[nodiscard]] result<void> check_text(std::string_view field, std::string_view text, std::size_t bytes_max);

} // namespace lockstep::engine
