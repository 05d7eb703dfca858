// Every recorded inventorySetQuantities: our decoder reads the answer, and the sandbox, put into the recorded
// state and asked the recorded question, answers the same (apart from ids, times and points left).
#include "adapters/sandbox/admin_api.hpp"
#include "adapters/sandbox/admin_objects.hpp"
#include "adapters/shopify/shopify_adapter.hpp"
#include "tests/contracts/shopify.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>
#include <fmt/format.h>

#include <optional>

namespace lockstep::contracts {

namespace {

namespace json = boost::json;
namespace sandbox = adapters::sandbox;

// The document behind answers that were recorded without it: the fields and places of the answers say what it
// was.
constexpr std::string_view contract_query = R"(#graphql
  mutation InventoryQuantitySetContract($input: InventorySetQuantitiesInput!, $idempotencyKey: String!) {
    inventorySetQuantities(input: $input) @idempotent(key: $idempotencyKey) {
      inventoryAdjustmentGroup {
        id
        createdAt
        reason
        referenceDocumentUri
        changes { name delta quantityAfterChange item { id } location { id name } }
      }
      userErrors { field message code }
    }
  }
)";

constexpr std::string_view plain_query = R"(#graphql
  mutation InventoryQuantitySetUnknown($input: InventorySetQuantitiesInput!, $idempotencyKey: String!) {
    inventorySetQuantities(input: $input) @idempotent(key: $idempotencyKey) {
      inventoryAdjustmentGroup { id }
      userErrors { field message code }
    }
  }
)";

constexpr std::string_view without_directive_query = R"(#graphql
  mutation InventoryQuantitySetContract($input: InventorySetQuantitiesInput!) {
    inventorySetQuantities(input: $input) {
      userErrors { field message code }
    }
  }
)";

struct recorded_case {
  std::string name;
  std::string query;
  json::value variables;
  json::value response;
  engine::quantity available = 0; // before it
  std::string known_item;
  std::string known_location;
  std::string_view verdict; // of our decoder
};

// What differs from one recording to the next.
void forget_accidents(json::value& in) {
  if (auto* object = in.if_object()) {
    for (const auto* name : {"currentlyAvailable", "createdAt"}) {
      if (object->contains(name)) (*object)[name] = "*";
    }
    for (auto& member : *object) {
      if (member.key() == "inventoryAdjustmentGroup" && member.value().is_object() &&
          member.value().get_object().contains("id"))
        member.value().get_object()["id"] = "*";
      forget_accidents(member.value());
    }
  } else if (auto* array = in.if_array()) {
    for (auto& element : *array)
      forget_accidents(element);
  }
}

json::value replay(const recorded_case& one) {
  sandbox::shop_model shop{sandbox::number_of(one.known_location, "Location"), 1, false};
  shop.list({"A", 1, sandbox::number_of(one.known_item, "InventoryItem"), one.available, true});
  sandbox::admin_api api{shop, sandbox::cost_bucket{2000, 100}, false};
  const json::object body{{"query", one.query}, {"variables", one.variables}};
  return json::parse(api.execute(json::serialize(body), {}, {}).body);
}

std::string_view verdict_of(const recorded_case& one) {
  const adapters::shopify::shopify_adapter adapter{{}};
  adapters::http_response answer;
  answer.status = 200;
  answer.body = json::serialize(one.response);
  const auto rows = one.variables.at("input").at("quantities").as_array().size();
  const auto result = adapter.decode_write(answer, rows);
  if (result.verdict == adapters::batch_verdict::retry) return "retry";
  if (result.verdict != adapters::batch_verdict::judged || result.rows.size() != rows) return "other";
  switch (result.rows.front().verdict) {
  case adapters::row_verdict::applied: return "applied";
  case adapters::row_verdict::rejected: return "rejected";
  default: return "other";
  }
}

void check_case(const recorded_case& one, report& to) {
  const auto verdict = verdict_of(one);
  to.check(verdict == one.verdict, fmt::format("recorded {}: read as {}", one.name, one.verdict), verdict);
  auto wanted = one.response;
  auto got = replay(one);
  forget_accidents(wanted);
  forget_accidents(got);
  to.check(wanted == got, fmt::format("recorded {}: the sandbox answers the same", one.name),
           json::serialize(got));
}

std::optional<json::value> read_json(const std::string& path, report& to) {
  json::error_code failure;
  auto value = json::parse(read_file(path, to), failure);
  to.check(!failure, path + " is JSON");
  return failure ? std::nullopt : std::optional{std::move(value)};
}

void check_contracts(const json::value& file, report& to) {
  const auto item = json::value_to<std::string>(file.at("setup").at("product").at("inventoryItemId"));
  const auto location = json::value_to<std::string>(file.at("setup").at("location").at("id"));
  const auto& unknown = file.at("unknownIdValidation");
  const auto make = [&](const json::value& of, std::string name, std::string_view query,
                        std::string_view verdict) {
    return recorded_case{
        std::move(name), std::string{query}, of.at("variables"), of.at("response"), 0, item, location,
        verdict};
  };
  check_case(make(file.at("inventorySetQuantities"), "set", contract_query, "applied"), to);
  check_case(
      make(file.at("missingSetIdempotency"), "set without directive", without_directive_query, "retry"), to);
  check_case(make(file.at("missingSetChangeFromQuantity"), "set without changeFromQuantity", contract_query,
                  "retry"),
             to);
  check_case(make(file.at("legacySetShape"), "set of an older version", contract_query, "retry"), to);
  check_case(make(unknown.at("setUnknownInventoryItem"), "set of an unknown item", plain_query, "rejected"),
             to);
  check_case(make(unknown.at("setUnknownLocation"), "set at an unknown location", plain_query, "rejected"),
             to);
}

void check_names(const json::value& file, report& to) {
  for (const auto& member : file.at("cases").as_object()) {
    const auto& of = member.value();
    const auto name = std::string{member.key()};
    const bool whole = name == "damaged" || name == "committed";
    check_case({name, json::value_to<std::string>(of.at("query")), of.at("variables"), of.at("response"),
                of.at("setup").at("available").as_int64(),
                json::value_to<std::string>(of.at("setup").at("inventoryItemId")),
                json::value_to<std::string>(of.at("setup").at("locationId")),
                whole              ? "retry"
                : name == "onHand" ? "applied"
                                   : "rejected"},
               to);
  }
}

} // namespace

void check_shopify_recorded(const std::string& directory, report& to) {
  const auto folder = directory + "/shopify/recorded/";
  if (const auto file = read_json(folder + "2026-04-inventory-quantity-contracts-2026-04.json", to))
    check_contracts(*file, to);
  if (const auto file = read_json(folder + "2026-04-inventorySetQuantities-name-validation.json", to))
    check_names(*file, to);
}

} // namespace lockstep::contracts
