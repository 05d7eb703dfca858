#include "adapters/rest/json_text.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <iterator>

namespace lockstep::adapters::rest {

namespace {

bool needs_no_escape(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; });
}

} // namespace

void json_text::separate() {
  if (!first_) *out_ += ',';
  first_ = false;
}

void json_text::named(std::string_view name) {
  separate();
  *out_ += '"';
  *out_ += name;
  *out_ += "\":";
  first_ = true;
}

void json_text::open(char bracket) {
  separate();
  *out_ += bracket;
  first_ = true;
}

void json_text::close(char bracket) {
  *out_ += bracket;
  first_ = false;
}

void json_text::quoted(std::string_view text) {
  if (!needs_no_escape(text)) {
    *out_ += boost::json::serialize(boost::json::string_view{text.data(), text.size()});
    return;
  }
  *out_ += '"';
  *out_ += text;
  *out_ += '"';
}

void json_text::member(std::string_view name, std::int64_t number) {
  named(name);
  fmt::format_to(std::back_inserter(*out_), "{}", number);
  first_ = false;
}

void json_text::member(std::string_view name, std::string_view text) {
  named(name);
  quoted(text);
  first_ = false;
}

void json_text::member(std::string_view name, bool flag) {
  raw_member(name, flag ? "true" : "false");
}

void json_text::member(std::string_view name, engine::time_point time) {
  member(name, std::string_view{rfc3339(time)});
}

void json_text::null_member(std::string_view name) {
  raw_member(name, "null");
}

void json_text::raw_element(std::string_view json) {
  separate();
  *out_ += json;
}

void json_text::raw_member(std::string_view name, std::string_view json) {
  named(name);
  *out_ += json;
  first_ = false;
}

void json_text::element(std::string_view text) {
  separate();
  quoted(text);
}

std::string rfc3339(engine::time_point time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z",
                     fmt::gmtime(static_cast<std::time_t>(seconds.time_since_epoch().count())),
                     (time - seconds).count());
}

} // namespace lockstep::adapters::rest
