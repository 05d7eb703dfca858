// CSV as RFC 4180 has it, one record at a time: quotes, commas and line feeds inside quotes, CRLF or LF, a
// UTF-8 byte order mark. A record that breaks the rules is told with its line, and reading goes on with the
// next line, though a quote that is not closed has run over it.
#pragma once

#include "engine/error.hpp"

#include <cstddef>
#include <istream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::app {

struct csv_record {
  std::size_t line = 0; // where it begins, from 1
  std::vector<std::string> fields;
};

class csv_reader {
 public:
  // The stream outlives the reader. Where it cannot be read again, the lines that a broken record has run over
  // are lost with it.
  explicit csv_reader(std::istream& from);

  // The next record; nothing at the end. Lines without any character are passed over. error_code::malformed
  // or limit (limits::csv_field_bytes_max, csv_fields_max): the record is lost, line() says where it began.
  [[nodiscard]] engine::result<std::optional<csv_record>> next();

  // The last record is none after all: reading goes on with the second of the lines that it runs over. False: it
  // stands on one line, or the stream cannot be read again.
  [[nodiscard]] bool reread_lines();

  // Where the last record began.
  [[nodiscard]] std::size_t line() const { return record_line_; }

 private:
  enum class ending { field, record, file };

  [[nodiscard]] int peek() { return buffer_->sgetc(); }

  int take();
  void skip_mark();
  bool skip_blank_lines();
  void skip_line();
  [[nodiscard]] engine::result<ending> read_fields(csv_record& into);
  [[nodiscard]] engine::result<ending> read_field(std::string& into);
  [[nodiscard]] engine::result<ending> read_plain(std::string& into);
  [[nodiscard]] engine::result<ending> read_quoted(std::string& into);
  [[nodiscard]] engine::result<ending> read_end();

  std::streambuf* buffer_;
  std::streamoff offset_ = 0; // in the stream
  std::size_t line_ = 1;
  std::size_t record_line_ = 0;
  std::optional<std::streamoff> second_line_; // of the last record, when it has come so far
};

// One record with its CRLF; a field is quoted when it must be.
[[nodiscard]] std::string csv_line(std::span<const std::string> fields);

} // namespace lockstep::app
