#include "app/api/reply.hpp"

#include "adapters/rest/base64url.hpp"
#include "adapters/rest/strict_json.hpp"
#include "engine/limits.hpp"

#include <fmt/format.h>

#include <charconv>

namespace lockstep::app {

namespace {

using rest::problem;
using rest::problem_code;

// Overload passes within a few commits.
constexpr std::string_view retry_after_seconds = "1";

// The request's target with another cursor.
std::string next_target(const call& c, std::string_view cursor) {
  std::string text;
  for (const auto& segment : c.target.segments)
    text += '/' + rest::percent_encoded(segment);
  char mark = '?';
  for (const auto& [name, value] : c.target.query) {
    if (name == "cursor") continue;
    text += fmt::format("{}{}={}", mark, rest::percent_encoded(name), rest::percent_encoded(value));
    mark = '&';
  }
  return fmt::format("{}{}cursor={}", text, mark, cursor);
}

} // namespace

http_answer json_answer(unsigned status, std::string body) {
  http_answer reply;
  reply.status = status;
  reply.content_type = json_content_type;
  reply.body = std::move(body);
  return reply;
}

http_answer problem_answer(const problem& what, std::string_view target) {
  http_answer reply;
  reply.status = rest::row_of(what.code).status;
  reply.content_type = rest::problem_content_type;
  reply.body = rest::encode(what, target);
  if (reply.status == 503) reply.headers.emplace_back("Retry-After", retry_after_seconds);
  if (what.code == problem_code::unauthenticated)
    reply.headers.emplace_back("WWW-Authenticate", R"(Bearer realm="lockstep")");
  if (what.code == problem_code::forbidden) {
    reply.headers.emplace_back("WWW-Authenticate", R"(Bearer realm="lockstep", error="insufficient_scope")");
  }
  return reply;
}

http_answer problem_answer(const call& c, problem_code code, std::string detail) {
  return problem_answer(problem{code, std::move(detail), {}}, c.request.target);
}

http_answer error_answer(const call& c, const engine::error& failure) {
  return problem_answer(c, rest::code_of(failure.code), failure.what);
}

http_answer unknown_sku(const call& c, std::string_view sku) {
  return problem_answer(c, problem_code::unknown_sku, fmt::format("There is no SKU '{}'.", sku));
}

http_answer unknown_account(const call& c, std::string_view name) {
  return problem_answer(c, problem_code::unknown_account, fmt::format("There is no account '{}'.", name));
}

std::optional<engine::sku_id> find_sku(const call& c, std::string_view code) {
  const auto known = c.api.node.catalogue();
  const auto* product = known->find_code(code);
  if (product == nullptr) return std::nullopt;
  return product->id;
}

std::optional<engine::account_id> find_account(const call& c, std::string_view name) {
  const auto known = c.api.node.catalogue();
  const auto* account = known->find_account(name);
  if (account == nullptr) return std::nullopt;
  return account->id;
}

rest::decoded<boost::json::object> body_object(const call& c) {
  if (c.request.body.empty() && c.on.takes == body_kind::json_or_none) return boost::json::object{};
  auto value = rest::parse_strict(c.request.body);
  if (!value) return value.error();
  if (!value->is_object())
    return problem{problem_code::malformed_json, "The body must be one JSON object.", {}};
  return std::move(value->as_object());
}

rest::decoded<std::int64_t> integer_parameter(const call& c, std::string_view name, std::int64_t otherwise) {
  const auto* text = c.target.parameter(name);
  if (text == nullptr) return otherwise;
  std::int64_t number = 0;
  const auto* end = text->data() + text->size();
  const auto [stop, failure] = std::from_chars(text->data(), end, number);
  if (failure != std::errc{} || stop != end || number < 0) {
    return problem{problem_code::invalid_parameter,
                   fmt::format("`{}` must be a whole number of zero or more.", name),
                   {}};
  }
  return number;
}

rest::decoded<page> page_of(const call& c) {
  const auto limit = integer_parameter(c, "limit", limits::page_size_default);
  if (!limit) return limit.error();
  if (*limit < 1 || *limit > static_cast<std::int64_t>(limits::page_size_max)) {
    return problem{
        problem_code::invalid_parameter, fmt::format("`limit` must be 1 to {}.", limits::page_size_max), {}};
  }
  page wanted{static_cast<std::size_t>(*limit), {}};
  if (const auto* cursor = c.target.parameter("cursor")) {
    auto after = rest::decode_base64url(*cursor);
    if (!after || after->empty())
      return problem{problem_code::invalid_cursor, "Use the cursor of a `next` link.", {}};
    wanted.after = *std::move(after);
  }
  return wanted;
}

http_answer list_answer(const call& c, std::string_view name, std::string_view next,
                        const std::function<void(rest::json_text&)>& put) {
  std::string body;
  rest::json_text to{body};
  to.begin_object();
  to.begin_array(name);
  put(to);
  to.end_array();
  std::string link;
  if (!next.empty()) {
    link = next_target(c, rest::encode_base64url(next));
    to.member("next", link);
  }
  to.end_object();
  auto reply = json_answer(200, std::move(body));
  if (!link.empty()) reply.headers.emplace_back("Link", fmt::format(R"(<{}>; rel="next")", link));
  return reply;
}

} // namespace lockstep::app
