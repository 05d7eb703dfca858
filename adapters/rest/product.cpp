#include "adapters/rest/product.hpp"

#include "adapters/rest/members.hpp"
#include "adapters/rest/rule.hpp"
#include "engine/identifier.hpp"
#include "engine/limits.hpp"
#include "engine/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace lockstep::adapters::rest {

namespace {

using engine::error_code;
using engine::identifier;
using engine::make_error;

constexpr std::array<std::string_view, 4> gtin_family{"gtin", "upc", "ean", "isbn"};

// A product has a handful of names and is listed once or twice per account.
constexpr std::size_t identifiers_max = 50;
constexpr std::size_t listings_max = 100;
constexpr std::size_t tags_max = 50;
constexpr std::size_t scheme_bytes_max = 64;

bool is_gtin(std::string_view scheme) {
  return std::ranges::find(gtin_family, scheme) != gtin_family.end();
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_scheme(std::string_view name) {
  return !name.empty() && name.size() <= scheme_bytes_max && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == ':' || c == '.';
  });
}

// The shortest customary form of 14 digits.
identifier stored_gtin(const std::string& digits) {
  if (digits.starts_with("000000")) return {"ean", digits.substr(6)};
  if (digits.starts_with("00")) return {"upc", digits.substr(2)};
  if (digits.starts_with('0')) return {"ean", digits.substr(1)};
  return {"gtin", digits};
}

void read_identifier(members& from, product_request& into) {
  const auto scheme = from.text("scheme", scheme_bytes_max);
  const auto value = from.text("value", limits::reference_bytes_max);
  if (scheme.empty() || value.empty()) return;
  auto stored = stored_identifier(scheme, value);
  if (!stored) {
    from.refuse("value", stored.error().what);
  } else if (std::ranges::find(into.identifiers, *stored) == into.identifiers.end()) {
    into.identifiers.push_back(*std::move(stored));
  }
}

void read_listing(members& from, product_request& into) {
  listing_request listing;
  listing.pointer = from.pointer_to("account");
  listing.account = from.text("account", limits::reference_bytes_max);
  listing.item = from.text("item", limits::reference_bytes_max);
  listing.variant = from.optional_text("variant", limits::reference_bytes_max);
  listing.location = from.optional_text("location", limits::reference_bytes_max);
  listing.rule = read_rule(from);
  into.listings.push_back(std::move(listing));
}

} // namespace

engine::result<identifier> stored_identifier(std::string_view scheme, std::string_view value) {
  if (!is_scheme(scheme))
    return make_error(error_code::malformed, "A scheme is NAME or NAME:ACCOUNT in lower case.");
  if (is_gtin(scheme)) {
    auto digits = engine::normalize_gtin(value);
    if (!digits) return digits.error();
    return stored_gtin(*digits);
  }
  if (scheme == "asin" && !engine::is_asin(value)) {
    return make_error(error_code::malformed, "An ASIN is ten characters of A-Z and 0-9.");
  }
  if (scheme == "walmart_item_id" && !is_digits(value)) {
    return make_error(error_code::malformed, "A Walmart item id is digits.");
  }
  if (auto fits = engine::check_text("value", value, limits::reference_bytes_max); !fits) return fits.error();
  return identifier{std::string{scheme}, std::string{value}};
}

std::vector<identifier> equivalent_identifiers(const identifier& stored) {
  if (!is_gtin(stored.scheme)) return {stored};
  const auto digits = std::string(14 - std::min<std::size_t>(14, stored.value.size()), '0') + stored.value;
  std::vector<identifier> forms{{"gtin", digits}};
  if (digits.starts_with("0")) forms.push_back({"ean", digits.substr(1)});
  if (digits.starts_with("00")) forms.push_back({"upc", digits.substr(2)});
  if (digits.starts_with("000000")) forms.push_back({"ean", digits.substr(6)});
  return forms;
}

decoded<product_request> decode_product(const boost::json::object& body) {
  reading read;
  members from{body, "", read};
  product_request wanted;
  wanted.sku = from.text("sku", limits::sku_code_bytes_max);
  if (auto fine = engine::check_sku_code(wanted.sku); !fine && !wanted.sku.empty())
    from.refuse("sku", fine.error().what);
  wanted.title = from.optional_text("title", limits::note_bytes_max);
  from.each_if_present("identifiers", identifiers_max, [&](members& one) { read_identifier(one, wanted); });
  wanted.tags = from.texts_if_present("tags", tags_max, limits::sku_code_bytes_max);
  for (const auto& tag : wanted.tags.value_or(std::vector<std::string>{}))
    if (auto fine = engine::check_sku_code(tag); !fine) from.refuse("tags", fine.error().what);
  from.each_if_present("listings", listings_max, [&](members& one) { read_listing(one, wanted); });
  from.finish();
  if (auto wrong = read.failure()) return *std::move(wrong);
  return wanted;
}

decoded<std::vector<component_request>> decode_components(const boost::json::object& body) {
  reading read;
  members from{body, "", read};
  std::vector<component_request> wanted;
  from.each("components", limits::components_per_bundle_max, [&](members& one) {
    component_request each;
    each.sku = one.text("sku", limits::sku_code_bytes_max);
    each.units = one.integer("units", 1, limits::component_units_max);
    each.pointer = one.pointer_to("sku");
    wanted.push_back(std::move(each));
  });
  from.finish();
  if (auto wrong = read.failure()) return *std::move(wrong);
  return wanted;
}

} // namespace lockstep::adapters::rest
