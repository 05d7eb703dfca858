// What one or many requests change of products and listings, as records in the order they are made durable.
// Each is checked against the catalogue and against those drafted before it, so that a refused one leaves the
// others standing.
#pragma once

#include "adapters/rest/product.hpp"
#include "adapters/rest/rule.hpp"
#include "storage/store.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace lockstep::app {

struct placed_count {
  std::string sku, location;
};

class catalogue_draft {
 public:
  // `known` outlives the draft and does not change meanwhile.
  explicit catalogue_draft(const engine::catalogue& known);

  // True when the product is new; unknown_account; conflict: an identifier names another SKU. Existing
  // entries keep their numbers; new ones take the next.
  [[nodiscard]] adapters::rest::decoded<bool> add(const adapters::rest::product_request& wanted);
  // True when the listing is new. unknown_sku, unknown_account.
  [[nodiscard]] adapters::rest::decoded<bool> add(const adapters::rest::placed_listing& wanted);
  // True when there was no such rule. unknown_account.
  [[nodiscard]] adapters::rest::decoded<bool> add(const adapters::rest::placed_rule& wanted);

  // Whether units can be counted there: unknown_sku, is_bundle, unknown_location. Empty: main.
  [[nodiscard]] adapters::rest::decoded<bool> add(const placed_count& wanted) const;

  [[nodiscard]] std::vector<storage::record> take() { return std::move(records_); }

 private:
  using place = std::tuple<engine::account_id, std::string, std::string>; // account, item, location

  [[nodiscard]] const engine::product* find(std::string_view code) const; // null: unknown
  [[nodiscard]] adapters::rest::decoded<engine::account_id> find_account(const std::string& name,
                                                                         const std::string& pointer) const;
  // Why one of the identifiers cannot be the SKU's: it names another one.
  [[nodiscard]] std::optional<adapters::rest::problem>
  taken(const adapters::rest::product_request& wanted) const;
  void put(engine::product item);
  bool put(engine::sku_id sku, engine::account_id account, const adapters::rest::listing_request& wanted);

  const engine::catalogue& known_;
  std::vector<storage::record> records_;
  std::map<std::string, engine::product, std::less<>> drafted_; // by code: as the latest request left it
  std::map<place, engine::listing_id> new_listings_;
  std::map<engine::identifier, std::string> claimed_; // of schemes that name one SKU: by which code
  std::int64_t next_sku_, next_listing_;
};

} // namespace lockstep::app
