// The signature that marketplaces and receivers of webhooks check.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lockstep::adapters {

// Characters of a signature: base64 of 32 bytes, padded.
inline constexpr std::size_t signature_characters = 44;

// HMAC-SHA256 (RFC 2104) of `content` under `secret`, in base64. Any thread.
[[nodiscard]] std::string sign(std::string_view secret, std::string_view content);

// The key in a secret of https://www.standardwebhooks.com: "whsec_" and 24 to 64 bytes in base64. Nothing
// when it is none.
[[nodiscard]] std::optional<std::string> webhook_key(std::string_view secret);

} // namespace lockstep::adapters
