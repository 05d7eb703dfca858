#include "app/api/route.hpp"

#include "engine/assertion.hpp"

#include <fmt/format.h>

namespace lockstep::app {

namespace {

// Takes the next step off a pattern: "/v1/stock" gives "v1" and leaves "/stock".
std::string_view take_step(std::string_view& pattern) {
  pattern.remove_prefix(1);
  const auto step = pattern.substr(0, pattern.find('/'));
  pattern.remove_prefix(step.size());
  return step;
}

bool matches(std::string_view pattern, const rest::request_target& target) {
  for (const auto& segment : target.segments) {
    if (pattern.empty()) return false;
    const auto step = take_step(pattern);
    const bool captures = step.starts_with('{') && !segment.empty();
    if (!captures && step != segment) return false;
  }
  return pattern.empty();
}

std::string_view name_of(http_method method) {
  switch (method) {
  case http_method::get: return "GET, HEAD";
  case http_method::post: return "POST";
  case http_method::put: return "PUT";
  case http_method::remove: return "DELETE";
  default: return "";
  }
}

} // namespace

const std::string& call::path(std::string_view name) const {
  auto pattern = on.pattern;
  for (const auto& segment : target.segments) {
    const auto step = take_step(pattern);
    if (step.size() == name.size() + 2 && step.substr(1, name.size()) == name) return segment;
  }
  engine::ensure(false, "a route asks for a name of its own pattern");
  return target.segments.front();
}

std::variant<std::size_t, no_route> find_route(http_method method, const rest::request_target& target) {
  no_route nothing;
  const auto table = route_table();
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (!matches(table[i].pattern, target)) continue;
    if (table[i].method == method) return i;
    nothing.code = rest::problem_code::method_not_allowed;
    nothing.allowed += fmt::format("{}{}", nothing.allowed.empty() ? "" : ", ", name_of(table[i].method));
  }
  return nothing;
}

} // namespace lockstep::app
