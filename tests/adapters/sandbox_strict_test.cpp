// The sandbox refuses what Shopify refuses, in Shopify's words. Rows are retyped from recorded answers where
// there are such; the others follow the shapes of graphql-ruby, which Shopify runs.
#include "adapters/sandbox/admin_api.hpp"
#include "adapters/sandbox/admin_objects.hpp"
#include "tests/catch.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

using namespace lockstep;
using namespace std::chrono_literals;
using adapters::sandbox::admin_api;
using adapters::sandbox::cost_bucket;
using adapters::sandbox::shop_model;

namespace {

namespace json = boost::json;

const engine::time_point noon{std::chrono::sys_days{std::chrono::year{2026} / 3 / 5} +
                              std::chrono::hours{12}};

// A shop with two items (7 of 101, 0 of 102) and its endpoint.
struct shop {
  shop_model model{2, 1, true};
  admin_api api{model, cost_bucket{1000, 100}, false};
  cost_bucket::steady::time_point tick = cost_bucket::steady::time_point{} + 1h;

  shop() {
    model.list({"A", 201, 101, 7, true});
    model.list({"B", 202, 102, 0, true});
  }

  json::value ask(std::string_view query, json::value variables) {
    json::object body{{"query", json::string_view{query.data(), query.size()}},
                      {"variables", std::move(variables)}};
    return json::parse(api.execute(json::serialize(body), noon, tick).body);
  }

  [[nodiscard]] engine::quantity shows(std::int64_t item) const {
    return model.find_item(item)->item.available;
  }
};

constexpr std::string_view push = R"(mutation Push($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id reason changes { name delta quantityAfterChange item { id } } }
    userErrors { field message code }
  }
})";

std::string row(int item, std::int64_t quantity, std::string_view from, int location = 2) {
  return fmt::format(
      R"({{"inventoryItemId":"gid://shopify/InventoryItem/{}","locationId":"gid://shopify/Location/{}","quantity":{},"changeFromQuantity":{}}})",
      item, location, quantity, from);
}

json::value input_of(std::string_view rows, std::string_view key = "k1", std::string_view name = "available",
                     std::string_view more = "") {
  return json::parse(
      fmt::format(R"({{"key":"{}","input":{{"name":"{}","reason":"correction","quantities":[{}]{}}}}})", key,
                  name, rows, more));
}

// The user errors as "field: code", one a line; "applied" when there are none.
std::string outcome(const json::value& answer) {
  const auto* payload = answer.as_object().if_contains("data");
  if (!payload || payload->at("inventorySetQuantities").is_null())
    return json::value_to<std::string>(answer.at("errors").at(0).at("extensions").at("code"));
  std::string words;
  for (const auto& error : payload->at("inventorySetQuantities").at("userErrors").as_array()) {
    for (const auto& step : error.at("field").is_null() ? json::array{} : error.at("field").as_array())
      words += fmt::format("{}.", std::string{step.as_string()});
    words += fmt::format(" {}\n", std::string{error.at("code").as_string()});
  }
  const bool applied = !payload->at("inventorySetQuantities").at("inventoryAdjustmentGroup").is_null();
  CHECK(applied == words.empty());
  return words.empty() ? "applied" : words;
}

} // namespace

TEST_CASE("a write is judged row by row and applied as a whole or not at all") {
  const std::pair<json::value, std::string_view> table[] = {
      {input_of(row(101, 5, "7") + "," + row(102, 3, "null")), "applied"},
      {input_of(row(101, 5, "6") + "," + row(102, 3, "0")),
       "input.quantities.0.changeFromQuantity. CHANGE_FROM_QUANTITY_STALE\n"},
      {input_of(row(101, 5, "7") + "," + row(999, 3, "0")),
       "input.quantities.1.inventoryItemId. INVALID_INVENTORY_ITEM\n"},
      {input_of(row(101, 5, "7", 9)), "input.quantities.0.locationId. INVALID_LOCATION\n"},
      {input_of(row(999, 5, "7", 9)),
       "input.quantities.0.inventoryItemId. INVALID_INVENTORY_ITEM\ninput.quantities.0.locationId. "
       "INVALID_LOCATION\n"},
      {input_of(row(101, 1'000'000'001, "7")), "input.quantities.0.quantity. INVALID_QUANTITY_TOO_HIGH\n"},
      {input_of(row(101, -1'000'000'001, "7")), "input.quantities.0.quantity. INVALID_QUANTITY_TOO_LOW\n"},
      {input_of(row(101, -5, "7")), "applied"}, // "available" may be negative
      {input_of(row(101, -5, "7"), "k1", "on_hand"),
       "input.quantities.0.quantity. INVALID_QUANTITY_NEGATIVE\n"},
      {input_of(row(101, 1, "null") + "," + row(101, 2, "null")),
       "input.quantities.0.locationId. NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR\n"
       "input.quantities.1.locationId. NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR\n"},
      {input_of(row(101, 1, "7"), "k1", "damaged"), "input.name. INVALID_NAME\n"},
      {input_of(row(101, 1, "7"), "k1", "available", R"(,"referenceDocumentUri":"no uri")"),
       "input.referenceDocumentUri. INVALID_REFERENCE_DOCUMENT\n"},
  };
  for (const auto& [variables, words] : table) {
    INFO(json::serialize(variables));
    shop here;
    CHECK(outcome(here.ask(push, variables)) == words);
    if (words != "applied") {
      CHECK(here.shows(101) == 7);
      CHECK(here.shows(102) == 0);
      CHECK(here.model.take_events().empty());
    }
  }
}

TEST_CASE("a set tells two changes per row and is echoed as a webhook") {
  shop here;
  const auto answer = here.ask(push, input_of(row(101, 5, "7")));
  const auto& changes =
      answer.at("data").at("inventorySetQuantities").at("inventoryAdjustmentGroup").at("changes").as_array();
  REQUIRE(changes.size() == 2);
  CHECK(
      changes[0] ==
      json::parse(
          R"({"name":"available","delta":-2,"quantityAfterChange":null,"item":{"id":"gid://shopify/InventoryItem/101"}})"));
  CHECK(changes[1].at("name") == "on_hand");
  CHECK(here.shows(101) == 5);
  const auto events = here.model.take_events();
  REQUIRE(events.size() == 1);
  CHECK(events[0].topic == "inventory_levels/update");
  CHECK(json::parse(events[0].payload).at("available") == 5);
  CHECK(events[0].payload.find("gid:\\/\\/shopify") != std::string::npos);
}

TEST_CASE("a repeat under the same key is judged anew, and the key remembers its parameters") {
  shop here;
  REQUIRE(outcome(here.ask(push, input_of(row(101, 5, "7")))) == "applied");
  CHECK(
      outcome(here.ask(push, input_of(row(101, 5, "7")))) ==
      "input.quantities.0.changeFromQuantity. CHANGE_FROM_QUANTITY_STALE\n"); // as recorded: not transparent
  CHECK(outcome(here.ask(push, input_of(row(101, 6, "5")))) == " IDEMPOTENCY_KEY_PARAMETER_MISMATCH\n");
  CHECK(here.shows(101) == 5);
  CHECK(outcome(here.ask(push, input_of(row(101, 6, "4"), "k2"))).ends_with("STALE\n"));
  CHECK(outcome(here.ask(push, input_of(row(101, 6, "4"), "k2"))) ==
        " IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED\n");
  CHECK(outcome(here.ask(push, input_of(row(101, 6, "5"), "k3"))) == "applied");
}

TEST_CASE("a write that is still running refuses its own repeat, then lands") {
  shop here;
  const auto body = json::serialize(json::object{{"query", json::string_view{push.data(), push.size()}},
                                                 {"variables", input_of(row(101, 5, "7"))}});
  here.api.begin(body);
  CHECK(outcome(here.ask(push, input_of(row(101, 5, "7")))) == " IDEMPOTENCY_CONCURRENT_REQUEST\n");
  here.api.land(body, noon, here.tick);
  CHECK(here.shows(101) == 5);
}

TEST_CASE("rules that the schema cannot say are enforced in the recorded shape") {
  shop here;
  constexpr std::string_view without = R"(#graphql
  mutation InventoryQuantitySetContract($input: InventorySetQuantitiesInput!) {
    inventorySetQuantities(input: $input) { userErrors { field } }
  })";
  auto answer = here.ask(without, {{"input", input_of(row(101, 5, "7")).at("input")}});
  CHECK(
      answer.at("errors") ==
      json::parse(
          R"([{"message":"The @idempotent directive is required for this mutation but was not provided.","locations":[{"line":3,"column":5}],"extensions":{"code":"BAD_REQUEST"},"path":["inventorySetQuantities"]}])"));
  CHECK(answer.at("data") == json::parse(R"({"inventorySetQuantities":null})"));

  answer = here.ask(
      push,
      json::parse(
          R"({"key":"k","input":{"name":"available","reason":"correction","quantities":[{"inventoryItemId":"gid://shopify/InventoryItem/101","locationId":"gid://shopify/Location/2","quantity":5}]}})"));
  CHECK(answer.at("errors").at(0).at("message") ==
        "InventoryQuantityInput must include the following argument: changeFromQuantity.");
  CHECK(answer.at("errors").at(0).at("extensions").at("code") == "INVALID_FIELD_ARGUMENTS");
  CHECK(answer.at("data") == json::parse(R"({"inventorySetQuantities":null})"));

  answer = here.ask(push, input_of(row(101, 5, "7"), "k", "available", R"(,"ignoreCompareQuantity":true)"));
  CHECK(answer.at("errors").at(0).at("message") ==
        "Variable $input of type InventorySetQuantitiesInput! was provided invalid value for "
        "ignoreCompareQuantity (Field is not defined on InventorySetQuantitiesInput)");
  CHECK(
      answer.at("errors").at(0).at("extensions").at("problems") ==
      json::parse(
          R"([{"path":["ignoreCompareQuantity"],"explanation":"Field is not defined on InventorySetQuantitiesInput"}])"));
  CHECK_FALSE(answer.as_object().contains("data"));
  CHECK(here.shows(101) == 7);
}

TEST_CASE("250 rows are taken and 251 are not") {
  shop here;
  const auto rows = [&](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      here.model.list({"", 1000 + i, 5000 + i, 0, true});
      text += fmt::format("{}{}", i ? "," : "", row(5000 + i, i, "0"));
    }
    return input_of(text, fmt::format("k{}", count));
  };
  CHECK(outcome(here.ask(push, rows(251))) == "MAX_INPUT_SIZE_EXCEEDED");
  CHECK(outcome(here.ask(push, rows(250))) == "applied");
  CHECK(here.shows(5249) == 249);
}

TEST_CASE("documents that break the schema are refused before anything runs") {
  const std::pair<std::string, std::string_view> table[] = {
      {"query Q { orders(first: 1) { nodes { id } }", "PARSE_ERROR"},
      {"hello", "PARSE_ERROR"},
      {"query Q { shop { name } }", "undefinedField"},
      {"query Q { orders(first: 1) { nodes { id total } } }", "undefinedField"},
      {"query Q { orders(first: 1, status: 7) { nodes { id } } }", "argumentNotAccepted"},
      {"query Q { orders(first: \"1\") { nodes { id } } }", "argumentLiteralsIncompatible"},
      {"query Q { orders(first: 1, sortKey: MOOD) { nodes { id } } }", "argumentLiteralsIncompatible"},
      {"query Q { orders(first: 1) }", "selectionMismatch"},
      {"query Q { orders(first: 1) { nodes { id { x } } } }", "selectionMismatch"},
      {"query Q { nodes { id } }", "missingRequiredArguments"},
      {"query Q($a: Int) { orders(first: 1) { nodes { id } } }", "variableNotUsed"},
      {"query Q { orders(first: $a) { nodes { id } } }", "variableNotDefined"},
      {"query Q($a: String) { orders(first: $a) { nodes { id } } }", "variableMismatch"},
      {"query Q($a: [ID!]) { nodes(ids: $a) { id } }", "variableMismatch"},
      {"query Q($a: Nonsense) { orders(first: $a) { nodes { id } } }", "variableRequiresValidType"},
      {"query Q { orders(first: 1) { nodes { ...x } } }", "useAndDefineFragment"},
      {"query Q { orders(first: 1) { nodes { ...x } } } fragment x on Order { id ...x }", "infiniteLoop"},
      {"query Q { nodes(ids: []) { ... on Spaceship { id } } }", "undefinedType"},
      {"query Q { orders(first: 1) @idempotent { nodes { id } } }", "missingRequiredArguments"},
      {"query Q { orders(first: 1) @cached { nodes { id } } }", "undefinedDirective"},
      {"mutation M($i: InventorySetQuantitiesInput!, $k: String!) @idempotent(key: $k) "
       "{ inventorySetQuantities(input: $i) { userErrors { code } } }",
       "directiveCannotBeApplied"},
      {"mutation M { inventoryAdjustQuantities { userErrors { code } } }", "undefinedField"},
  };
  for (const auto& [query, code] : table) {
    INFO(query);
    shop here;
    const auto answer = here.ask(query, json::object{});
    CHECK_FALSE(answer.as_object().contains("data"));
    std::vector<std::string> codes;
    for (const auto& error : answer.at("errors").as_array())
      codes.push_back(json::value_to<std::string>(error.at("extensions").at("code")));
    CHECK(std::count(codes.begin(), codes.end(), code) >= 1);
  }
}

TEST_CASE("values that are no value of their type are refused with their place") {
  const std::pair<std::string, std::string_view> table[] = {
      {R"({"key":"k"})", "Variable $input of type InventorySetQuantitiesInput! was provided invalid value"},
      {R"({"input":{"name":"available","reason":"correction","quantities":[]}})",
       "Variable $key of type String! was provided invalid value"},
      {R"({"key":"k","input":{"name":"available","quantities":[]}})",
       "Variable $input of type InventorySetQuantitiesInput! was provided invalid value for reason (Expected "
       "value to not be null)"},
      {R"({"key":"k","input":{"name":"available","reason":"correction","quantities":[{"inventoryItemId":"x","locationId":"gid://shopify/Location/2","quantity":1,"changeFromQuantity":null}]}})",
       "Variable $input of type InventorySetQuantitiesInput! was provided invalid value for "
       "quantities.0.inventoryItemId (Invalid global id 'x')"},
      {R"({"key":"k","input":{"name":"available","reason":"correction","quantities":[{"inventoryItemId":"gid://shopify/InventoryItem/1","locationId":"gid://shopify/Location/2","quantity":99999999999,"changeFromQuantity":"7"}]}})",
       "Variable $input of type InventorySetQuantitiesInput! was provided invalid value for "
       "quantities.0.quantity (Could not coerce value 99999999999 to Int), quantities.0.changeFromQuantity "
       "(Could not coerce value \"7\" to Int)"},
  };
  for (const auto& [variables, message] : table) {
    shop here;
    const auto answer = here.ask(push, json::parse(variables));
    CHECK(answer.at("errors").at(0).at("message") == json::string_view{message.data(), message.size()});
    CHECK(answer.at("errors").at(0).at("extensions").at("code") == "INVALID_VARIABLE");
  }
}

TEST_CASE("points run out, are refused as throttled, and come back with time") {
  shop here;
  int applied = 0;
  for (; applied < 1000; ++applied) {
    const auto answer = here.ask(push, input_of(row(101, applied, "null"), fmt::format("k{}", applied)));
    if (outcome(answer) != "applied") {
      CHECK(outcome(answer) == "THROTTLED");
      CHECK(answer.at("extensions").at("cost").at("actualQueryCost").is_null());
      break;
    }
  }
  CHECK(applied == 1000 / 13); // a set that asks for its changes costs 13, as recorded
  here.tick += 1s;
  CHECK(outcome(here.ask(push, input_of(row(101, 1, "null"), "again"))) == "applied");
  CHECK(admin_api{here.model, cost_bucket{0, 0}, true}.throttle().status == 429);
}

TEST_CASE("a query above what one request may cost is refused") {
  shop here;
  std::string ids;
  for (int i = 0; i < 600; ++i)
    ids += fmt::format("{}\"gid://shopify/InventoryItem/{}\"", i ? "," : "", i);
  const auto answer =
      here.ask("query Q { nodes(ids: [" + ids +
                   "]) { ... on InventoryItem { id inventoryLevel(locationId: "
                   "\"gid://shopify/Location/2\") { quantities(names: [\"available\"]) { quantity } } } } }",
               json::object{});
  CHECK(answer.at("errors").at(0).at("extensions").at("code") == "MAX_COST_EXCEEDED");
}

TEST_CASE("a body that is no request is refused") {
  shop here;
  for (const auto* body : {"", "{}", "[]", "{\"quer", R"({"variables":{}})"})
    CHECK(here.api.execute(body, noon, here.tick).status == 400);
}
