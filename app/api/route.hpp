// One route: method, path, who may use it, how long its body may be, and the coroutine that serves it.
#pragma once

#include "adapters/http_server.hpp"
#include "adapters/rest/movement.hpp"
#include "adapters/rest/problem.hpp"
#include "adapters/rest/request_target.hpp"
#include "app/api/api_context.hpp"

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lockstep::app {

namespace rest = adapters::rest;
using adapters::http_answer;
using adapters::http_method;
using adapters::io_task;

enum class access : std::uint8_t { open, read, write, admin };

// What a body must be. `none`: a body is refused; `json_or_none`: an empty one counts as {}.
enum class body_kind : std::uint8_t { none, json, json_or_none, ndjson, raw };

struct route;

// A request on its way through a route.
struct call {
  api_context& api;
  const route& on;
  const adapters::received_request& request;
  const caller* who = nullptr; // null on open routes
  rest::request_target target;

  // Segment of the path that stands for {name}. The name must be in the route's pattern.
  [[nodiscard]] const std::string& path(std::string_view name) const;

  [[nodiscard]] answer_box& box() const { return *api.boxes[request.io_thread]; }
};

struct route {
  http_method method;
  std::string_view pattern; // "/v1/stock/{sku}"
  access needs;
  body_kind takes;
  std::size_t body_bytes_max;
  io_task<http_answer> (*serve)(call&);
  rest::operation operation{};   // of movements
  actors::channel_order order{}; // of channel orders
};

// Every route, hot ones first.
[[nodiscard]] std::span<const route> route_table();

// Index in route_table(), or what is wrong: no_such_route, or method_not_allowed with the methods that are.
struct no_route {
  rest::problem_code code = rest::problem_code::no_such_route;
  std::string allowed; // for the Allow header
};

[[nodiscard]] std::variant<std::size_t, no_route> find_route(http_method method,
                                                             const rest::request_target& target);

} // namespace lockstep::app
