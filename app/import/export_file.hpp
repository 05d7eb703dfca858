// Where an export goes: a file that takes its name when it is whole, so that a full disk leaves what stood there.
// What is no ordinary file, such as a pipe, is written as it is; "-" is standard output.
#pragma once

#include "engine/error.hpp"

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace lockstep::app {

class export_file {
 public:
  // unavailable: it cannot be written.
  [[nodiscard]] static engine::result<export_file> open(const std::string& name);

  export_file(export_file&&) = default;
  export_file& operator=(export_file&&) = delete;
  ~export_file(); // nothing is left of a file that was not finished

  // False: it cannot be written; finish() says so too.
  [[nodiscard]] bool write(std::string_view text);

  // Everything is on its way to the disk, under its name. unavailable: it could not be written.
  [[nodiscard]] engine::result<void> finish();

 private:
  struct close_file {
    void operator()(std::FILE* file) const {
      if (file != stdout) std::fclose(file);
    }
  };

  export_file(std::string name, std::string fresh, std::FILE* to)
      : name_(std::move(name)), fresh_(std::move(fresh)), file_(to) {}

  std::string name_;
  std::string fresh_; // what is written in its place; empty: itself
  std::unique_ptr<std::FILE, close_file> file_;
};

} // namespace lockstep::app
