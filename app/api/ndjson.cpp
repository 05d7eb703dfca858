#include "app/api/ndjson.hpp"

#include <algorithm>

namespace lockstep::app {

namespace rest = adapters::rest;

std::vector<std::string_view> split_lines(std::string_view body) {
  std::vector<std::string_view> lines;
  while (!body.empty()) {
    const auto end = std::min(body.find('\n'), body.size());
    auto line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

void put_problem(rest::json_text& to, const rest::problem& wrong) {
  to.member("status", rest::row_of(wrong.code).status);
  to.member("outcome", "refused");
  to.raw_member("problem", rest::encode(wrong, ""));
}

} // namespace lockstep::app
