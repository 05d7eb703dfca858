#include "app/csv.hpp"

#include "engine/limits.hpp"

#include <fmt/format.h>

#include <streambuf>

namespace lockstep::app {

using engine::error_code;
using engine::make_error;
using engine::result;

namespace {

constexpr int end_of_file = std::char_traits<char>::eof();

engine::error too_long() {
  return make_error(error_code::limit, fmt::format("a field is longer than {} bytes: is a quote missing?",
                                                   limits::csv_field_bytes_max));
}

} // namespace

csv_reader::csv_reader(std::istream& from)
    : buffer_(from.rdbuf()), offset_(buffer_->pubseekoff(0, std::ios::cur, std::ios::in)) {
  skip_mark();
}

int csv_reader::take() {
  const int c = buffer_->sbumpc();
  if (c != end_of_file) ++offset_;
  if (c != '\n') return c;
  ++line_;
  if (!second_line_) second_line_ = offset_;
  return c;
}

// A byte order mark is three bytes at the very start; a file that begins with only some of them is not UTF-8
// anyway.
void csv_reader::skip_mark() {
  for (const int byte : {0xEF, 0xBB, 0xBF})
    if (peek() == byte) take();
}

bool csv_reader::skip_blank_lines() {
  while (peek() == '\n' || peek() == '\r') {
    if (take() == '\r' && peek() != '\n') return true; // the record says what is wrong with it
  }
  return peek() != end_of_file;
}

void csv_reader::skip_line() {
  for (int c = take(); c != '\n' && c != end_of_file;)
    c = take();
}

bool csv_reader::reread_lines() {
  if (!second_line_ || offset_ == *second_line_) return false;
  if (buffer_->pubseekpos(*second_line_, std::ios::in) != std::streampos{*second_line_}) return false;
  offset_ = *second_line_;
  line_ = record_line_ + 1;
  return true;
}

result<std::optional<csv_record>> csv_reader::next() {
  if (!skip_blank_lines()) return std::optional<csv_record>{};
  csv_record record;
  record.line = record_line_ = line_;
  second_line_.reset();
  if (const auto ended = read_fields(record); !ended) {
    if (!second_line_ || (offset_ != *second_line_ && !reread_lines())) skip_line();
    return ended.error();
  }
  return std::optional{std::move(record)};
}

result<csv_reader::ending> csv_reader::read_fields(csv_record& into) {
  for (;;) {
    if (into.fields.size() == limits::csv_fields_max)
      return make_error(error_code::limit, fmt::format("more than {} fields", limits::csv_fields_max));
    auto ended = read_field(into.fields.emplace_back());
    if (!ended || *ended != ending::field) return ended;
  }
}

result<csv_reader::ending> csv_reader::read_field(std::string& into) {
  if (peek() != '"') return read_plain(into);
  take();
  return read_quoted(into);
}

result<csv_reader::ending> csv_reader::read_plain(std::string& into) {
  for (;;) {
    const int c = peek();
    if (c == ',' || c == '\n' || c == '\r' || c == end_of_file) return read_end();
    if (c == '"')
      return make_error(error_code::malformed, "a quote inside a field that does not begin with one");
    if (c == '\0') return make_error(error_code::malformed, "a NUL byte");
    if (into.size() == limits::csv_field_bytes_max) return too_long();
    into += static_cast<char>(take());
  }
}

result<csv_reader::ending> csv_reader::read_quoted(std::string& into) {
  for (;;) {
    const int c = take();
    if (c == end_of_file)
      return make_error(error_code::malformed, "a quote is not closed before the end of the file");
    if (c == '\0') return make_error(error_code::malformed, "a NUL byte");
    if (into.size() == limits::csv_field_bytes_max) return too_long();
    if (c == '"') {
      if (peek() != '"') return read_end();
      take();
    }
    into += static_cast<char>(c);
  }
}

// What follows a field: a comma, the end of the line or of the file.
result<csv_reader::ending> csv_reader::read_end() {
  const int c = take();
  if (c == end_of_file) return ending::file;
  if (c == ',') return ending::field;
  if (c == '\n') return ending::record;
  if (c == '\r' && peek() == '\n') {
    take();
    return ending::record;
  }
  if (c == '\r' && peek() == end_of_file) return ending::file;
  return make_error(error_code::malformed, c == '\r' ? "a carriage return without a line feed"
                                                     : "text between a closing quote and the next comma");
}

std::string csv_line(std::span<const std::string> fields) {
  std::string line;
  for (const auto& field : fields) {
    if (&field != fields.data()) line += ',';
    // A lone empty field is quoted, or its record would be a blank line.
    const bool plain =
        field.find_first_of(",\"\r\n") == std::string::npos && (!field.empty() || fields.size() > 1);
    if (plain) {
      line += field;
      continue;
    }
    line += '"';
    for (const char c : field) {
      if (c == '"') line += '"';
      line += c;
    }
    line += '"';
  }
  return line + "\r\n";
}

} // namespace lockstep::app
