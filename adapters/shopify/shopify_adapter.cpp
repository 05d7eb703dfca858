#include "adapters/shopify/shopify_adapter.hpp"

#include "adapters/shopify/order_page.hpp"
#include "adapters/shopify/queries.hpp"
#include "adapters/timestamp.hpp"
#include "engine/limits.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include <algorithm>

namespace lockstep::adapters::shopify {

namespace {

namespace json = boost::json;

json::string_view to_json(std::string_view text) {
  return {text.data(), text.size()};
}

std::string make_body(std::string_view document, json::object variables) {
  return json::serialize(json::object{{"query", to_json(document)}, {"variables", std::move(variables)}});
}

json::value text_or_null(std::string_view text) {
  return text.empty() ? json::value(nullptr) : json::value(to_json(text));
}

json::object encode_row(const write_row& row) {
  // changeFromQuantity must be there: null says that nothing is compared.
  return {{"inventoryItemId", row.target.item},
          {"locationId", row.target.location},
          {"quantity", row.value},
          {"changeFromQuantity", row.expected ? json::value(*row.expected) : json::value(nullptr)}};
}

// Shopify wants a URI of the caller's own here and shows it in the item's inventory history.
std::string reference_uri(std::string_view reference) {
  return "gid://lockstep/Push/" + boost::urls::encode(to_json(reference), boost::urls::unreserved_chars);
}

std::vector<std::string> distinct_locations(std::span<const channel_item> items) {
  std::vector<std::string> locations;
  for (const auto& item : items) {
    if (std::find(locations.begin(), locations.end(), item.location) == locations.end())
      locations.push_back(item.location);
  }
  return locations;
}

} // namespace

shopify_adapter::shopify_adapter(channel_account account) : account_(std::move(account)) {}

capabilities shopify_adapter::able_to() const {
  return {.rows_per_write = rows_max,
          .rows_per_read = rows_max,
          .compare_and_set = true,
          .idempotency_key = true,
          .settle = std::chrono::seconds{60},
          .signal_lag = std::chrono::seconds{5}};
}

http_request shopify_adapter::make_request(std::string body) const {
  http_request request;
  request.method = "POST";
  request.url = account_.base_url + "/admin/api/" + std::string{api_version} + "/graphql.json";
  request.headers = {{"Content-Type", "application/json"},
                     {"Accept", "application/json"},
                     {"User-Agent", "lockstep/" LOCKSTEP_VERSION},
                     {"X-Shopify-Access-Token", account_.access_token}};
  request.body = std::move(body);
  request.connect_timeout = limits::channel_connect_timeout;
  request.total_timeout = limits::channel_request_timeout;
  return request;
}

http_request shopify_adapter::encode_write(std::span<const write_row> rows, std::string_view key,
                                           std::string_view reference) const {
  json::array quantities;
  quantities.reserve(rows.size());
  for (const auto& row : rows)
    quantities.push_back(encode_row(row));
  json::object input{{"name", "available"},
                     {"reason", "correction"},
                     {"referenceDocumentUri", reference_uri(reference)},
                     {"quantities", std::move(quantities)}};
  return make_request(
      make_body(set_quantities_document, {{"input", std::move(input)}, {"key", to_json(key)}}));
}

http_request shopify_adapter::encode_read(std::span<const channel_item> items) const {
  json::array ids;
  ids.reserve(items.size());
  for (const auto& item : items)
    ids.push_back(json::value(item.item));
  json::object variables{{"ids", std::move(ids)}};
  const auto locations = distinct_locations(items);
  for (std::size_t i = 0; i < locations.size(); ++i)
    variables["place" + std::to_string(i)] = locations[i];
  return make_request(make_body(levels_document(locations.size()), std::move(variables)));
}

http_request shopify_adapter::encode_list(std::string_view cursor) const {
  return make_request(
      make_body(list_document,
                {{"first", rows_max}, {"after", text_or_null(cursor)}, {"location", account_.location}}));
}

http_request shopify_adapter::encode_orders(time_point since, std::string_view cursor) const {
  const auto from = order_cursor::parse(cursor);
  const bool goes_on = !from.rest.empty() || !from.refunds.empty();
  json::object variables;
  if (from.more || !from.rest.empty())
    variables["lines"] = from.rest.empty() ? lines_per_page : lines_per_rest;
  if (from.more) {
    // While long orders are being finished new ones come one by one, so that their number stays small.
    variables["first"] = goes_on ? 1 : orders_per_page;
    variables["after"] = text_or_null(from.after);
    variables["query"] =
        since == time_point{} ? std::string{"status:open"} : "updated_at:>='" + format_timestamp(since) + "'";
  }
  for (std::size_t i = 0; i < from.rest.size(); ++i) {
    variables["order" + std::to_string(i)] = from.rest[i].order;
    variables["line" + std::to_string(i)] = from.rest[i].after;
  }
  for (std::size_t i = 0; i < from.refunds.size(); ++i)
    variables["refunds" + std::to_string(i)] = from.refunds[i];
  const orders_wanted wanted{.page = from.more, .rest = from.rest.size(), .refunds = from.refunds.size()};
  return make_request(make_body(orders_document(wanted), std::move(variables)));
}

} // namespace lockstep::adapters::shopify
