#include "app/secret.hpp"

#include "engine/limits.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lockstep::app {

using engine::error_code;
using engine::make_error;
using engine::result;

void secret::wipe() {
  bytes_.resize(bytes_.capacity()); // what an earlier, longer value left behind goes too
  OPENSSL_cleanse(bytes_.data(), bytes_.size());
  bytes_.clear();
}

secret::~secret() {
  wipe();
}

secret& secret::operator=(const secret& other) {
  if (this == &other) return *this;
  wipe();
  bytes_ = other.bytes_;
  return *this;
}

secret::secret(secret&& other) noexcept : bytes_(other.bytes_) {
  other.wipe();
}

secret& secret::operator=(secret&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  bytes_ = other.bytes_;
  other.wipe();
  return *this;
}

bool secret::same_as(const secret& other) const {
  return bytes_.size() == other.bytes_.size() &&
         CRYPTO_memcmp(bytes_.data(), other.bytes_.data(), bytes_.size()) == 0;
}

namespace {

class descriptor {
 public:
  explicit descriptor(int number) : number_(number) {}

  ~descriptor() {
    if (number_ >= 0) close(number_);
  }

  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

constexpr std::string_view credential_prefix = "credential:";

result<std::string> resolve(const std::string& path) {
  if (!path.starts_with(credential_prefix)) {
    if (path.starts_with('/')) return path;
    return make_error(error_code::malformed,
                      fmt::format("'{}' is neither an absolute path nor credential:NAME", path));
  }
  const auto name = path.substr(credential_prefix.size());
  if (name.empty() || name.find('/') != std::string::npos)
    return make_error(error_code::malformed, fmt::format("'{}' is not the name of a credential", path));
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr)
    return make_error(error_code::not_found,
                      fmt::format("'{}' needs the service manager: CREDENTIALS_DIRECTORY is not set "
                                  "(LoadCredential={}:FILE in the unit)",
                                  path, name));
  return fmt::format("{}/{}", folder, name);
}

result<void> check_file(int file, const std::string& path) {
  struct stat status {};

  if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
    return make_error(error_code::malformed, fmt::format("'{}' is not a regular file", path));
  if ((status.st_mode & (S_IROTH | S_IWOTH)) != 0)
    return make_error(error_code::malformed,
                      fmt::format("'{}' may be read or written by every user (mode {:04o}): chmod o= it",
                                  path, status.st_mode & 07777));
  return {};
}

} // namespace

result<secret> read_secret(const std::string& path) {
  const auto where = resolve(path);
  if (!where) return where.error();
  const descriptor file{open(where->c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
  if (file.get() < 0) {
    const auto code = errno == EACCES || errno == EPERM ? error_code::refused : error_code::not_found;
    return make_error(code, fmt::format("'{}': {}", *where, std::strerror(errno)));
  }
  if (auto checked = check_file(file.get(), *where); !checked) return checked.error();

  std::array<char, limits::secret_bytes_max + 1> buffer{};
  std::size_t length = 0;
  ssize_t got = 0;
  while (length < buffer.size() &&
         (got = read(file.get(), buffer.data() + length, buffer.size() - length)) > 0)
    length += static_cast<std::size_t>(got);
  std::string_view text{buffer.data(), length};
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  auto read_one = secret{std::string{text}};
  OPENSSL_cleanse(buffer.data(), buffer.size());

  if (got < 0) return make_error(error_code::refused, fmt::format("'{}': {}", *where, std::strerror(errno)));
  if (read_one.empty()) return make_error(error_code::malformed, fmt::format("'{}' is empty", *where));
  if (length > limits::secret_bytes_max)
    return make_error(error_code::malformed,
                      fmt::format("'{}' is longer than {} bytes", *where, limits::secret_bytes_max));
  return read_one;
}

result<secret> read_typed_secret(const std::string& path) {
  if (path.starts_with(credential_prefix)) return read_secret(path);
  return read_secret(std::filesystem::absolute(path).string());
}

} // namespace lockstep::app
