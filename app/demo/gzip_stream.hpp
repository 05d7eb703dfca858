// A file to read from, compressed by gzip or not.
#pragma once

#include <array>
#include <streambuf>
#include <string>

struct gzFile_s; // zlib's

namespace lockstep::app::demo {

class gzip_source final : public std::streambuf {
 public:
  explicit gzip_source(const std::string& path);
  ~gzip_source() override;
  gzip_source(const gzip_source&) = delete;
  gzip_source& operator=(const gzip_source&) = delete;

  [[nodiscard]] bool is_open() const { return file_ != nullptr; }

  // What was wrong with the compressed content, once the end was read; empty when nothing.
  [[nodiscard]] const std::string& damage() const { return damage_; }

 protected:
  int_type underflow() override;

 private:
  gzFile_s* file_ = nullptr;
  std::string damage_;
  std::array<char, 64 * 1024> buffer_{};
};

} // namespace lockstep::app::demo
