// Who did what and when: facts as the store holds them, read by a worker.
#include "adapters/rest/encode.hpp"
#include "adapters/timestamp.hpp"
#include "app/api/reply.hpp"
#include "app/api/routes.hpp"

#include <fmt/format.h>

#include <charconv>

namespace lockstep::app {

namespace {

using rest::problem;
using rest::problem_code;
using fact_page = engine::result<std::vector<storage::stored_fact>>;

std::int64_t row_of(std::string_view cursor) {
  std::int64_t number = 0;
  std::from_chars(cursor.data(), cursor.data() + cursor.size(), number);
  return number;
}

http_answer facts_answer(const call& c, const std::vector<storage::stored_fact>& page,
                         const std::string& next) {
  const auto known = c.api.node.catalogue();
  return list_answer(c, "facts", next, [&](rest::json_text& to) {
    for (const auto& each : page) {
      const auto* product = known->find(each.sku);
      rest::put_fact(to, product == nullptr ? std::string_view{} : std::string_view{product->code}, each.fact,
                     *known);
    }
  });
}

rest::decoded<engine::time_point> time_parameter(const call& c, std::string_view name,
                                                 engine::time_point otherwise) {
  const auto* text = c.target.parameter(name);
  if (text == nullptr) return otherwise;
  if (const auto time = adapters::parse_timestamp(*text)) return *time;
  return problem{problem_code::invalid_parameter,
                 fmt::format("`{}` must be a time such as 2026-01-31T12:00:00Z.", name),
                 {}};
}

} // namespace

// Newest first; the cursor is the version to go on below.
io_task<http_answer> serve_sku_audit(call& c) {
  const auto& code = c.path("sku");
  const auto sku = find_sku(c, code);
  if (!sku) co_return unknown_sku(c, code);
  const auto wanted = page_of(c);
  if (!wanted) co_return problem_answer(wanted.error(), c.request.target);
  auto found = co_await c.api.workers.run([&]() -> fact_page {
    return c.api.readers.ask(
        [&](storage::reader& from) { return from.history(*sku, row_of(wanted->after), wanted->limit); });
  });
  if (!found) co_return problem_answer(c, problem_code::overloaded);
  if (!*found) co_return error_answer(c, found->error());
  const auto& page = **found;
  const bool more = page.size() == wanted->limit && page.back().fact.version > 1;
  co_return facts_answer(c, page, more ? std::to_string(page.back().fact.version) : std::string{});
}

// All SKUs in commit order between two times; the cursor is the row to go on after.
io_task<http_answer> serve_audit(call& c) {
  const auto wanted = page_of(c);
  if (!wanted) co_return problem_answer(wanted.error(), c.request.target);
  const auto from = time_parameter(c, "from", engine::time_point{});
  if (!from) co_return problem_answer(from.error(), c.request.target);
  const auto to = time_parameter(c, "to", engine::time_point::max());
  if (!to) co_return problem_answer(to.error(), c.request.target);
  auto found = co_await c.api.workers.run([&]() -> fact_page {
    return c.api.readers.ask([&](storage::reader& reader) {
      return reader.history_between(*from, *to, row_of(wanted->after), wanted->limit);
    });
  });
  if (!found) co_return problem_answer(c, problem_code::overloaded);
  if (!*found) co_return error_answer(c, found->error());
  const auto& page = **found;
  co_return facts_answer(c, page,
                         page.size() == wanted->limit ? std::to_string(page.back().row) : std::string{});
}

} // namespace lockstep::app
