// Requests of many lines, one JSON object each, and their answers, line by line.
#pragma once

#include "adapters/rest/json_text.hpp"
#include "adapters/rest/problem.hpp"

#include <string_view>
#include <vector>

namespace lockstep::app {

inline constexpr std::string_view ndjson_content_type = "application/x-ndjson";

// Lines without CR and LF; empty ones are passed over.
[[nodiscard]] std::vector<std::string_view> split_lines(std::string_view body);

// `status`, `outcome` and `problem` of a line that was refused.
void put_problem(adapters::rest::json_text& to, const adapters::rest::problem& wrong);

} // namespace lockstep::app
