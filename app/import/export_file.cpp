#include "app/import/export_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <unistd.h>

namespace lockstep::app {

using engine::error_code;
using engine::make_error;
using engine::result;

namespace {

namespace fs = std::filesystem;

engine::error unwritable(const std::string& name) {
  return make_error(error_code::unavailable,
                    fmt::format("{} cannot be written: {}", name, std::strerror(errno)));
}

} // namespace

// A link stays one: the file that it leads to is replaced.
result<export_file> export_file::open(const std::string& name) {
  if (name == "-") return export_file{"standard output", {}, stdout};
  std::error_code failed;
  const auto there = fs::status(name, failed);
  const bool beside = !fs::exists(there) || fs::is_regular_file(there);
  const auto target = beside && fs::is_symlink(name, failed) ? fs::weakly_canonical(name, failed).string() : name;
  const auto fresh = beside ? fmt::format("{}.{}.part", target, ::getpid()) : std::string{};
  errno = 0;
  auto* file = std::fopen((beside ? fresh : target).c_str(), "wb");
  if (file == nullptr) return unwritable(name);
  if (beside && fs::exists(there)) fs::permissions(fresh, there.permissions(), failed);
  return export_file{target, fresh, file};
}

export_file::~export_file() {
  if (file_ != nullptr && !fresh_.empty()) std::remove(fresh_.c_str());
}

bool export_file::write(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), file_.get()) == text.size();
}

result<void> export_file::finish() {
  bool whole = std::fflush(file_.get()) == 0 && std::ferror(file_.get()) == 0;
  if (!fresh_.empty()) whole = whole && ::fsync(::fileno(file_.get())) == 0;
  if (!whole) return unwritable(name_);
  if (auto* file = file_.release(); file != stdout && std::fclose(file) != 0) whole = false;
  if (whole && (fresh_.empty() || std::rename(fresh_.c_str(), name_.c_str()) == 0)) return {};
  auto wrong = unwritable(name_);
  if (!fresh_.empty()) std::remove(fresh_.c_str());
  return wrong;
}

} // namespace lockstep::app
