// Answers in the shapes that every route uses.
#pragma once

#include "adapters/rest/json_text.hpp"
#include "app/api/route.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep::app {

inline constexpr std::string_view json_content_type = "application/json; charset=utf-8";

[[nodiscard]] http_answer json_answer(unsigned status, std::string body);

// With the headers its code calls for: Retry-After, WWW-Authenticate.
[[nodiscard]] http_answer problem_answer(const rest::problem& what, std::string_view target);
[[nodiscard]] http_answer problem_answer(const call& c, rest::problem_code code, std::string detail = {});
[[nodiscard]] http_answer error_answer(const call& c, const engine::error& failure);
// The body or query named a SKU, an account or a hold that does not exist.
[[nodiscard]] http_answer unknown_sku(const call& c, std::string_view sku);
[[nodiscard]] http_answer unknown_account(const call& c, std::string_view name);

// Number of a SKU by its code; of an account by its name.
[[nodiscard]] std::optional<engine::sku_id> find_sku(const call& c, std::string_view code);
[[nodiscard]] std::optional<engine::account_id> find_account(const call& c, std::string_view name);

// The body as one JSON object; an empty body is {} where the route says so.
[[nodiscard]] rest::decoded<boost::json::object> body_object(const call& c);

// ?limit and ?cursor of a list.
struct page {
  std::size_t limit = 0;
  std::string after; // decoded cursor; empty: from the start
};

[[nodiscard]] rest::decoded<page> page_of(const call& c);
// A non-negative integer parameter, or `otherwise`.
[[nodiscard]] rest::decoded<std::int64_t> integer_parameter(const call& c, std::string_view name,
                                                            std::int64_t otherwise);

// {"NAME": [...], "next": "..."} with a Link header when there is a further page. `next` is the cursor's
// content; empty: this is the last page. `put` writes the elements.
[[nodiscard]] http_answer list_answer(const call& c, std::string_view name, std::string_view next,
                                      const std::function<void(rest::json_text&)>& put);

} // namespace lockstep::app
