// Judging inventorySetQuantities. Shopify applies all rows or none (any user error leaves the adjustment
// group null), so one bad row makes its innocent neighbours `not_applied`.
#include "adapters/json_reader.hpp"
#include "adapters/shopify/graphql_answer.hpp"
#include "adapters/shopify/shopify_adapter.hpp"

#include <fmt/format.h>

#include <charconv>

namespace lockstep::adapters::shopify {

namespace {

struct user_error {
  std::optional<std::size_t> row; // none: the error is about the whole input
  std::string code;               // may be empty
  std::string message;
};

std::optional<std::size_t> to_number(std::string_view text) {
  std::size_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The row of ["input", "quantities", "7", "quantity"]: all steps are texts.
std::optional<std::size_t> row_of(json_reader::place field) {
  bool after_quantities = false;
  std::optional<std::size_t> row;
  field.each_if_present([&](json_reader::place step) {
    const auto text = step.text();
    if (after_quantities && !row) row = to_number(text);
    after_quantities = text == "quantities";
  });
  return row;
}

row_result judge_row(const user_error& failure) {
  if (failure.code == "CHANGE_FROM_QUANTITY_STALE" || failure.code == "COMPARE_QUANTITY_STALE")
    return {row_verdict::stale, {}};
  return {row_verdict::rejected,
          fmt::format("{}: {}", failure.code.empty() ? "refused" : failure.code, failure.message)};
}

void set_batch(write_result& into, batch_verdict verdict, const user_error& failure) {
  into.verdict = verdict;
  into.rows.clear();
  into.what = fmt::format("{}: {}", failure.code.empty() ? "refused" : failure.code, failure.message);
}

// Nothing was applied; tells which rows are to blame.
void judge_user_errors(const std::vector<user_error>& failures, std::size_t rows, write_result& into) {
  into.verdict = batch_verdict::judged;
  into.rows.assign(rows, {row_verdict::not_applied, {}});
  bool row_blamed = false;
  for (const auto& failure : failures) {
    if (failure.code == "IDEMPOTENCY_CONCURRENT_REQUEST")
      return set_batch(into, batch_verdict::repeat_key, failure);
    if (failure.code.starts_with("IDEMPOTENCY_")) return set_batch(into, batch_verdict::new_key, failure);
    if (!failure.row || *failure.row >= rows) continue;
    row_blamed = true;
    auto& row = into.rows[*failure.row];
    if (row.verdict != row_verdict::rejected) row = judge_row(failure);
  }
  if (!row_blamed) set_batch(into, batch_verdict::retry, failures.front());
}

void judge_payload(const boost::json::value& document, std::size_t rows, write_result& into) {
  json_reader reader{document};
  const auto payload = reader.root()["data"]["inventorySetQuantities"];
  const bool applied = !payload["inventoryAdjustmentGroup"].is_null();
  std::vector<user_error> failures;
  payload["userErrors"].each([&](json_reader::place failure) {
    failures.push_back(
        {row_of(failure["field"]), failure["code"].optional_text(), failure["message"].optional_text()});
  });
  if (reader.failed() || (applied && !failures.empty())) {
    into.verdict = batch_verdict::uncertain;
    into.what = reader.failed() ? reader.failure().what : "applied and refused at once";
  } else if (failures.empty()) {
    into.verdict = batch_verdict::judged;
    into.rows.assign(rows, {row_verdict::applied, {}});
  } else {
    judge_user_errors(failures, rows, into);
  }
}

// Values that are no value of their type (an id that is none): Shopify names the rows and executes nothing.
void judge_refused_rows(const graphql_answer& judged, std::size_t rows, write_result& into) {
  into.rows.assign(rows, {row_verdict::not_applied, {}});
  for (const auto row : judged.refused_rows) {
    if (row >= rows) return into.rows.clear();
    into.rows[row] = {row_verdict::rejected, judged.what};
  }
  into.verdict = batch_verdict::judged;
}

} // namespace

write_result shopify_adapter::decode_write(const http_response& answer, std::size_t rows) const {
  const auto judged = judge_write(answer);
  write_result result;
  result.verdict = judged.verdict;
  result.throttle = judged.throttle;
  result.what = judged.what;
  if (judged.verdict == batch_verdict::judged)
    judge_payload(judged.document, rows, result);
  else if (!judged.refused_rows.empty())
    judge_refused_rows(judged, rows, result);
  return result;
}

} // namespace lockstep::adapters::shopify
