// Tokens of API callers: random text that is shown once, and the hash that is kept.
#pragma once

#include <string>
#include <string_view>

namespace lockstep::app {

// 256 random bits as 43 characters of base64url (RFC 4648) after `ls_`, by which leaked tokens are found.
// Throws when the machine has no randomness to give.
[[nodiscard]] std::string make_token();

// SHA-256 as 64 lower-case hexadecimal digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

} // namespace lockstep::app
