#include "app/api/monitor_handler.hpp"

#include "app/api/metrics_text.hpp"
#include "app/api/reply.hpp"

#include <fmt/format.h>

namespace lockstep::app {

namespace {

using adapters::http_answer;
using rest::problem_code;

struct check {
  std::string name;
  bool fine;
  std::string why;       // when it is not
  bool advisory = false; // told, and nothing else
};

check turned(std::string name, std::chrono::steady_clock::time_point at, std::chrono::milliseconds allowed) {
  const auto age = std::chrono::steady_clock::now() - at;
  return {
      std::move(name), age < allowed,
      fmt::format("has not turned for {} s", std::chrono::duration_cast<std::chrono::seconds>(age).count())};
}

http_answer plain(unsigned status, std::string body) {
  http_answer reply;
  reply.status = status;
  reply.content_type = "text/plain; charset=utf-8";
  reply.body = std::move(body);
  return reply;
}

// The status is the answer; the lines are for people.
http_answer health_answer(const std::vector<check>& checks, bool verbose) {
  bool fine = true;
  std::string lines;
  for (const auto& each : checks) {
    fine = fine && (each.fine || each.advisory);
    lines += each.fine ? fmt::format("[+]{} ok\n", each.name)
                       : fmt::format("[{}]{} {}\n", each.advisory ? '!' : '-', each.name, each.why);
  }
  if (!verbose && fine) return plain(200, "ok\n");
  return plain(fine ? 200 : 503, std::move(lines));
}

} // namespace

monitor_handler::monitor_handler(api_context& api, const adapters::http_server& intake)
    : api_(&api), intake_(&intake) {}

adapters::head_verdict monitor_handler::admit(adapters::received_request& head) {
  adapters::head_verdict verdict;
  if (head.method == adapters::http_method::get) return verdict;
  verdict.refusal = problem_answer({problem_code::method_not_allowed, {}, {}}, head.target);
  verdict.refusal->headers.emplace_back("Allow", "GET, HEAD");
  return verdict;
}

adapters::io_task<http_answer> monitor_handler::handle(const adapters::received_request& request) {
  const auto target = rest::parse_target(request.target);
  if (!target || target->segments.size() != 1)
    co_return problem_answer({problem_code::no_such_route, {}, {}}, request.target);
  const auto& name = target->segments.front();
  const bool verbose = target->parameter("verbose") != nullptr;
  if (name == "livez" || name == "healthz") co_return live(verbose);
  if (name == "readyz") co_return ready(verbose);
  if (name == "metrics") co_return co_await metrics();
  co_return problem_answer({problem_code::no_such_route, {}, {}}, request.target);
}

http_answer monitor_handler::refuse(unsigned status, std::string_view detail) {
  return problem_answer({rest::code_of_status(status), std::string{detail}, {}}, "");
}

// Our own threads only: a store that is away must not make somebody restart us in circles.
http_answer monitor_handler::live(bool verbose) const {
  std::vector<check> checks;
  const auto allowed = api_->options.turn_max;
  for (std::size_t i = 0; i < intake_->threads(); ++i)
    checks.push_back(turned(fmt::format("http-thread-{}", i), intake_->last_turn(i), allowed));
  checks.push_back(turned("actors", api_->node.last_turn(), allowed));
  return health_answer(checks, verbose);
}

// A channel that is away does not make us unready; a store that is away does.
http_answer monitor_handler::ready(bool verbose) const {
  const auto now = api_->node.statistics();
  const bool draining = draining_.load(std::memory_order_relaxed);
  return health_answer(
      {
          {"engine", now.ready, now.state},
          {"store", now.store_available, "is away"},
          {"store-upkeep", now.store_trouble.empty(), now.store_trouble, true},
          {"credits", now.credits_in_use < now.credits_total, "are used up"},
          {"accepting", !draining, "draining"},
      },
      verbose);
}

adapters::io_task<http_answer> monitor_handler::metrics() const {
  auto channels = co_await api_->workers.run([this] { return api_->node.channels(); });
  http_answer reply;
  reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
  reply.body = metrics_text(*api_, intake_->statistics(),
                            channels && *channels ? **channels : std::vector<actors::channel_status>{});
  co_return reply;
}

} // namespace lockstep::app
