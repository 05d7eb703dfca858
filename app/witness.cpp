#include "app/witness.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace lockstep::app {

using engine::error_code;
using engine::make_error;
using engine::result;

result<std::optional<sighting>> witness::last() const {
  std::ifstream from{file_};
  if (!from) {
    if (errno == ENOENT) return std::optional<sighting>{};
    return make_error(error_code::unavailable, fmt::format("{}: {}", file_, std::strerror(errno)));
  }
  sighting seen;
  std::string word, rest;
  if (!(from >> word >> seen.epoch >> seen.row) || word != "store" || from >> rest)
    return make_error(
        error_code::corrupt,
        fmt::format("{} is no witness of a store: remove it if the store is known to be the latest", file_));
  return std::optional{seen};
}

result<void> witness::write(const sighting& seen) const {
  const auto fresh = file_ + ".new";
  std::ofstream to{fresh, std::ios::trunc};
  to << fmt::format("store {} {}\n", seen.epoch, seen.row);
  to.close();
  std::error_code failed;
  if (to) std::filesystem::rename(fresh, file_, failed);
  if (!to || failed)
    return make_error(error_code::unavailable, fmt::format("{} cannot be written: {}", file_,
                                                           failed ? failed.message() : std::strerror(errno)));
  return {};
}

} // namespace lockstep::app
