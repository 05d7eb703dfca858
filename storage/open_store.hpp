// A store by its URL, as the configuration and the command line name it.
#pragma once

#include "storage/store.hpp"

#include <memory>
#include <optional>
#include <string_view>

namespace lockstep::storage {

struct store_options {
  bool must_exist = false; // refused when there is no store yet, and none is made
  // PostgreSQL: older facts are moved to the archive while the store is open; nothing: none is.
  std::optional<engine::duration> archive_after = std::nullopt;
};

// `sqlite:///absolute/path` or `sqlite:relative/path` (the path is taken as it stands, without
// percent-decoding), `postgresql://user@host,host/database?word=value` (libpq's own form and key words), or
// `memory:` for a store that ends with the process. Passwords are in no error. error_code::malformed for any
// other text, else the store's own error.
[[nodiscard]] result<std::unique_ptr<store>> open_store(std::string_view url,
                                                        const store_options& options = {});

// Whether the URL itself holds a password, so that whoever shows it must not.
[[nodiscard]] bool has_password(std::string_view url);

} // namespace lockstep::storage
