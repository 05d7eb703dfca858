#include "adapters/signature.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

namespace lockstep::adapters {

std::string sign(std::string_view secret, std::string_view content) {
  std::array<unsigned char, 32> digest{};
  unsigned int length = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(content.data()), content.size(), digest.data(), &length);
  std::array<unsigned char, signature_characters + 1> text{};
  EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(length));
  return {reinterpret_cast<const char*>(text.data()), signature_characters};
}

std::optional<std::string> webhook_key(std::string_view secret) {
  constexpr std::string_view prefix = "whsec_";
  constexpr std::size_t bytes_min = 24;
  constexpr std::size_t bytes_max = 64;
  if (!secret.starts_with(prefix)) return std::nullopt;
  secret.remove_prefix(prefix.size());
  std::string key(secret.size() / 4 * 3, '\0');
  if (secret.size() % 4 != 0 || key.size() > bytes_max + 2) return std::nullopt;
  const auto got =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(key.data()),
                      reinterpret_cast<const unsigned char*>(secret.data()), static_cast<int>(secret.size()));
  if (got < 0) return std::nullopt;
  const auto padding = secret.size() - (secret.find_last_not_of('=') + 1);
  key.resize(static_cast<std::size_t>(got) - std::min<std::size_t>(padding, 2)); // it counts padding as bytes
  if (key.size() < bytes_min || key.size() > bytes_max) return std::nullopt;
  return key;
}

} // namespace lockstep::adapters
