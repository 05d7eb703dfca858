#include "adapters/sandbox/admin_schema.hpp"
#include "adapters/sandbox/graphql_check.hpp"
#include "adapters/shopify/queries.hpp"
#include "adapters/shopify/shopify_adapter.hpp"
#include "tests/contracts/shopify.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace lockstep::contracts {

namespace {

namespace json = boost::json;
namespace sandbox = adapters::sandbox;

std::vector<std::string> faults_of(const std::string& body, const sandbox::schema& shopify) {
  const auto request = json::parse(body);
  const auto document = sandbox::parse_document(json::value_to<std::string>(request.at("query")));
  if (!document) return {document.error().what};
  std::vector<std::string> faults;
  for (const auto& error : sandbox::check_document(*document, shopify))
    faults.push_back(error.message);
  for (const auto& error :
       sandbox::check_variables(document->operations.front(), shopify, request.at("variables").as_object()))
    faults.push_back(error.message);
  return faults;
}

adapters::shopify::shopify_adapter make_adapter() {
  return adapters::shopify::shopify_adapter{{.name = "shop",
                                             .base_url = "https://shop.example.com",
                                             .access_token = "token",
                                             .webhook_secrets = {},
                                             .location = "gid://shopify/Location/2"}};
}

void check_requests(const sandbox::schema& shopify, report& to) {
  const auto adapter = make_adapter();
  const std::vector<adapters::channel_item> items{
      {"gid://shopify/InventoryItem/1", "gid://shopify/Location/2"},
      {"gid://shopify/InventoryItem/2", "gid://shopify/Location/3"}};
  const std::vector<adapters::write_row> rows{{items[0], 17, 20}, {items[1], 0, std::nullopt}};
  const std::string rest =
      R"({"after":"c","more":true,"rest":[["gid://shopify/Order/1","l"],["gid://shopify/Order/2","m"]]})";
  const std::string only_rest = R"({"after":"","more":false,"rest":[["gid://shopify/Order/1","l"]]})";
  const std::string refunds =
      R"({"after":"c","more":true,"rest":[["gid://shopify/Order/1","l"]],"refunds":["gid://shopify/Order/1","gid://shopify/Order/2"]})";
  const std::string only_refunds =
      R"({"after":"","more":false,"rest":[],"refunds":["gid://shopify/Order/1"]})";
  to.check(faults_of(adapter.encode_write(rows, "key", "1").body, shopify),
           "our write is valid by Shopify's schema");
  to.check(faults_of(adapter.encode_read(items).body, shopify), "our read is valid by Shopify's schema");
  to.check(faults_of(adapter.encode_list("").body, shopify), "our list is valid by Shopify's schema");
  to.check(faults_of(adapter.encode_list("c").body, shopify),
           "the list's next page is valid by Shopify's schema");
  to.check(faults_of(adapter.encode_orders({}, "").body, shopify),
           "our order poll is valid by Shopify's schema");
  to.check(faults_of(adapter.encode_orders({}, rest).body, shopify),
           "its pages with long orders are valid too");
  to.check(faults_of(adapter.encode_orders({}, only_rest).body, shopify), "its last pages are valid too");
  to.check(faults_of(adapter.encode_orders({}, refunds).body, shopify),
           "its pages with many refunds are valid too");
  to.check(faults_of(adapter.encode_orders({}, only_refunds).body, shopify),
           "its pages of refunds alone are valid");
}

// What the sandbox's part of the schema says of a type and the full schema does not.
std::vector<std::string> differences(const sandbox::schema_type& ours, const sandbox::schema& shopify) {
  const auto* theirs = shopify.find(ours.name);
  if (!theirs) return {fmt::format("no type {}", ours.name)};
  std::vector<std::string> found;
  if (theirs->is != ours.is) found.push_back(fmt::format("{} is of another kind", ours.name));
  for (const auto& [name, field] : ours.fields) {
    const auto* known = theirs->find(name);
    if (!known || known->type.text() != field.type.text()) {
      found.push_back(fmt::format("{}.{}: {} is not {}", ours.name, name, field.type.text(),
                                  known ? known->type.text() : "there"));
      continue;
    }
    for (const auto& [argument, said] : field.arguments) {
      const auto other = known->arguments.find(argument);
      if (other == known->arguments.end() || other->second.type.text() != said.type.text())
        found.push_back(fmt::format("{}.{}({}:)", ours.name, name, argument));
    }
    for (const auto& [argument, said] : known->arguments) {
      if (said.type.required && !said.has_default && !field.arguments.contains(argument))
        found.push_back(fmt::format("{}.{}({}:) is required", ours.name, name, argument));
    }
  }
  for (const auto& name : ours.names) {
    if (std::find(theirs->names.begin(), theirs->names.end(), name) == theirs->names.end())
      found.push_back(fmt::format("{} has no {}", ours.name, name));
  }
  if (ours.is == sandbox::schema_type::kind::input && ours.fields.size() != theirs->fields.size())
    found.push_back(fmt::format("{} has other members", ours.name));
  return found;
}

} // namespace

void check_shopify_schema(const std::string& directory, report& to) {
  const auto text = read_file(directory + "/shopify/admin-2026-04.schema.graphql.gz", to);
  const auto shopify = sandbox::schema::parse(text);
  to.check(shopify.has_value(), "Shopify's schema is read", shopify.has_value() ? "" : shopify.error().what);
  if (!shopify) return;
  to.check(shopify->types().size() > 1'000, "Shopify's schema has its thousands of types");
  check_requests(*shopify, to);
  const auto ours = sandbox::schema::parse(sandbox::admin_schema_text);
  to.check(ours.has_value(), "the sandbox's schema is read");
  if (!ours) return;
  for (const auto& [name, type] : ours->types())
    to.check(differences(type, *shopify), fmt::format("the sandbox's {} is Shopify's", name));
}

} // namespace lockstep::contracts
