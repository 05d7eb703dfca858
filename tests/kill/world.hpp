// What outlives the daemon: its folder and configuration, the ledger, and two shops. `shop` lists some SKUs,
// is pushed to and sells by itself; `phone` lists nothing, the clients tell its webhooks themselves.
#pragma once

#include "adapters/sandbox/shopify_shop.hpp"
#include "engine/error.hpp"
#include "storage/store.hpp"
#include "tests/kill/client.hpp"
#include "tests/kill/ledger_check.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::kill {

inline constexpr std::uint64_t listed_skus = 5; // SKU-0 to SKU-4
inline constexpr std::string_view shop_account = "shop";

class world {
 public:
  // `with_bundles`: bundles too, composed anew in every life. `url`: an empty store; empty: an SQLite file in the folder, which must not exist yet. Throws what the
  // shops or the file system say.
  world(std::filesystem::path folder, std::string url, bool with_bundles);

  [[nodiscard]] std::vector<std::string> run_words() const;

  [[nodiscard]] const std::string& token() const { return token_; }

  // A daemon is ready there. Makes products, opening stock and the active shop, unless that is done, and
  // sells in the shop. False: the daemon died before there was stock.
  [[nodiscard]] bool greet(std::uint16_t port);
  // The shop sells one unit of some SKU; its number falls, a webhook leaves.
  void sell();

  // The ledger as the dead daemon left it, for a look that changes nothing the next daemon finds.
  [[nodiscard]] engine::result<std::unique_ptr<storage::store>> open_ledger() const;

  // Waits until the shop shows what the engine says and has told all its orders; at most a minute.
  [[nodiscard]] bool settle(std::uint16_t port);
  // Listings that show another number than the engine's, and SKUs of which the ledger has other sales of the
  // shop than the shop has.
  [[nodiscard]] std::uint64_t count_differences(const ledger_check& ledger) const;
  // What the shop saw, in a line.
  [[nodiscard]] std::string shop_story() const;

 private:
  [[nodiscard]] std::string write(std::string_view name, std::string_view content) const;
  void configure() const;
  [[nodiscard]] bool stock(api_connection& to) const;
  [[nodiscard]] bool compose(api_connection& to);
  [[nodiscard]] bool activate(api_connection& to) const;

  std::filesystem::path folder_;
  std::string url_;
  std::string token_;
  std::unique_ptr<adapters::sandbox::shopify_shop> shop_;
  std::unique_ptr<adapters::sandbox::shopify_shop> phone_;
  bool with_bundles_ = false;
  std::uint64_t lives_ = 0;
  bool stocked_ = false;
  bool active_ = false;
  std::uint64_t sales_ = 0;
  std::vector<engine::quantity> truth_; // of the listed SKUs, when it settled
};

} // namespace lockstep::kill
