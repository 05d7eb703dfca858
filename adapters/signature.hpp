// The signature that marketplaces and receivers of webhooks check.
#pragma once

#include <string>
#include <string_view>

namespace lockstep::adapters {

// Characters of a signature: base64 of 32 bytes, padded.
inline constexpr std::size_t signature_characters = 44;

// HMAC-SHA256 (RFC 2104) of `content` under `secret`, in base64. Any thread.
[[nodiscard]] std::string sign(std::string_view secret, std::string_view content);

} // namespace lockstep::adapters
