#include "adapters/rest/product.hpp"

#include "adapters/rest/identifier_scheme.hpp"
#include "adapters/rest/members.hpp"
#include "adapters/rest/rule.hpp"
#include "engine/identifier.hpp"
#include "engine/limits.hpp"

#include <algorithm>

namespace lockstep::adapters::rest {

namespace {

// A product has a handful of names and is listed once or twice per account.
constexpr std::size_t identifiers_max = 50;
constexpr std::size_t listings_max = 100;
constexpr std::size_t tags_max = 50;

void read_identifier(members& from, std::vector<engine::identifier>& into) {
  const auto scheme = from.text("scheme", scheme_bytes_max);
  const auto value = from.text("value", limits::reference_bytes_max);
  if (scheme.empty() || value.empty()) return;
  auto stored = stored_identifier(scheme, value);
  if (!stored) {
    from.refuse("value", stored.error().what);
  } else if (std::ranges::find(into, *stored) == into.end()) {
    into.push_back(*std::move(stored));
  }
}

listing_request read_listing(members& from) {
  listing_request listing;
  listing.pointer = from.pointer_to("account");
  listing.account = from.text("account", limits::reference_bytes_max);
  listing.item = from.text("item", limits::reference_bytes_max);
  listing.variant = from.optional_text("variant", limits::reference_bytes_max);
  listing.location = from.optional_text("location", limits::reference_bytes_max);
  listing.rule = read_rule(from);
  return listing;
}

} // namespace

decoded<product_request> decode_product(const boost::json::object& body) {
  reading read;
  members from{body, "", read};
  product_request wanted;
  wanted.sku = from.text("sku", limits::sku_code_bytes_max);
  if (auto fine = engine::check_sku_code(wanted.sku); !fine && !wanted.sku.empty())
    from.refuse("sku", fine.error().what);
  if (from.has("title")) wanted.title = from.optional_text("title", limits::note_bytes_max);
  if (from.has("identifiers")) {
    auto& identifiers = wanted.identifiers.emplace();
    from.each_if_present("identifiers", identifiers_max,
                         [&](members& one) { read_identifier(one, identifiers); });
  }
  wanted.tags = from.texts_if_present("tags", tags_max, limits::sku_code_bytes_max);
  for (const auto& tag : wanted.tags.value_or(std::vector<std::string>{}))
    if (auto fine = engine::check_sku_code(tag); !fine) from.refuse("tags", fine.error().what);
  from.each_if_present("listings", listings_max,
                       [&](members& one) { wanted.listings.push_back(read_listing(one)); });
  from.finish();
  if (auto wrong = read.failure()) return *std::move(wrong);
  return wanted;
}

decoded<placed_listing> decode_listing(const boost::json::object& body) {
  reading read;
  members from{body, "", read};
  placed_listing wanted;
  wanted.sku = from.text("sku", limits::sku_code_bytes_max);
  wanted.listing = read_listing(from);
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
