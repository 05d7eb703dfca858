// base64url of RFC 4648 section 5, without padding: ids and cursors that fit in a URL.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lockstep::adapters::rest {

[[nodiscard]] std::string encode_base64url(std::string_view bytes);
// Nothing for any other alphabet, impossible lengths and stray bits in the last character.
[[nodiscard]] std::optional<std::string> decode_base64url(std::string_view text);

} // namespace lockstep::adapters::rest
