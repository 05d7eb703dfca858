// SKUs whose facts the store refused: which they are, and the word of a person that lets them go.
#include "app/api/reply.hpp"
#include "app/api/routes.hpp"

namespace lockstep::app {

namespace {

using rest::problem_code;
using quarantine_list = engine::result<std::vector<storage::quarantined>>;

quarantine_list read_quarantine(storage::reader& from) {
  std::vector<storage::quarantined> held;
  const auto read = from.each_quarantined([&](storage::quarantined each) {
    if (!each.released) held.push_back(std::move(each));
  });
  if (!read) return read.error();
  return held;
}

} // namespace

io_task<http_answer> serve_quarantine(call& c) {
  auto held =
      co_await c.api.workers.run([&]() -> quarantine_list { return c.api.readers.ask(read_quarantine); });
  if (!held) co_return problem_answer(c, problem_code::overloaded);
  if (!*held) co_return error_answer(c, held->error());
  const auto known = c.api.node.catalogue();
  co_return list_answer(c, "quarantine", "", [&](rest::json_text& to) {
    for (const auto& each : **held) {
      const auto* product = known->find(each.sku);
      to.begin_object();
      to.member("sku", product == nullptr ? std::string_view{} : std::string_view{product->code});
      to.member("at", each.at);
      to.member("reason", each.reason);
      to.end_object();
    }
  });
}

io_task<http_answer> serve_release(call& c) {
  const auto& code = c.path("sku");
  const auto sku = find_sku(c, code);
  if (!sku) co_return unknown_sku(c, code);
  const auto done = co_await c.api.workers.run([&] { return c.api.node.release_sku(*sku); });
  if (!done) co_return problem_answer(c, problem_code::overloaded);
  if (!*done) co_return error_answer(c, done->error());
  co_return http_answer{.status = 204, .content_type = {}, .body = {}, .headers = {}};
}

} // namespace lockstep::app
