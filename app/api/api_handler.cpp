#include "app/api/api_handler.hpp"

#include "app/api/reply.hpp"

#include <boost/beast/core/string.hpp>
#include <fmt/format.h>

namespace lockstep::app {

namespace {

using rest::problem;
using rest::problem_code;

// received_request::note: index of the route, and above it the caller's index plus one (0: nobody).
constexpr unsigned caller_shift = 32;

std::uint64_t note_of(std::size_t on, std::optional<std::size_t> who) {
  return static_cast<std::uint64_t>(on) | (who ? (*who + 1) << caller_shift : 0);
}

std::size_t route_of(std::uint64_t note) {
  return static_cast<std::uint32_t>(note);
}

const caller* caller_of(const api_context& api, std::uint64_t note) {
  const auto index = note >> caller_shift;
  return index == 0 ? nullptr : &api.tokens.callers()[index - 1];
}

bool covers(const api_scopes& scopes, access needs) {
  switch (needs) {
  case access::open: return true;
  case access::read: return scopes.read;
  case access::write: return scopes.write;
  default: return scopes.admin;
  }
}

// `media` alone or with charset=utf-8, the only one there is.
bool is_media(std::string_view header, std::string_view media) {
  const auto type = header.substr(0, header.find(';'));
  const auto end = type.find_last_not_of(" \t");
  if (!boost::beast::iequals(type.substr(0, end + 1), media)) return false;
  if (type.size() == header.size()) return true;
  auto rest = header.substr(type.size() + 1);
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  return boost::beast::iequals(rest, "charset=utf-8") || boost::beast::iequals(rest, "charset=\"utf-8\"");
}

// Null when the kind says nothing of the media type.
std::string_view media_of(body_kind kind) {
  switch (kind) {
  case body_kind::json:
  case body_kind::json_or_none: return "application/json";
  case body_kind::ndjson: return "application/x-ndjson";
  default: return {};
  }
}

problem wrong_media(std::string_view wanted) {
  return {problem_code::unsupported_media_type, fmt::format("Send the body as {}.", wanted), {}};
}

void count(std::atomic<std::uint64_t>& counter) {
  counter.fetch_add(1, std::memory_order_relaxed);
}

} // namespace

adapters::head_verdict api_handler::admit(adapters::received_request& head) {
  adapters::head_verdict verdict;
  verdict.refusal = judge(head);
  if (verdict.refusal) {
    const auto at = std::min(route_of(head.note), api_->metrics.routes.size() - 1);
    api_->metrics.routes[at].count(verdict.refusal->status, std::chrono::microseconds{0});
  } else {
    verdict.body_bytes_max = route_table()[route_of(head.note)].body_bytes_max;
  }
  return verdict;
}

std::optional<http_answer> api_handler::judge(adapters::received_request& head) {
  head.note = route_table().size(); // until it is known
  const auto target = rest::parse_target(head.target);
  if (!target) {
    return problem_answer(
        {problem_code::invalid_parameter, "The target is not a well-formed path and query.", {}},
        head.target);
  }
  const auto found = find_route(head.method, *target);
  if (const auto* nothing = std::get_if<no_route>(&found)) {
    auto reply = problem_answer({nothing->code, {}, {}}, head.target);
    if (!nothing->allowed.empty()) reply.headers.emplace_back("Allow", nothing->allowed);
    return reply;
  }
  const auto index = std::get<std::size_t>(found);
  const auto& on = route_table()[index];
  head.note = note_of(index, std::nullopt);
  if (auto refused = authorize(head, on)) return refused;
  const auto media = media_of(on.takes);
  const bool must_have_media = !media.empty() && on.takes != body_kind::json_or_none;
  const auto sent = head.header("Content-Type");
  const bool fits = sent.empty() ? !must_have_media : media.empty() || is_media(sent, media);
  if (!fits) return problem_answer(wrong_media(media), head.target);
  return std::nullopt;
}

std::optional<http_answer> api_handler::authorize(adapters::received_request& head, const route& on) {
  if (on.needs == access::open) return std::nullopt;
  const bool once = head.count("Authorization") == 1;
  const auto who = once ? api_->tokens.find(head.header("Authorization")) : std::nullopt;
  if (!who) {
    count(api_->metrics.unauthenticated);
    return problem_answer({problem_code::unauthenticated, {}, {}}, head.target);
  }
  head.note = note_of(route_of(head.note), who);
  if (covers(api_->tokens.callers()[*who].scopes, on.needs)) return std::nullopt;
  count(api_->metrics.forbidden);
  return problem_answer({problem_code::forbidden, {}, {}}, head.target);
}

io_task<http_answer> api_handler::handle(const adapters::received_request& request) {
  const auto begun = std::chrono::steady_clock::now();
  const auto index = route_of(request.note);
  call c{*api_, route_table()[index], request, caller_of(*api_, request.note),
         *rest::parse_target(request.target)};
  auto reply = co_await c.on.serve(c);
  const auto took = std::chrono::steady_clock::now() - begun;
  api_->metrics.routes[index].count(reply.status,
                                    std::chrono::duration_cast<std::chrono::microseconds>(took));
  if (reply.status == 503) count(api_->metrics.shed);
  if (reply.status == 504) count(api_->metrics.timeouts);
  co_return reply;
}

http_answer api_handler::refuse(unsigned status, std::string_view detail) {
  api_->metrics.routes.back().count(status, std::chrono::microseconds{0});
  return problem_answer({rest::code_of_status(status), std::string{detail}, {}}, "");
}

} // namespace lockstep::app
