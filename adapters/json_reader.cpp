#include "adapters/json_reader.hpp"

#include "adapters/timestamp.hpp"

#include <boost/json/parser.hpp>
#include <fmt/format.h>

namespace lockstep::adapters {

namespace {

namespace json = boost::json;

std::string escaped(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

// Path of a value, found by its address: only errors pay for it.
bool find_path(const json::value& in, const json::value* wanted, std::string& path) {
  if (&in == wanted) return true;
  const auto length = path.size();
  if (const auto* object = in.if_object()) {
    for (const auto& member : *object) {
      path += '/' + escaped(member.key());
      if (find_path(member.value(), wanted, path)) return true;
      path.resize(length);
    }
  } else if (const auto* array = in.if_array()) {
    for (std::size_t i = 0; i < array->size(); ++i) {
      path += fmt::format("/{}", i);
      if (find_path((*array)[i], wanted, path)) return true;
      path.resize(length);
    }
  }
  return false;
}

} // namespace

json_reader::place json_reader::root() {
  return place{*this, document_};
}

json_reader json_reader::place::alone() const {
  static const json::value nothing;
  return json_reader{value_ ? *value_ : nothing};
}

engine::error json_reader::failure() const {
  return engine::make_error(engine::error_code::malformed, failure_.value_or(""));
}

void json_reader::fail(const place& at, std::string_view expected) {
  if (failure_) return;
  std::string path;
  find_path(*document_, at.value_ ? at.value_ : at.parent_, path);
  if (!at.value_) path += '/' + escaped(at.name_);
  failure_ = fmt::format("{}: {} expected", path.empty() ? "the document" : path, expected);
}

json_reader::place json_reader::place::operator[](std::string_view name) const {
  const auto* object = value_ ? value_->if_object() : nullptr;
  if (!object) {
    fail("an object");
    return *this;
  }
  const auto* member = object->if_contains(name);
  return place{*reader_, member, value_, name};
}

bool json_reader::place::is_null() const {
  return !value_ || value_->is_null();
}

bool json_reader::place::has(std::string_view name) const {
  const auto* object = value_ ? value_->if_object() : nullptr;
  return object && object->contains(name);
}

std::int64_t json_reader::place::integer() const {
  if (value_ && value_->is_int64()) return value_->get_int64();
  fail("a whole number");
  return 0;
}

std::optional<std::int64_t> json_reader::place::optional_integer() const {
  if (is_null()) return std::nullopt;
  return integer();
}

bool json_reader::place::flag() const {
  if (value_ && value_->is_bool()) return value_->get_bool();
  fail("true or false");
  return false;
}

std::string json_reader::place::text() const {
  if (value_ && value_->is_string()) return std::string{value_->get_string()};
  fail("a text");
  return {};
}

std::string json_reader::place::optional_text() const {
  return is_null() ? std::string{} : text();
}

std::string json_reader::place::id() const {
  if (value_ && value_->is_int64() && value_->get_int64() > 0) return fmt::to_string(value_->get_int64());
  if (value_ && value_->is_uint64()) return fmt::to_string(value_->get_uint64());
  fail("an id");
  return {};
}

std::string json_reader::place::optional_id() const {
  return is_null() ? std::string{} : id();
}

engine::time_point json_reader::place::time() const {
  const auto* text = value_ ? value_->if_string() : nullptr;
  if (const auto time = text ? parse_timestamp(*text) : std::nullopt) return *time;
  fail("a time (ISO 8601)");
  return {};
}

engine::result<json::value> parse_json(std::string_view text) {
  json::parse_options bounds;
  bounds.max_depth = limits::json_depth_max;
  json::parser parser{{}, bounds};
  json::error_code failure;
  const auto read = parser.write(text, failure);
  if (failure)
    return engine::make_error(engine::error_code::malformed,
                              fmt::format("byte {}: not JSON: {}", read, failure.message()));
  return parser.release();
}

} // namespace lockstep::adapters
