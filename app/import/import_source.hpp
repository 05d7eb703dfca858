// The file of an import, which can be read from its start as often as needed. Standard input is kept in an
// unnamed temporary file for that.
#pragma once

#include "engine/error.hpp"

#include <fstream>
#include <string>

namespace lockstep::app {

class import_source {
 public:
  // `file`: its path; "-" for standard input. unavailable: it cannot be read, or there is no temporary file.
  [[nodiscard]] static engine::result<import_source> open(const std::string& file);

  [[nodiscard]] std::istream& stream() { return stream_; }

  // SHA-256 of the content, hexadecimal.
  [[nodiscard]] const std::string& digest() const { return digest_; }

 private:
  std::ifstream stream_;
  std::string digest_;
};

} // namespace lockstep::app
