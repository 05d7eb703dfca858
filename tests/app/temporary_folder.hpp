// A folder of a test's own, gone with it.
#pragma once

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <stdlib.h>

namespace lockstep::tests {

class temporary_folder {
 public:
  temporary_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "lockstep-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error{"no temporary folder: " + name};
    path_ = name;
  }

  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  [[nodiscard]] std::string path(std::string_view name) const { return (path_ / name).string(); }

  // Writes a file that only its owner may read; gives its path.
  std::string write(std::string_view name, std::string_view content) const {
    const auto where = path(name);
    std::filesystem::create_directories(std::filesystem::path{where}.parent_path());
    std::ofstream{where, std::ios::binary} << content;
    std::filesystem::permissions(where,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return where;
  }

 private:
  std::filesystem::path path_;
};

} // namespace lockstep::tests
