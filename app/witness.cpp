#include "app/witness.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <unistd.h>

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
  const auto text = fmt::format("store {} {}\n", seen.epoch, seen.row);
  const auto file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  bool done = file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
              ::fsync(file) == 0; // or a power cut may leave an empty file under the name
  done = (file < 0 || ::close(file) == 0) && done && std::rename(fresh.c_str(), file_.c_str()) == 0;
  if (done) return {};
  return make_error(error_code::unavailable,
                    fmt::format("{} cannot be written: {}", file_, std::strerror(errno)));
}

} // namespace lockstep::app
