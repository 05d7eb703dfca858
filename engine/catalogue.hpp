// Products, their identifiers, warehouses, channel accounts and listings: which SKU a message from outside means.
// Values, and an index over them. No lock: whoever shares it guards it (see actors/node.hpp).
#pragma once

#include "engine/bundle.hpp"
#include "engine/error.hpp"
#include "engine/id_table.hpp"
#include "engine/listing_rule.hpp"
#include "engine/sourcing_rule.hpp"
#include "engine/types.hpp"

#include <boost/container/small_vector.hpp>
#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace lockstep::engine {

// A name under which the world knows a product: ("upc", "036000291452"), ("asin", "B000123456"),
// ("shopify_variant:eu", "39072856"). Channel ids carry the account's name, because ids are per shop.
struct identifier {
  std::string scheme;
  std::string value;
  friend auto operator<=>(const identifier&, const identifier&) = default;
};

struct product {
  sku_id id{};
  std::string code; // the seller's SKU, case-sensitive, unique
  std::string title;
  std::vector<identifier> identifiers;
  std::vector<std::string> tags{}; // by name, each once: what rules are for (listing_rule.hpp)
  std::vector<sku_id> substitutes{}; // what a buyer takes instead, best first: advice only (remedy.hpp)
};

// Where an account stands: `observe` reads and compares and writes nothing; `active` writes; `paused`
// neither.
enum class account_mode : std::uint8_t { observe = 0, active = 1, paused = 2 };

struct account {
  account_id id{};
  std::string name;        // as in the configuration, unique
  std::string marketplace; // "shopify"; "api" for a caller of our own API
  account_mode mode = account_mode::observe;
  std::optional<sourcing_rule> sourcing{}; // without one its orders are promised from the main location
};

// A warehouse. Number 0 is always there and is called "main".
struct location {
  location_id id{};
  std::string code; // unique, case-sensitive
  std::string title;
  std::int32_t priority = 0; // the lowest serves first where a sourcing rule names no locations
};

// One thing a shop shows: (account, item, channel location).
struct listing {
  listing_id id{};
  account_id account{};
  sku_id sku{};
  std::string item;     // the channel's id of what is counted, such as gid://shopify/InventoryItem/1
  std::string variant;  // the channel's id in orders, such as a Shopify variant id; may be empty
  std::string location; // the channel's id of the place, such as gid://shopify/Location/2
  listing_rule rule;
};

// In-memory index. Loaded from the store at start; a change is in it at once, and durable a moment later, in the same
// order. Lookups are O(1) but
// list(). Products share nothing with accounts and listings: two threads may put one and the other.
class catalogue {
 public:
  catalogue();

  // Adds or replaces by id. error_code::conflict when the code (an account's name, a listing's item and
  // location) belongs to another id; nothing changes then.
  [[nodiscard]] result<void> put(product item);
  [[nodiscard]] result<void> put(account item);
  [[nodiscard]] result<void> put(listing item);
  [[nodiscard]] result<void> put(bundle item) { return bundles_.put(std::move(item)); }
  [[nodiscard]] result<void> put(location item);
  [[nodiscard]] result<void> put(account_rule item);

  // Null when unknown. Valid until the next put().
  [[nodiscard]] const product* find(sku_id id) const;
  [[nodiscard]] const product* find_code(std::string_view code) const;
  [[nodiscard]] const account* find(account_id id) const;
  [[nodiscard]] const account* find_account(std::string_view name) const;
  [[nodiscard]] const listing* find(listing_id id) const;
  [[nodiscard]] const location* find(location_id id) const;
  [[nodiscard]] const location* find_location(std::string_view code) const;
  // Its code; of one that was never named, its number.
  [[nodiscard]] std::string code_of(location_id id) const;
  // By any identifier: exact scheme and value. Several products may share one; the first added is returned
  // last resort, so callers that must not guess ask for all.
  [[nodiscard]] std::vector<sku_id> find_identifier(std::string_view scheme, std::string_view value) const;
  // The same under whatever scheme, by scheme; up to `limit`.
  [[nodiscard]] std::vector<std::pair<identifier, sku_id>> find_value(std::string_view value,
                                                                      std::size_t limit) const;
  // Listings of one account by what its orders carry.
  [[nodiscard]] const listing* find_item(account_id account, std::string_view item,
                                         std::string_view location) const;
  // Of several (one per location) the one added first.
  [[nodiscard]] const listing* find_variant(account_id account, std::string_view variant) const;
  [[nodiscard]] std::span<const listing_id> listings_of(sku_id sku) const;

  // Up to `limit` products with code > `after`, in code order: one page of a keyset cursor.
  [[nodiscard]] std::vector<const product*> list(std::string_view after, std::size_t limit) const;
  // In the order of their ids.
  void each_product(const std::function<void(const product&)>& visit) const;
  void each_listing(const std::function<void(const listing&)>& visit) const;
  void each_account(const std::function<void(const account&)>& visit) const;
  // Those that serve first come first.
  [[nodiscard]] std::vector<const location*> locations() const;
  // The account's rule, with all locations where it names none; nothing without a rule.
  [[nodiscard]] std::optional<sourcing_rule> sourcing_of(account_id id) const;

  // With the locations that the account's sourcing rule names.
  [[nodiscard]] account_rules rules_of(account_id id) const;
  // What its listings show is derived anew from now on.
  void revise_rules(account_id id) { ++rules_[id].revision; }

  [[nodiscard]] const compositions& bundles() const { return bundles_; }

  // Ids for new entries: one more than the highest seen.
  [[nodiscard]] sku_id next_sku() const;
  [[nodiscard]] account_id next_account() const;
  [[nodiscard]] listing_id next_listing() const;
  [[nodiscard]] location_id next_location() const;

  [[nodiscard]] std::size_t products() const { return products_.size(); }

  [[nodiscard]] std::size_t listings() const { return listings_.size(); }

 private:
  // All schemes of a value lie together.
  struct by_value {
    bool operator()(const identifier& a, const identifier& b) const {
      return std::tie(a.value, a.scheme) < std::tie(b.value, b.scheme);
    }
  };

  void remove_names(listing_id id);

  id_table<sku_id, product> products_;
  std::map<std::string, sku_id, std::less<>> by_code_;
  std::map<identifier, std::vector<sku_id>, by_value> by_identifier_;
  std::map<account_id, account> accounts_;
  std::map<std::string, account_id, std::less<>> by_account_name_;
  std::map<location_id, location> locations_; // a handful
  std::map<account_id, account_rules> rules_; // without locations
  id_table<listing_id, listing> listings_;
  // By hash: the names themselves are in listings_, and a million of them would be here once more.
  using ids_by_hash = boost::unordered_flat_map<std::uint64_t, boost::container::small_vector<listing_id, 1>>;

  ids_by_hash by_item_;    // of account, item and location
  ids_by_hash by_variant_; // of account and variant
  id_table<sku_id, boost::container::small_vector<listing_id, 1>> by_sku_;
  compositions bundles_;
  sku_id highest_sku_{};
  listing_id highest_listing_{};
};

} // namespace lockstep::engine
