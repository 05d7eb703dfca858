#include "app/demo/gzip_stream.hpp"

#include <zlib.h>

namespace lockstep::app::demo {

gzip_source::gzip_source(const std::string& path) : file_(gzopen(path.c_str(), "rb")) {}

gzip_source::~gzip_source() {
  if (file_ != nullptr) gzclose_r(file_);
}

gzip_source::int_type gzip_source::underflow() {
  if (file_ == nullptr || !damage_.empty()) return traits_type::eof();
  const int size = gzread(file_, buffer_.data(), static_cast<unsigned>(buffer_.size()));
  int code = Z_OK;
  const char* what = gzerror(file_, &code); // a file that is cut short is told at its end
  if (size < 0 || (size == 0 && code != Z_OK)) damage_ = what;
  if (size <= 0) return traits_type::eof();
  setg(buffer_.data(), buffer_.data(), buffer_.data() + size);
  return traits_type::to_int_type(buffer_[0]);
}

} // namespace lockstep::app::demo
