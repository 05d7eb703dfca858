#include "adapters/rest/strict_json.hpp"

#include "engine/limits.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <vector>

namespace lockstep::adapters::rest {

namespace {

namespace json = boost::json;
using error_code = json::error_code;

// Builds the value and watches what the grammar does not forbid.
class strict_handler {
 public:
  // Bodies are bounded before they get here.
  static constexpr std::size_t max_object_size = limits::json_members_max;
  static constexpr std::size_t max_array_size = limits::http_body_bytes_max;
  static constexpr std::size_t max_key_size = limits::http_body_bytes_max;
  static constexpr std::size_t max_string_size = limits::http_body_bytes_max;

  bool on_document_begin(error_code&) { return true; }

  bool on_document_end(error_code&) { return true; }

  bool on_object_begin(error_code&) { return enter(true); }

  bool on_object_end(std::size_t count, error_code&) {
    values_.push_object(count);
    return leave();
  }

  bool on_array_begin(error_code&) { return enter(false); }

  bool on_array_end(std::size_t count, error_code&) {
    values_.push_array(count);
    return leave();
  }

  bool on_key_part(json::string_view part, std::size_t, error_code&) {
    key_.append(part.data(), part.size());
    values_.push_chars(part);
    return true;
  }

  bool on_key(json::string_view part, std::size_t, error_code& failure) {
    key_.append(part.data(), part.size());
    values_.push_key(part);
    auto& known = path_.back().names;
    const bool twice = std::ranges::find(known, key_) != known.end();
    known.push_back(std::exchange(key_, {}));
    return !twice || refuse("The name appears twice in one object.", failure);
  }

  bool on_string_part(json::string_view part, std::size_t, error_code&) {
    values_.push_chars(part);
    return true;
  }

  bool on_string(json::string_view part, std::size_t, error_code&) {
    values_.push_string(part);
    return next();
  }

  bool on_number_part(json::string_view, error_code&) { return true; }

  bool on_int64(std::int64_t number, json::string_view, error_code&) {
    values_.push_int64(number);
    return next();
  }

  bool on_uint64(std::uint64_t, json::string_view, error_code& failure) {
    return refuse("The number does not fit in 64 bits.", failure);
  }

  bool on_double(double, json::string_view, error_code& failure) {
    return refuse("Numbers are integers of 64 bits, without fraction or exponent.", failure);
  }

  bool on_bool(bool flag, error_code&) {
    values_.push_bool(flag);
    return next();
  }

  bool on_null(error_code&) {
    values_.push_null();
    return next();
  }

  bool on_comment_part(json::string_view, error_code&) { return true; }

  bool on_comment(json::string_view, error_code&) { return true; }

  // The place of the value being read.
  [[nodiscard]] std::string pointer() const {
    std::string text;
    for (const auto& step : path_) {
      if (!step.object) text += fmt::format("/{}", step.index);
      if (step.object && !step.names.empty()) text += pointer_step(step.names.back());
    }
    return text;
  }

  json::value release() { return values_.release(); }

  void reset() { values_.reset(); }

  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  struct level {
    bool object;
    std::size_t index = 0;          // of the element being read
    std::vector<std::string> names; // read so far; the last one is being read
  };

  bool enter(bool object) {
    path_.push_back({object, 0, {}});
    return true;
  }

  bool leave() {
    path_.pop_back();
    return next();
  }

  bool next() {
    if (!path_.empty() && !path_.back().object) ++path_.back().index;
    return true;
  }

  bool refuse(std::string_view reason, error_code& failure) {
    reason_ = reason;
    failure = json::make_error_code(json::error::incomplete);
    return false;
  }

  json::value_stack values_;
  std::vector<level> path_;
  std::string key_;
  std::string reason_;
};

problem malformed(std::string detail) {
  return {problem_code::malformed_json, std::move(detail), {}};
}

} // namespace

decoded<json::value> parse_strict(std::string_view text) {
  json::parse_options options;
  options.max_depth = limits::json_depth_max;
  json::basic_parser<strict_handler> parser{options};
  parser.handler().reset();
  error_code failure;
  const auto used = parser.write_some(false, text.data(), text.size(), failure);
  if (!failure && used == text.size()) return parser.handler().release();

  const auto& reason = parser.handler().reason();
  if (!reason.empty()) {
    auto refused = malformed("The body breaks the stricter rules of this service.");
    refused.errors.push_back({parser.handler().pointer(), reason});
    return refused;
  }
  if (!failure) return malformed(fmt::format("Something follows the JSON text, at byte {}.", used));
  return malformed(fmt::format("Not JSON from byte {}: {}.", used, failure.message()));
}

std::string pointer_step(std::string_view name) {
  std::string step{"/"};
  for (const char c : name) {
    if (c == '~') {
      step += "~0";
    } else if (c == '/') {
      step += "~1";
    } else {
      step += c;
    }
  }
  return step;
}

} // namespace lockstep::adapters::rest
