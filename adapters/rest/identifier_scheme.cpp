#include "adapters/rest/identifier_scheme.hpp"

#include "engine/identifier.hpp"
#include "engine/limits.hpp"
#include "engine/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>

namespace lockstep::adapters::rest {

namespace {

using engine::error_code;
using engine::identifier;
using engine::make_error;
using engine::result;

constexpr std::array<std::string_view, 4> gtin_family{"gtin", "upc", "ean", "isbn"};

// Ids of the channels.
struct channel_scheme {
  std::string_view name;
  std::string_view gid; // what Shopify writes before the number; empty: has none
  bool per_account;
  bool one_sku;
};

constexpr std::array channel_schemes{
    channel_scheme{"walmart_item_id", "", false, false},
    channel_scheme{"ebay_listing", "", false, false},
    channel_scheme{"shopify_product", "gid://shopify/Product/", true, false},
    channel_scheme{"shopify_variant", "gid://shopify/ProductVariant/", true, true},
    channel_scheme{"shopify_inventory_item", "gid://shopify/InventoryItem/", true, true},
    channel_scheme{"woo_product", "", true, false},
    channel_scheme{"woo_variation", "", true, true},
};

bool is_gtin(std::string_view scheme) {
  return std::ranges::find(gtin_family, scheme) != gtin_family.end();
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view without_account(std::string_view scheme) {
  return scheme.substr(0, scheme.find(':'));
}

const channel_scheme* find_channel_scheme(std::string_view scheme) {
  const auto found = std::ranges::find(channel_schemes, without_account(scheme), &channel_scheme::name);
  return found == channel_schemes.end() ? nullptr : &*found;
}

// Whether its values mean the same whatever the account.
bool is_general(std::string_view scheme) {
  const auto* of = find_channel_scheme(scheme);
  return is_gtin(scheme) || scheme == "asin" || (of != nullptr && !of->per_account);
}

// The shortest customary form of 14 digits.
identifier stored_gtin(const std::string& digits) {
  if (digits.starts_with("000000")) return {"ean", digits.substr(6)};
  if (digits.starts_with("00")) return {"upc", digits.substr(2)};
  if (digits.starts_with('0')) return {"ean", digits.substr(1)};
  return {"gtin", digits};
}

result<identifier> stored_channel_id(const channel_scheme& of, std::string_view scheme,
                                     std::string_view value) {
  const bool has_account = scheme.size() > of.name.size() + 1;
  if (of.per_account && !has_account)
    return make_error(error_code::malformed,
                      fmt::format("These ids are those of one shop: write {}:ACCOUNT.", of.name));
  if (!of.gid.empty() && value.starts_with(of.gid)) value.remove_prefix(of.gid.size());
  if (!is_number(value) || value.size() > limits::reference_bytes_max)
    return make_error(error_code::malformed, fmt::format("An id of {} is digits.", of.name));
  return identifier{std::string{scheme}, std::string{value}};
}

} // namespace

bool is_scheme(std::string_view name) {
  return !name.empty() && name.size() <= scheme_bytes_max && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == ':' || c == '.';
  });
}

result<identifier> stored_identifier(std::string_view scheme, std::string_view value) {
  if (!is_scheme(scheme))
    return make_error(error_code::malformed, "A scheme is NAME or NAME:ACCOUNT in lower case.");
  if (const auto name = without_account(scheme); name != scheme && is_general(name))
    return make_error(error_code::malformed,
                      fmt::format("These codes are the same for every account: write {}.", name));
  if (is_gtin(scheme)) {
    const auto either = scheme == "upc" ? engine::short_code::upc_e : engine::short_code::gtin_8;
    auto digits = engine::normalize_gtin(value, either);
    if (!digits) return digits.error();
    return stored_gtin(*digits);
  }
  if (scheme == "asin" && !engine::is_asin(value))
    return make_error(error_code::malformed, "An ASIN is ten characters of A-Z and 0-9.");
  if (const auto* of = find_channel_scheme(scheme)) return stored_channel_id(*of, scheme, value);
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

bool bears(std::span<const identifier> codes, const identifier& code) {
  const auto forms = equivalent_identifiers(code);
  return std::ranges::any_of(codes,
                             [&](const identifier& one) { return std::ranges::find(forms, one) != forms.end(); });
}

bool names_one_sku(std::string_view scheme) {
  const auto* of = find_channel_scheme(scheme);
  return of != nullptr && of->one_sku;
}

namespace {

class search {
 public:
  explicit search(const engine::catalogue& known) : known_(known) {}

  void add_scheme(std::string_view scheme, std::string_view value) {
    if (const auto stored = stored_identifier(scheme, value)) add_stored(*stored);
  }

  void add_stored(const identifier& stored) {
    for (const auto& form : equivalent_identifiers(stored))
      for (const auto sku : known_.find_identifier(form.scheme, form.value)) {
        if (is_full()) break;
        add(sku, form);
      }
  }

  void add_everything(std::string_view value);

  std::vector<lookup_match> take() { return std::move(found_); }

 private:
  void add(engine::sku_id sku, identifier by);
  void add_listings(std::string_view value);
  [[nodiscard]] bool is_full() const { return found_.size() == limits::page_size_max; }

  const engine::catalogue& known_;
  std::vector<lookup_match> found_;
  std::map<engine::sku_id, std::size_t> places_; // in found_
};

void search::add(engine::sku_id sku, identifier by) {
  auto at = places_.find(sku);
  if (at == places_.end()) {
    if (is_full()) return;
    at = places_.emplace(sku, found_.size()).first;
    found_.push_back({sku, {}});
  }
  auto& names = found_[at->second].by;
  if (std::ranges::find(names, by) == names.end()) names.push_back(std::move(by));
}

void search::add_everything(std::string_view value) {
  if (const auto* product = known_.find_code(value)) add(product->id, {"sku", product->code});
  for (auto& [by, sku] : known_.find_value(value, limits::page_size_max))
    add(sku, std::move(by));
  add_scheme("gtin", value);
  // Eight digits may be both, an EAN-8 and a UPC-E.
  if (const auto upc = engine::expand_upc_e(value)) add_scheme("upc", *upc);
  if (auto asin = std::string{value}; !engine::is_asin(value)) {
    std::ranges::transform(asin, asin.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    add_scheme("asin", asin);
  }
  known_.each_account([&](const engine::account& account) {
    for (const auto& each : channel_schemes)
      if (!each.gid.empty() && value.starts_with(each.gid))
        add_scheme(fmt::format("{}:{}", each.name, account.name), value);
    if (const auto* listed = known_.find_variant(account.id, value))
      add(listed->sku, {fmt::format("variant:{}", account.name), listed->variant});
  });
  if (found_.empty()) add_listings(value);
}

// There is no index over items alone: a shop's items are asked for with their place.
void search::add_listings(std::string_view value) {
  const auto item_gid = fmt::format("gid://shopify/InventoryItem/{}", value);
  known_.each_listing([&](const engine::listing& each) {
    const auto* account = known_.find(each.account);
    if (account == nullptr) return;
    if (each.item == value || each.item == item_gid)
      add(each.sku, {fmt::format("item:{}", account->name), each.item});
    if (each.variant == value) add(each.sku, {fmt::format("variant:{}", account->name), each.variant});
  });
}

} // namespace

result<std::vector<lookup_match>> look_up(const engine::catalogue& known, std::string_view scheme,
                                          std::string_view value) {
  search all{known};
  if (scheme.empty()) {
    all.add_everything(value);
  } else {
    const auto stored = stored_identifier(scheme, value);
    if (!stored) return stored.error();
    all.add_stored(*stored);
  }
  return all.take();
}

} // namespace lockstep::adapters::rest
