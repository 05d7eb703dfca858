#include "storage/sqlite/lock_file.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace lockstep::storage::sqlite {
namespace {

std::string holder(int descriptor) {
  std::array<char, 32> text{};
  const auto size = pread(descriptor, text.data(), text.size(), 0);
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : "unknown";
}

// For the error of whoever comes second; a failure only makes that less clear.
void write_holder(int descriptor) {
  const auto text = fmt::format("{}", getpid());
  if (ftruncate(descriptor, 0) == 0) [[maybe_unused]]
    const auto written = pwrite(descriptor, text.data(), text.size(), 0);
}

} // namespace

engine::result<lock_file> lock_file::acquire(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0)
    return engine::make_error(engine::error_code::refused,
                              fmt::format("{}: {}", path, std::generic_category().message(errno)));
  lock_file held{descriptor};
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0)
    return engine::make_error(engine::error_code::unavailable,
                              fmt::format("{} is held by process {}: one process writes a store at a time",
                                          path, holder(descriptor)));
  write_holder(descriptor);
  return held;
}

lock_file::~lock_file() {
  if (descriptor_ >= 0) close(descriptor_);
}

} // namespace lockstep::storage::sqlite
