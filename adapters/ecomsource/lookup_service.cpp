#include "adapters/ecomsource/lookup_service.hpp"

#include "adapters/printable.hpp"
#include "adapters/rest/identifier_scheme.hpp"
#include "engine/identifier.hpp"
#include "engine/limits.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

namespace lockstep::adapters::ecomsource {

namespace json = boost::json;
using engine::identifier;

namespace {

// Kinds of identifiers as the service may call them, without case and punctuation, and our schemes.
constexpr std::array<std::pair<std::string_view, std::string_view>, 12> schemes{{{"upc", "upc"},
                                                                                 {"ean", "ean"},
                                                                                 {"gtin", "gtin"},
                                                                                 {"isbn", "isbn"},
                                                                                 {"asin", "asin"},
                                                                                 {"mpn", "mpn"},
                                                                                 {"partnumber", "mpn"},
                                                                                 {"walmartitemid", "walmart_item_id"},
                                                                                 {"walmartwpid", "walmart_wpid"},
                                                                                 {"wpid", "walmart_wpid"},
                                                                                 {"ebayepid", "ebay_epid"},
                                                                                 {"epid", "ebay_epid"}}};

std::string_view scheme_of(std::string_view type) {
  std::string plain;
  for (const char c : type) {
    if (c >= 'A' && c <= 'Z') plain += static_cast<char>(c + 32);
    if (c >= 'a' && c <= 'z') plain += c;
  }
  const auto* found = std::ranges::find(schemes, plain, &std::pair<std::string_view, std::string_view>::first);
  return found == schemes.end() ? std::string_view{} : found->second;
}

std::string text_member(const json::object& of, std::string_view name) {
  const auto* found = of.if_contains(name);
  return found != nullptr && found->is_string() ? std::string{found->as_string()} : std::string{};
}

// Callers were seen to accept all of these.
const json::array* records_of(const json::value& body) {
  if (const auto* list = body.if_array()) return list;
  const auto* object = body.if_object();
  if (object == nullptr) return nullptr;
  for (const auto* name : {"data", "products", "results"})
    if (const auto* found = object->if_contains(name); found != nullptr && found->is_array())
      return &found->as_array();
  return nullptr;
}

// `summary` is an object or a list of them.
std::string title_of(const json::object& record) {
  const auto* summary = record.if_contains("summary");
  if (summary == nullptr) return {};
  if (summary->is_array() && !summary->as_array().empty()) summary = &summary->as_array().front();
  if (!summary->is_object()) return {};
  auto title = printable(text_member(summary->as_object(), "itemName"));
  if (title.size() > limits::note_bytes_max) {
    title.resize(limits::note_bytes_max);
    while (!title.empty() && (static_cast<unsigned char>(title.back()) & 0xC0) == 0x80)
      title.pop_back(); // no half characters
    if (!title.empty() && static_cast<unsigned char>(title.back()) >= 0x80) title.pop_back();
  }
  return title;
}

known_product product_of(const json::object& record) {
  known_product product{title_of(record), {}};
  const auto* list = record.if_contains("identifiers");
  if (list == nullptr || !list->is_array()) return product;
  for (const auto& each : list->as_array()) {
    if (!each.is_object() || product.identifiers.size() == limits::lookup_identifiers_max) continue;
    const auto scheme = scheme_of(text_member(each.as_object(), "type"));
    auto stored = rest::stored_identifier(scheme, text_member(each.as_object(), "identifier"));
    if (stored && !stored->value.empty() &&
        std::ranges::find(product.identifiers, *stored) == product.identifiers.end())
      product.identifiers.push_back(*std::move(stored));
  }
  return product;
}

std::optional<engine::duration> retry_after(const http_response& answer) {
  constexpr std::int64_t day = 86'400;
  const auto text = answer.header_value("retry-after");
  std::int64_t seconds = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, seconds);
  if (failure != std::errc{} || stop != end || seconds < 0) return std::nullopt;
  return std::chrono::seconds{std::min(seconds, day)};
}

// What the service says of its own is JSON; a page of HTML comes from something before it, or from a wrong address.
bool is_its_own(const http_response& answer) {
  boost::system::error_code wrong;
  return json::parse(answer.body, wrong).is_object(); // null when it is no JSON
}

// A question that the service does not take (400, 404, 422). One of many codes may be the reason; a single one
// is a code that it does not know.
lookup_answer not_taken(const http_response& answer, std::size_t codes) {
  lookup_answer read;
  read.what = fmt::format("HTTP status {}", answer.status);
  if (codes > 1) {
    read.status = lookup_status::batch_refused;
    read.what += fmt::format(" for {} codes at once", codes);
  } else if (is_its_own(answer)) {
    read.status = lookup_status::answered;
    read.products.resize(1);
  } else {
    read.what += ", and not from the service: is `url` right?";
  }
  return read;
}

// How an exchange ended before its body is looked at; nothing: with a body to read.
std::optional<lookup_answer> ended_early(const http_response& answer, std::size_t codes) {
  lookup_answer early;
  if (answer.ended != transport::answered) {
    early.what = answer.what;
    return early;
  }
  early.what = fmt::format("HTTP status {}", answer.status);
  switch (answer.status) {
  case 200: return std::nullopt;
  case 400:
  case 404:
  case 422: return not_taken(answer, codes);
  case 401:
  case 402:
  case 403: early.status = lookup_status::refused; return early;
  case 429:
    early.status = lookup_status::throttled;
    early.limits.retry_after = retry_after(answer);
    return early;
  default: return early;
  }
}

} // namespace

std::string_view service_type(const identifier& code) {
  if (code.scheme == "asin") return "asin";
  if (code.scheme != "upc" && code.scheme != "ean" && code.scheme != "gtin") return {};
  if (code.value.size() == 12) return "upc";
  return code.value.size() == 13 ? "ean" : "gtin";
}

http_request encode_lookup(const service_account& account, std::span<const identifier> codes) {
  json::array values;
  for (const auto& each : codes)
    values.emplace_back(each.value);
  http_request request;
  request.url = account.base_url + "/api/v1/search/product";
  request.headers = {{"Content-Type", "application/json"},
                     {"Accept", "application/json"},
                     {"X-Access-Key", account.access_key},
                     {"X-Secret-Key", account.secret_key}};
  const bool one = values.size() == 1;
  request.body = json::serialize(json::object{{"identifier", one ? values.front() : json::value(values)},
                                              {"identifierType", service_type(codes.front())},
                                              {"countryCode", account.country},
                                              {"refresh", false}});
  return request;
}

lookup_answer decode_lookup(const http_response& answer, std::span<const identifier> codes) {
  if (auto early = ended_early(answer, codes.size())) return *std::move(early);
  lookup_answer read;
  boost::system::error_code wrong;
  const auto body = json::parse(answer.body, wrong);
  const auto* records = wrong ? nullptr : records_of(body);
  if (records == nullptr) {
    read.what = "the answer is not the JSON that is expected";
    return read;
  }
  read.status = lookup_status::answered;
  read.products.resize(codes.size());
  for (const auto& each : *records) {
    if (!each.is_object()) continue;
    const auto product = product_of(each.as_object());
    // The service answers with unrelated products too: only one that names the code is meant.
    for (std::size_t i = 0; i < codes.size(); ++i)
      if (read.products[i].size() < limits::lookup_products_max && rest::bears(product.identifiers, codes[i]))
        read.products[i].push_back(product);
  }
  return read;
}

} // namespace lockstep::adapters::ecomsource
