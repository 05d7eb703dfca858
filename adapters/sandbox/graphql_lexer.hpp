// Tokens of GraphQL (October 2021 edition, section 2): the same for documents and for schemas.
#pragma once

#include "engine/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::adapters::sandbox {

// Counted from 1, as GraphQL errors do.
struct position {
  int line = 1;
  int column = 1;
  friend bool operator==(const position&, const position&) = default;
};

enum class token_kind : std::uint8_t { end, punctuator, name, integer, floating, text };

struct token {
  token_kind kind = token_kind::end;
  std::string text; // of a text: without quotes, escapes resolved
  position at;
};

// The whole text as tokens, the last one `end`; comments and commas are left out. error_code::malformed with
// the place.
[[nodiscard]] engine::result<std::vector<token>> read_tokens(std::string_view text);

} // namespace lockstep::adapters::sandbox
