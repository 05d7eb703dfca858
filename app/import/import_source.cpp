#include "app/import/import_source.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <stdexcept>

#include <unistd.h>

namespace lockstep::app {

using engine::error_code;
using engine::make_error;
using engine::result;

namespace {

// SHA-256 of the rest of a stream, hexadecimal.
std::string digest_of(std::istream& from) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
  if (context == nullptr || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1)
    throw std::runtime_error{"SHA-256 is not to be had from OpenSSL"};
  std::array<char, 64 * 1024> piece{};
  while (from.read(piece.data(), piece.size()), from.gcount() > 0)
    EVP_DigestUpdate(context.get(), piece.data(), static_cast<std::size_t>(from.gcount()));
  std::array<unsigned char, 32> digest{};
  EVP_DigestFinal_ex(context.get(), digest.data(), nullptr);
  std::string text;
  for (const auto byte : digest)
    text += fmt::format("{:02x}", byte);
  return text;
}

// Nobody else finds it: it loses its name as soon as it is open for reading.
std::ifstream spooled(std::istream& from) {
  std::error_code none;
  auto name = (std::filesystem::temp_directory_path(none) / "lockstep-import-XXXXXX").string();
  const int made = ::mkstemp(name.data());
  if (made < 0) return {};
  ::close(made);
  std::ofstream to{name, std::ios::binary};
  if (from.peek() != std::istream::traits_type::eof()) to << from.rdbuf();
  to.close();
  std::ifstream again;
  if (!to.fail()) again.open(name, std::ios::binary);
  std::filesystem::remove(name, none);
  return again;
}

} // namespace

result<import_source> import_source::open(const std::string& file) {
  import_source source;
  if (file == "-") {
    source.stream_ = spooled(std::cin);
    if (!source.stream_.is_open())
      return make_error(error_code::unavailable, "standard input cannot be kept in a temporary file");
  } else {
    source.stream_.open(file, std::ios::binary);
  }
  if (source.stream_.is_open()) source.digest_ = digest_of(source.stream_);
  if (!source.stream_.is_open() || source.stream_.bad())
    return make_error(error_code::unavailable, fmt::format("{} cannot be read", file));
  return source;
}

} // namespace lockstep::app
