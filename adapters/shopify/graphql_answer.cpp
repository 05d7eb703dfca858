#include "adapters/shopify/graphql_answer.hpp"

#include "adapters/json_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace lockstep::adapters::shopify {

namespace {

namespace json = boost::json;

const json::value* find(const json::value& in, std::initializer_list<std::string_view> path) {
  const json::value* at = &in;
  for (const auto name : path) {
    const auto* object = at->if_object();
    at = object ? object->if_contains(name) : nullptr;
    if (!at) return nullptr;
  }
  return at;
}

std::optional<double> number_at(const json::value& in, std::initializer_list<std::string_view> path) {
  const auto* value = find(in, path);
  if (!value || !value->is_number()) return std::nullopt;
  const auto number = value->to_number<double>();
  return std::isfinite(number) && number >= 0 ? std::optional{number} : std::nullopt;
}

std::string_view text_at(const json::value& in, std::initializer_list<std::string_view> path) {
  const auto* value = find(in, path);
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::string_view{text->data(), text->size()} : std::string_view{};
}

// Seconds, with a fraction perhaps ("2.0"); the form with a date is not used by Shopify.
std::optional<std::chrono::milliseconds> retry_after(const http_response& answer) {
  const auto text = answer.header_value("retry-after");
  double seconds = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  constexpr double seconds_max = 3600; // nobody is asked to wait longer than an hour
  if (!(seconds >= 0)) return std::nullopt;
  return std::chrono::milliseconds{static_cast<std::int64_t>(std::min(seconds, seconds_max) * 1000)};
}

void read_cost(const json::value& document, throttle_report& into) {
  into.cost = number_at(document, {"extensions", "cost", "actualQueryCost"});
  if (!into.cost) into.cost = number_at(document, {"extensions", "cost", "requestedQueryCost"});
  into.available = number_at(document, {"extensions", "cost", "throttleStatus", "currentlyAvailable"});
  into.maximum = number_at(document, {"extensions", "cost", "throttleStatus", "maximumAvailable"});
  into.restore_per_second = number_at(document, {"extensions", "cost", "throttleStatus", "restoreRate"});
}

// Codes with which Shopify refuses a document or its variables before it executes anything.
bool refused_before_execution(std::string_view code) {
  constexpr std::string_view codes[] = {
      "BAD_REQUEST",
      "INVALID_FIELD_ARGUMENTS",
      "INVALID_VARIABLE",
      "MAX_COST_EXCEEDED",
      "MAX_INPUT_SIZE_EXCEEDED",
      "undefinedField",
      "argumentNotAccepted",
      "missingRequiredArguments",
      "undefinedDirective",
      "directiveCannotBeApplied",
      "undefinedType",
      "variableMismatch",
  };
  return std::find(std::begin(codes), std::end(codes), code) != std::end(codes);
}

// Rows named by the problems of an INVALID_VARIABLE error; none when any problem is about something else.
std::vector<std::size_t> rows_of_problems(const json::value& failure) {
  std::vector<std::size_t> rows;
  const auto* problems = find(failure, {"extensions", "problems"});
  if (!problems || !problems->is_array()) return {};
  for (const auto& problem : problems->get_array()) {
    const auto* path = find(problem, {"path"});
    const auto* steps = path ? path->if_array() : nullptr;
    if (!steps || steps->size() < 2 || (*steps)[0] != "quantities" || !(*steps)[1].is_int64()) return {};
    if ((*steps)[1].get_int64() < 0) return {};
    rows.push_back(static_cast<std::size_t>((*steps)[1].get_int64()));
  }
  return rows;
}

batch_verdict verdict_of(std::string_view code) {
  if (code == "THROTTLED") return batch_verdict::throttled;
  if (code == "ACCESS_DENIED" || code == "UNAUTHORIZED") return batch_verdict::unauthorized;
  return refused_before_execution(code) ? batch_verdict::retry : batch_verdict::uncertain;
}

// `errors` is a list of GraphQL errors, or one text for what the gateway refuses. One error that leaves doubt
// is enough for doubt; otherwise the first one decides.
void judge_errors(const json::value& errors, graphql_answer& into) {
  into.verdict = batch_verdict::uncertain;
  const auto* list = errors.if_array();
  if (!list || list->empty()) {
    into.what = errors.is_string() ? std::string{errors.get_string()} : "unreadable errors";
    return;
  }
  for (const auto& failure : *list) {
    const auto code = text_at(failure, {"extensions", "code"});
    const auto verdict = verdict_of(code);
    if (!into.what.empty() && verdict != batch_verdict::uncertain) continue;
    into.verdict = verdict;
    into.what = fmt::format("{}: {}", code.empty() ? "error" : code, text_at(failure, {"message"}));
    into.refused_rows.clear();
    if (code == "INVALID_VARIABLE" && list->size() == 1) into.refused_rows = rows_of_problems(failure);
    if (verdict == batch_verdict::uncertain) return;
  }
}

void judge_document(const http_response& answer, graphql_answer& into) {
  auto parsed = parse_json(answer.body);
  if (!parsed || !parsed->is_object()) {
    into.verdict = batch_verdict::uncertain;
    into.what = parsed ? "the answer is not an object" : parsed.error().what;
    return;
  }
  into.document = std::move(*parsed);
  read_cost(into.document, into.throttle);
  if (const auto* errors = find(into.document, {"errors"})) return judge_errors(*errors, into);
  into.verdict = batch_verdict::judged;
}

// Statuses that never come with an executed document. 430: Shopify's security throttle.
std::optional<batch_verdict> judge_status(long status) {
  if (status == 401 || status == 403) return batch_verdict::unauthorized;
  if (status == 429 || status == 430) return batch_verdict::throttled;
  if (status >= 500) return batch_verdict::uncertain;
  if (status < 200 || status >= 300) return batch_verdict::retry;
  return std::nullopt;
}

} // namespace

graphql_answer judge_write(const http_response& answer) {
  graphql_answer judged;
  if (answer.ended != transport::answered) {
    judged.verdict = answer.ended == transport::not_sent ? batch_verdict::retry : batch_verdict::uncertain;
    judged.what = answer.what;
    return judged;
  }
  judge_document(answer, judged); // for the cost, whatever the status
  judged.throttle.retry_after = retry_after(answer);
  if (const auto verdict = judge_status(answer.status)) {
    judged.verdict = *verdict;
    judged.refused_rows.clear();
    judged.what = fmt::format("HTTP {}", answer.status);
  }
  return judged;
}

graphql_answer judge_read(const http_response& answer) {
  auto judged = judge_write(answer);
  if (judged.verdict == batch_verdict::uncertain) judged.verdict = batch_verdict::retry;
  return judged;
}

} // namespace lockstep::adapters::shopify
