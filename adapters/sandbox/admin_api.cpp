#include "adapters/sandbox/admin_api.hpp"

#include "adapters/json_reader.hpp"
#include "adapters/sandbox/admin_objects.hpp"
#include "adapters/sandbox/admin_parts.hpp"
#include "adapters/sandbox/admin_schema.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace lockstep::adapters::sandbox {

namespace {

namespace json = boost::json;

// A client sends a handful of documents; one that varies its text without end does not fill the memory.
constexpr std::size_t documents_max = 1'000;

json::value as_json(std::string_view text) {
  return json::value(json::string_view{text.data(), text.size()});
}

const directive_use* find_idempotent(const selection& field) {
  const auto found = std::find_if(field.directives.begin(), field.directives.end(),
                                  [](const directive_use& d) { return d.name == "idempotent"; });
  return found == field.directives.end() ? nullptr : &*found;
}

std::string key_of(const selection& field, const json::object& variables) {
  const auto* directive = find_idempotent(field);
  if (!directive) return {};
  selection carrier; // arguments of a directive are read as those of a field
  carrier.arguments = directive->arguments;
  return std::string{text_of(read_arguments(carrier, variables), "key")};
}

// Rules that the schema cannot say, enforced when the field is about to run.
std::vector<graphql_error> check_rules(const selection& field, const operation& asked,
                                       const json::object& input) {
  const json::array path{json::value(field.alias)};
  if (!find_idempotent(field))
    return {{"The @idempotent directive is required for this mutation but was not provided.",
             {field.at},
             "BAD_REQUEST",
             {},
             path}};
  const auto& rows = input.at("quantities").as_array();
  constexpr std::size_t rows_max = 250;
  if (rows.size() > rows_max)
    return {{fmt::format("The input array size of {} is greater than the maximum allowed of {}.", rows.size(),
                         rows_max),
             {field.at},
             "MAX_INPUT_SIZE_EXCEEDED",
             {},
             {json::value(field.alias), json::value("input"), json::value("quantities")}}};
  for (const auto& row : rows) {
    if (row.as_object().contains("changeFromQuantity")) continue;
    std::vector<position> places{field.at};
    if (!asked.variables.empty()) places.push_back(asked.variables.front().at);
    return {{"InventoryQuantityInput must include the following argument: changeFromQuantity.",
             places,
             "INVALID_FIELD_ARGUMENTS",
             {},
             path}};
  }
  return {};
}

} // namespace

bool cost_bucket::take(double points, steady::time_point now) {
  if (refilled_at_ != steady::time_point{})
    give_back(std::chrono::duration<double>(now - refilled_at_).count() * restore_per_second_);
  refilled_at_ = now;
  if (points > available_) return false;
  available_ -= points;
  return true;
}

json::object cost_bucket::to_json() const {
  return {{"maximumAvailable", static_cast<std::int64_t>(maximum_)},
          {"currentlyAvailable", static_cast<std::int64_t>(std::floor(available_))},
          {"restoreRate", static_cast<std::int64_t>(restore_per_second_)}};
}

admin_api::admin_api(shop_model& shop, cost_bucket bucket, bool throttled_as_429)
    : shop_(shop), bucket_(bucket), throttled_as_429_(throttled_as_429),
      schema_(schema::parse(admin_schema_text).value()) {}

api_answer admin_api::refuse(const std::vector<graphql_error>& errors) {
  ++refused_;
  json::array listed;
  for (const auto& error : errors)
    listed.push_back(error.to_json());
  return {200, json::serialize(json::object{{"errors", std::move(listed)}})};
}

const admin_api::prepared& admin_api::prepare(const std::string& text) {
  if (const auto known = documents_.find(text); known != documents_.end()) return known->second;
  if (documents_.size() >= documents_max) documents_.clear();
  prepared made;
  if (auto parsed = parse_document(text)) {
    made.errors = check_document(*parsed, schema_);
    made.asked = std::move(*parsed);
  } else {
    made.errors.push_back({parsed.error().what, {}, "PARSE_ERROR", {}, {}});
  }
  return documents_.emplace(text, std::move(made)).first->second;
}

api_answer admin_api::execute(std::string_view body, time_point now, cost_bucket::steady::time_point tick) {
  ++requests_;
  const auto parsed = parse_json(body);
  const auto* envelope = parsed ? parsed->if_object() : nullptr;
  if (!envelope || !envelope->contains("query"))
    return {400, R"({"errors":{"query":"Required parameter missing or invalid"}})"};
  const auto& document = prepare(std::string{text_of(*envelope, "query")});
  if (!document.errors.empty()) return refuse(document.errors);
  request asked{
      .asked = &document.asked, .first = &document.asked.operations.front(), .variables = {}, .points = 0};
  if (const auto* given = envelope->if_contains("variables"); given && given->is_object())
    asked.variables = given->get_object();
  if (const auto errors = check_variables(*asked.first, schema_, asked.variables); !errors.empty())
    return refuse(errors);
  asked.points = estimate_cost(document.asked, schema_, *asked.first, asked.variables);
  constexpr double points_per_request_max = 1'000;
  if (asked.points > points_per_request_max)
    return refuse({{fmt::format("Query cost is {}, which exceeds the single query max cost limit (1000).",
                                asked.points),
                    {},
                    "MAX_COST_EXCEEDED",
                    {{"cost", asked.points}, {"maxCost", points_per_request_max}},
                    {}}});
  if (!bucket_.take(asked.points, tick)) return throttle();
  return asked.first->mutation ? run_mutation(asked, now) : run_query(asked);
}

api_answer admin_api::throttle() {
  ++throttled_;
  json::object error{
      {"message", "Throttled"},
      {"extensions",
       {{"code", "THROTTLED"}, {"documentation", "https://shopify.dev/api/usage/rate-limits"}}}};
  json::object cost{
      {"requestedQueryCost", 10}, {"actualQueryCost", nullptr}, {"throttleStatus", bucket_.to_json()}};
  json::object body{{"errors", json::array{std::move(error)}}, {"extensions", {{"cost", std::move(cost)}}}};
  return {throttled_as_429_ ? 429U : 200U, json::serialize(body)};
}

api_answer admin_api::answer(json::object body, double requested, double actual) const {
  body["extensions"] = {{"cost",
                         {{"requestedQueryCost", static_cast<std::int64_t>(requested)},
                          {"actualQueryCost", static_cast<std::int64_t>(actual)},
                          {"throttleStatus", bucket_.to_json()}}}};
  return {200, json::serialize(body)};
}

api_answer admin_api::run_query(const request& asked) {
  std::size_t objects = 0;
  auto result = run_selections(*asked.asked, schema_, asked.first->selections, query_root(shop_),
                               asked.variables, objects);
  const auto actual = std::min(asked.points, static_cast<double>(objects));
  bucket_.give_back(asked.points - actual);
  return answer({{"data", std::move(result)}}, asked.points, actual);
}

api_answer admin_api::run_mutation(const request& asked, time_point now) {
  const auto& field = asked.first->selections.front();
  const auto arguments = read_arguments(field, asked.variables);
  const auto& input = arguments.at("input").as_object();
  constexpr double refused_points = 10;
  if (const auto broken = check_rules(field, *asked.first, input); !broken.empty()) {
    json::array listed;
    for (const auto& error : broken)
      listed.push_back(error.to_json());
    json::object none{{field.alias, nullptr}};
    return answer({{"errors", std::move(listed)}, {"data", std::move(none)}}, asked.points, refused_points);
  }
  const auto outcome = write(input, key_of(field, asked.variables), now);
  const auto payload = to_object(outcome, input, now);
  const graphql_object root{"Mutation",
                            [&](const selection&, const json::object&) { return graphql_value{payload}; }};
  std::size_t objects = 0;
  auto result =
      run_selections(*asked.asked, schema_, asked.first->selections, root, asked.variables, objects);
  const auto actual = outcome.faults.empty() ? asked.points : refused_points;
  bucket_.give_back(asked.points - actual);
  return answer({{"data", std::move(result)}}, asked.points, actual);
}

void admin_api::count_into(shop_statistics& statistics) const {
  statistics.requests = requests_;
  statistics.requests_throttled = throttled_;
  statistics.requests_refused = refused_;
  statistics.writes = writes_;
  statistics.rows_written = rows_written_;
  statistics.writes_stale = stale_;
}

admin_api::write_outcome admin_api::write(const json::object& input, const std::string& key, time_point now) {
  write_outcome outcome;
  const auto parameters = std::hash<std::string>{}(json::serialize(input));
  outcome.faults = judge_key(key, parameters);
  if (!outcome.faults.empty()) return outcome;
  std::vector<level_write> rows;
  outcome.faults = judge_input(input, rows);
  const bool applied = outcome.faults.empty();
  keys_.try_emplace(key, remembered{applied ? ended::applied : ended::failed, parameters});
  if (!applied) {
    stale_ += std::any_of(outcome.faults.begin(), outcome.faults.end(),
                          [](const user_error& fault) { return fault.code == "CHANGE_FROM_QUANTITY_STALE"; })
                  ? 1U
                  : 0U;
    return outcome;
  }
  ++writes_;
  rows_written_ += rows.size();
  outcome.group = shop_.next_id();
  const auto differences = shop_.apply(rows, now);
  for (std::size_t i = 0; i < rows.size(); ++i)
    outcome.changes.emplace_back(rows[i].inventory_item, differences[i]);
  return outcome;
}

graphql_object admin_api::to_object(const write_outcome& outcome, const json::object& input,
                                    time_point now) const {
  return {"InventorySetQuantitiesPayload",
          [this, &outcome, &input, now](const selection& field, const json::object&) -> graphql_value {
            if (field.name == "inventoryAdjustmentGroup") {
              if (!outcome.faults.empty()) return json::value(nullptr);
              return adjustment_group(shop_, outcome.group, now, input, outcome.changes);
            }
            std::vector<graphql_value> errors;
            for (const auto& fault : outcome.faults)
              errors.push_back(to_object(fault));
            return errors;
          }};
}

graphql_object admin_api::to_object(const user_error& fault) {
  return {"InventorySetQuantitiesUserError",
          [&fault](const selection& field, const json::object&) -> graphql_value {
            if (field.name == "field") return fault.field;
            return as_json(field.name == "code" ? fault.code : fault.message);
          }};
}

// A repeat is not answered with the first answer: it is judged anew (as recorded), so after a success with a
// compared quantity it is stale.
std::vector<admin_api::user_error> admin_api::judge_key(const std::string& key,
                                                        std::size_t parameters) const {
  const auto known = keys_.find(key);
  if (known == keys_.end()) return {};
  if (known->second.ended == ended::running)
    return {{nullptr, "This request is currently in progress, please try again.",
             "IDEMPOTENCY_CONCURRENT_REQUEST"}};
  if (known->second.parameters != parameters)
    return {{nullptr, "The same idempotency key cannot be used with different operation parameters.",
             "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"}};
  if (known->second.ended == ended::failed)
    return {{nullptr,
             "A previous request with this idempotency key failed. Retry with a new idempotency key.",
             "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"}};
  return {};
}

} // namespace lockstep::adapters::sandbox
