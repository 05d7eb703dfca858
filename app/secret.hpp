// A credential in memory: it cannot be printed by accident and is wiped when it goes.
#pragma once

#include "engine/error.hpp"

#include <string>
#include <string_view>

namespace lockstep::app {

// No operator<<, no formatter, no comparison that leaks time.
class secret {
 public:
  secret() = default;

  explicit secret(std::string bytes) : bytes_(std::move(bytes)) {}

  secret(const secret&) = default;
  secret& operator=(const secret& other);
  secret(secret&& other) noexcept;
  secret& operator=(secret&& other) noexcept;
  ~secret();

  // The bytes, for the one place that needs them.
  [[nodiscard]] std::string_view reveal() const { return bytes_; }

  [[nodiscard]] bool empty() const { return bytes_.empty(); }

  // Constant time for secrets of one length.
  [[nodiscard]] bool same_as(const secret& other) const;

 private:
  void wipe();

  std::string bytes_;
};

// Where a secret lives, and what was read there. An absolute path, or `credential:NAME` for a file of the
// service manager's in $CREDENTIALS_DIRECTORY (systemd.exec(5), LoadCredential=).
struct secret_file {
  std::string path; // as written in the configuration
  secret value;
};

// Reads a secret without its trailing newline. Errors: refused (may not be opened), not_found, malformed
// (readable by others, empty, longer than limits::secret_bytes_max, not a regular file).
[[nodiscard]] engine::result<secret> read_secret(const std::string& path);

// The same for a path that a person typed: a relative one starts at the working directory.
[[nodiscard]] engine::result<secret> read_typed_secret(const std::string& path);

} // namespace lockstep::app
