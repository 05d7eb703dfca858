#include "adapters/shopify/shopify_adapter.hpp"

#include "tests/adapters/shopify_samples.hpp"
#include "tests/catch.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

using namespace lockstep;
using namespace std::chrono_literals;
using adapters::batch_verdict;
using adapters::row_verdict;
using adapters::transport;
using adapters::write_row;
using tests::answered;
using tests::sample_adapter;

namespace {

namespace json = boost::json;

json::value variables_of(const adapters::http_request& request) {
  return json::parse(request.body).at("variables");
}

// "judged: applied stale rejected" and the like.
std::string in_words(const adapters::write_result& result) {
  constexpr std::string_view batch[] = {"judged",    "throttled",  "unauthorized", "retry",
                                        "uncertain", "repeat key", "new key"};
  constexpr std::string_view row[] = {"applied", "not-applied", "stale", "rejected", "uncertain"};
  std::string words{batch[static_cast<std::size_t>(result.verdict)]};
  if (result.verdict != batch_verdict::judged) return words;
  words += ':';
  for (const auto& one : result.rows)
    words += fmt::format(" {}", row[static_cast<std::size_t>(one.verdict)]);
  return words;
}

std::string decode(const adapters::http_response& answer, std::size_t rows = 3) {
  return in_words(sample_adapter().decode_write(answer, rows));
}

std::string payload(std::string_view group, std::string_view errors) {
  return fmt::format(
      R"({{"data":{{"inventorySetQuantities":{{"inventoryAdjustmentGroup":{},"userErrors":[{}]}}}}}})", group,
      errors);
}

std::string row_error(std::string_view row, std::string_view member, std::string_view code) {
  return fmt::format(R"({{"field":["input","quantities","{}","{}"],"message":"Said.","code":"{}"}})", row,
                     member, code);
}

std::string whole_error(std::string_view code) {
  return fmt::format(R"({{"field":null,"message":"Said.","code":{}}})", code);
}

std::string top_error(std::string_view code) {
  return fmt::format(R"({{"errors":[{{"message":"Said.","extensions":{{"code":"{}"}}}}]}})", code);
}

} // namespace

TEST_CASE("a write carries its key on the field, the compared quantity always, and a reference of its own") {
  const std::vector<write_row> rows{
      {{"gid://shopify/InventoryItem/1", "gid://shopify/Location/2"}, 17, 20},
      {{"gid://shopify/InventoryItem/9", "gid://shopify/Location/2"}, 0, std::nullopt}};
  const auto request = sample_adapter().encode_write(rows, "0d4a-key", "listing 7/41");
  CHECK(request.method == "POST");
  CHECK(request.url == "https://eu.example.com/admin/api/2026-04/graphql.json");
  CHECK(std::count(request.headers.begin(), request.headers.end(),
                   adapters::header{"X-Shopify-Access-Token", "token"}) == 1);
  const auto query = json::value_to<std::string>(json::parse(request.body).at("query"));
  CHECK(query.find("inventorySetQuantities(input: $input) @idempotent(key: $key) {") != std::string::npos);
  CHECK(variables_of(request) ==
        json::parse(R"({"key":"0d4a-key","input":{"name":"available","reason":"correction",
    "referenceDocumentUri":"gid://lockstep/Push/listing%207%2F41","quantities":[
    {"inventoryItemId":"gid://shopify/InventoryItem/1","locationId":"gid://shopify/Location/2","quantity":17,"changeFromQuantity":20},
    {"inventoryItemId":"gid://shopify/InventoryItem/9","locationId":"gid://shopify/Location/2","quantity":0,"changeFromQuantity":null}]}})"));
}

TEST_CASE("what Shopify answered when it was recorded is judged for what it was") {
  const std::string none = "null";

  struct sample {
    std::string_view happened;
    std::string answer;
    std::string_view judged;
  };

  const sample samples[] = {
      {"applied",
       R"({"data":{"inventorySetQuantities":{"inventoryAdjustmentGroup":{"id":"gid://shopify/InventoryAdjustmentGroup/54640716251442","createdAt":"2026-06-25T01:33:55Z","reason":"correction","changes":[{"name":"available","delta":5,"quantityAfterChange":null},{"name":"on_hand","delta":5,"quantityAfterChange":null}]},"userErrors":[]}},"extensions":{"cost":{"requestedQueryCost":13,"actualQueryCost":13,"throttleStatus":{"maximumAvailable":2000,"currentlyAvailable":1986,"restoreRate":100}}}})",
       "judged: applied applied"},
      {"no directive",
       R"({"errors":[{"message":"The @idempotent directive is required for this mutation but was not provided.","locations":[{"line":3,"column":5}],"extensions":{"code":"BAD_REQUEST"},"path":["inventorySetQuantities"]}],"data":{"inventorySetQuantities":null}})",
       "retry"},
      {"no changeFromQuantity",
       R"({"errors":[{"message":"InventoryQuantityInput must include the following argument: changeFromQuantity.","locations":[{"line":3,"column":5},{"line":2,"column":41}],"extensions":{"code":"INVALID_FIELD_ARGUMENTS"},"path":["inventorySetQuantities"]}],"data":{"inventorySetQuantities":null}})",
       "retry"},
      {"a field of an older version",
       R"~({"errors":[{"message":"Variable $input of type InventorySetQuantitiesInput! was provided invalid value for ignoreCompareQuantity (Field is not defined on InventorySetQuantitiesInput)","locations":[{"line":2,"column":41}],"extensions":{"code":"INVALID_VARIABLE","value":{},"problems":[{"path":["ignoreCompareQuantity"],"explanation":"Field is not defined on InventorySetQuantitiesInput"}]}}]})~",
       "retry"},
      {"unknown item", payload(none, row_error("1", "inventoryItemId", "INVALID_INVENTORY_ITEM")),
       "judged: not-applied rejected"},
      {"unknown location", payload(none, row_error("0", "locationId", "INVALID_LOCATION")),
       "judged: rejected not-applied"},
      {"above the bound", payload(none, row_error("0", "quantity", "INVALID_QUANTITY_TOO_HIGH")),
       "judged: rejected not-applied"},
      {"wrong name of quantities",
       payload(
           none,
           R"({"field":["input","name"],"message":"The quantity name must be either 'available' or 'on_hand'.","code":"INVALID_NAME"})"),
       "retry"},
      {"the same pair twice",
       payload(none, row_error("0", "locationId", "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR") + "," +
                         row_error("1", "locationId", "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR")),
       "judged: rejected rejected"},
  };
  for (const auto& one : samples) {
    INFO(one.happened);
    CHECK(decode(answered(one.answer), 2) == one.judged);
  }
}

TEST_CASE("every user error has one verdict") {
  const std::pair<std::string, std::string_view> table[] = {
      {row_error("1", "changeFromQuantity", "CHANGE_FROM_QUANTITY_STALE"),
       "judged: not-applied stale not-applied"},
      {row_error("1", "compareQuantity", "COMPARE_QUANTITY_STALE"), "judged: not-applied stale not-applied"},
      {row_error("2", "locationId", "ITEM_NOT_STOCKED_AT_LOCATION"),
       "judged: not-applied not-applied rejected"},
      {row_error("2", "inventoryItemId", "NON_MUTABLE_INVENTORY_ITEM"),
       "judged: not-applied not-applied rejected"},
      {row_error("0", "quantity", "SOMETHING_NEW"), "judged: rejected not-applied not-applied"},
      {row_error("0", "changeFromQuantity", "CHANGE_FROM_QUANTITY_STALE") + "," +
           row_error("2", "inventoryItemId", "INVALID_INVENTORY_ITEM"),
       "judged: stale not-applied rejected"},
      {row_error("0", "changeFromQuantity", "CHANGE_FROM_QUANTITY_STALE") + "," +
           row_error("0", "inventoryItemId", "INVALID_INVENTORY_ITEM") + "," +
           row_error("0", "changeFromQuantity", "CHANGE_FROM_QUANTITY_STALE"),
       "judged: rejected not-applied not-applied"},
      {whole_error(R"("IDEMPOTENCY_CONCURRENT_REQUEST")"), "repeat key"},
      {whole_error(R"("IDEMPOTENCY_KEY_PARAMETER_MISMATCH")"), "new key"},
      {whole_error(R"("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED")"), "new key"},
      {whole_error(R"("INVALID_REASON")"), "retry"},
      {whole_error("null"), "retry"}, // "Too many attempts. Please try again later."
      {row_error("3", "quantity", "INVALID_QUANTITY_TOO_HIGH"), "retry"}, // a row that was not sent
      {row_error("-1", "quantity", "INVALID_QUANTITY_TOO_HIGH"), "retry"},
      {row_error("18446744073709551617", "quantity", "INVALID_QUANTITY_TOO_HIGH"), "retry"},
  };
  for (const auto& [errors, judged] : table) {
    INFO(errors);
    CHECK(decode(answered(payload("null", errors))) == judged);
  }
}

TEST_CASE("a rejected row carries Shopify's code and words") {
  const auto result = sample_adapter().decode_write(
      answered(payload("null", row_error("0", "locationId", "ITEM_NOT_STOCKED_AT_LOCATION"))), 1);
  REQUIRE(result.rows.size() == 1);
  CHECK(result.rows[0].reason == "ITEM_NOT_STOCKED_AT_LOCATION: Said.");
}

TEST_CASE("an id that is none blames its row alone") {
  const std::string answer =
      R"~({"errors":[{"message":"Variable $input of type InventorySetQuantitiesInput! was provided invalid value for quantities.1.inventoryItemId (Invalid global id 'x')","extensions":{"code":"INVALID_VARIABLE","problems":[{"path":["quantities",1,"inventoryItemId"],"explanation":"Invalid global id 'x'"}]}}]})~";
  CHECK(decode(answered(answer)) == "judged: not-applied rejected not-applied");
  CHECK(decode(answered(answer), 1) == "retry"); // a row that was not sent
}

TEST_CASE("an answer that does not say what happened is uncertain") {
  const std::string right = payload(R"({"id":"gid://shopify/InventoryAdjustmentGroup/1"})", "");
  std::vector<std::string> bodies{
      "",
      "   ",
      "<!DOCTYPE html><html><body>Down for maintenance</body></html>",
      "null",
      "[]",
      "12",
      R"("text")",
      "{}",
      R"({"data":null})",
      R"({"data":[]})",
      R"({"data":{}})",
      R"({"data":{"inventorySetQuantities":null}})",
      R"({"data":{"inventorySetQuantities":{"inventoryAdjustmentGroup":null}}})",
      R"({"data":{"inventorySetQuantities":{"inventoryAdjustmentGroup":null,"userErrors":null}}})",
      R"({"data":{"inventorySetQuantities":{"inventoryAdjustmentGroup":null,"userErrors":{}}}})",
      R"({"data":{"inventorySetQuantities":{"inventoryAdjustmentGroup":null,"userErrors":["no"]}}})",
      R"({"data":{"inventorySetQuantities":{"inventoryAdjustmentGroup":null,"userErrors":[{"field":[1],"code":"X"}]}}})",
      R"({"data":{"inventorySetQuantities":{"inventoryAdjustmentGroup":null,"userErrors":[{"field":"x","code":7}]}}})",
      payload(R"({"id":"x"})",
              row_error("0", "quantity", "INVALID_QUANTITY_TOO_HIGH")), // applied and refused at once
      R"({"errors":"Something"})",
      R"({"errors":[]})",
      R"({"errors":null})",
      R"({"errors":[7]})",
      top_error("INTERNAL_SERVER_ERROR"),
      top_error("A_NEW_CODE"),
      R"({"errors":[{"extensions":{"code":"THROTTLED"}},{"extensions":{"code":"INTERNAL_SERVER_ERROR"}}]})",
      right + "x",
      std::string(100, '['),
      "{\"data\":\"\xff\"}",
  };
  for (std::size_t length = 0; length + 1 < right.size(); length += 5)
    bodies.push_back(right.substr(0, length));
  for (const auto& body : bodies) {
    INFO(body);
    CHECK(decode(answered(body)) == "uncertain");
  }
  REQUIRE(decode(answered(right)) == "judged: applied applied applied");
}

TEST_CASE("a set that changed nothing has no group and is applied all the same") {
  CHECK(decode(answered(payload("null", "")), 1) == "judged: applied");
}

TEST_CASE("the status decides when it never comes with an executed document") {
  const std::string right = payload(R"({"id":"x"})", "");
  const std::pair<long, std::string_view> table[] = {
      {200, "judged: applied"}, {301, "retry"},        {400, "retry"},     {401, "unauthorized"},
      {402, "retry"},           {403, "unauthorized"}, {404, "retry"},     {423, "retry"},
      {429, "throttled"},       {430, "throttled"},    {500, "uncertain"}, {502, "uncertain"},
      {503, "uncertain"},       {504, "uncertain"},    {520, "uncertain"},
  };
  for (const auto& [status, judged] : table) {
    INFO(status);
    CHECK(decode(answered(right, status), 1) == judged);
  }
}

TEST_CASE("without an answer only a request that was not sent is known to have done nothing") {
  CHECK(decode(tests::ended(transport::not_sent)) == "retry");
  CHECK(decode(tests::ended(transport::answer_lost)) == "uncertain");
  CHECK(decode(tests::ended(transport::answer_too_big)) == "uncertain");
}

TEST_CASE("throttling is recognised at either status, with what the answer tells of the bucket") {
  const std::string body =
      R"({"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED"}}],"extensions":{"cost":{"requestedQueryCost":752,"actualQueryCost":null,"throttleStatus":{"maximumAvailable":2000.0,"currentlyAvailable":152.5,"restoreRate":100.0}}}})";
  for (const long status : {200L, 429L}) {
    auto answer = answered(body, status);
    answer.headers = {{"retry-after", "2.5"}};
    const auto result = sample_adapter().decode_write(answer, 3);
    CHECK(result.verdict == batch_verdict::throttled);
    CHECK(result.throttle.cost == 752);
    CHECK(result.throttle.available == 152.5);
    CHECK(result.throttle.maximum == 2000);
    CHECK(result.throttle.restore_per_second == 100);
    CHECK(result.throttle.retry_after == 2500ms);
  }
  CHECK(decode(answered(top_error("ACCESS_DENIED"))) == "unauthorized");
}

TEST_CASE("nonsense about limits is no information") {
  auto answer = answered(
      R"({"data":{"inventorySetQuantities":{"inventoryAdjustmentGroup":{},"userErrors":[]}},"extensions":{"cost":{"actualQueryCost":-1,"throttleStatus":{"maximumAvailable":"2000","currentlyAvailable":null,"restoreRate":[]}}}})");
  for (const auto* text : {"", "soon", "-1", "nan", "1;2", "Wed, 21 Oct 2015 07:28:00 GMT"}) {
    answer.headers = {{"retry-after", text}};
    const auto result = sample_adapter().decode_write(answer, 1);
    CHECK(in_words(result) == "judged: applied");
    CHECK_FALSE(result.throttle.cost);
    CHECK_FALSE(result.throttle.available);
    CHECK_FALSE(result.throttle.maximum);
    CHECK_FALSE(result.throttle.restore_per_second);
    CHECK_FALSE(result.throttle.retry_after);
  }
  answer.headers = {{"retry-after", "1e99"}};
  CHECK(sample_adapter().decode_write(answer, 1).throttle.retry_after == 1h);
}
