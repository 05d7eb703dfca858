// A store by its URL, as the configuration and the command line name it.
#pragma once

#include "storage/store.hpp"

#include <memory>
#include <string_view>

namespace lockstep::storage {

// `sqlite:///absolute/path` or `sqlite:relative/path` (the path is taken as it stands, without
// percent-decoding), or `memory:` for a store that ends with the process. error_code::malformed for any other
// text, else the store's own error.
[[nodiscard]] result<std::unique_ptr<store>> open_store(std::string_view url);

} // namespace lockstep::storage
