#include "app/api/token_table.hpp"

#include <boost/beast/core/string.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>

namespace lockstep::app {

namespace {

using engine::error_code;
using engine::make_error;

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

template <std::size_t Size>
std::optional<std::array<unsigned char, Size>> bytes_of_hex(std::string_view text) {
  std::array<unsigned char, Size> bytes;
  if (text.size() != 2 * Size) return std::nullopt;
  for (std::size_t i = 0; i < Size; ++i) {
    const auto high = hex_digit(text[2 * i]);
    const auto low = hex_digit(text[2 * i + 1]);
    if (!high || !low) return std::nullopt;
    bytes[i] = static_cast<unsigned char>(*high * 16 + *low);
  }
  return bytes;
}

} // namespace

engine::result<token_table> token_table::make(const std::vector<api_token>& tokens) {
  token_table table;
  for (const auto& token : tokens) {
    const auto hash = bytes_of_hex<32>(token.sha256_hex);
    const auto same = [&](const caller& c) { return c.name == token.name; };
    if (token.name.empty()) return make_error(error_code::malformed, "a token has no name");
    if (std::ranges::any_of(table.callers_, same)) {
      return make_error(error_code::malformed, fmt::format("two tokens are named '{}'", token.name));
    }
    if (!hash) {
      return make_error(error_code::malformed,
                        fmt::format("the hash of token '{}' is not a SHA-256 in hexadecimal", token.name));
    }
    table.callers_.push_back({token.name, token.scopes, {}});
    table.digests_.push_back(*hash);
  }
  return table;
}

std::optional<std::size_t> token_table::find(std::string_view authorization) const {
  constexpr std::string_view scheme = "Bearer ";
  if (authorization.size() <= scheme.size()) return std::nullopt;
  if (!boost::beast::iequals(authorization.substr(0, scheme.size()), scheme)) return std::nullopt;
  const auto token = authorization.substr(scheme.size());
  digest given{};
  unsigned size = 0;
  if (EVP_Digest(token.data(), token.size(), given.data(), &size, EVP_sha256(), nullptr) != 1)
    return std::nullopt;

  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < digests_.size(); ++i) {
    if (CRYPTO_memcmp(given.data(), digests_[i].data(), given.size()) == 0) found = i;
  }
  return found;
}

} // namespace lockstep::app
