// Three shops and an engine on a store of its own, set up as a seller would: products imported, listings
// discovered and compared in `observe`, then activated. Everything between them is HTTP on loopback.
#pragma once

#include "app/configuration.hpp"
#include "app/demo/demo_options.hpp"
#include "app/demo/figures.hpp"
#include "app/demo/office.hpp"
#include "app/demo/order_log.hpp"
#include "app/demo/pace.hpp"
#include "app/demo/storefronts.hpp"
#include "app/demo/warehouse.hpp"
#include "app/service.hpp"

#include <array>
#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace lockstep::app::demo {

// Gone with its content, unless kept.
class temporary_directory {
 public:
  [[nodiscard]] static engine::result<temporary_directory> make();
  ~temporary_directory();
  temporary_directory(temporary_directory&& other) noexcept;
  temporary_directory& operator=(temporary_directory&&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  void keep() { kept_ = true; }

 private:
  explicit temporary_directory(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
  bool kept_ = false;
};

// What may befall a webhook here, whatever was asked: everything that befalls real ones.
inline constexpr adapters::sandbox::webhook_faults webhook_faults{
    .lost = 0.005, .duplicate = 0.01, .late = 0.02, .lateness_max = std::chrono::milliseconds{1'000}};

// In real time, as what it watches: webhooks that are lost.
inline constexpr std::chrono::seconds order_poll_interval{20};

// Opening stock: this share of what the log will ask, drawn for each SKU.
inline constexpr double opening_share_min = 0.6;
inline constexpr double opening_share_max = 1.2;

// A third of the stock of every so many SKUs stands in the depot.
inline constexpr std::size_t depot_every = 20;

[[nodiscard]] shelf_by_place draw_opening_stock(const order_log& log, std::uint64_t seed);

class world {
 public:
  // Blocks until the accounts are active and every number is on every shop. `told` gets a sentence per step.
  // `log` outlives it.
  [[nodiscard]] static engine::result<std::unique_ptr<world>>
  start(const order_log& log, const demo_options& chosen, const pace& speed,
        const std::function<void(std::string)>& told);
  ~world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  [[nodiscard]] actors::node& node() { return service_->node(); }

  [[nodiscard]] shops& shopping() { return shops_; }

  [[nodiscard]] warehouse& stock() { return *warehouse_; }

  // Each listed in every shop: the log's SKUs, and the set behind them.
  [[nodiscard]] std::size_t listed() const { return log_.skus.size() + (parts_of_set_.empty() ? 0 : 1); }

  // What one set takes; empty: there is none.
  [[nodiscard]] const std::vector<article_part>& parts_of_set() const { return parts_of_set_; }

  // The seller's own word to the engine.
  [[nodiscard]] courier& telling() { return *courier_; }

  [[nodiscard]] checkout& selling() { return *checkout_; }

  [[nodiscard]] office& people() { return *office_; }

  // The actors' own figures.
  [[nodiscard]] figures_desk& figures() { return figures_; }

  [[nodiscard]] const service& serving() const { return *service_; }

  [[nodiscard]] engine::account_id account(std::size_t shop) const { return accounts_[shop]; }

  // Of the seller's own orders.
  [[nodiscard]] engine::account_id own_account();

  [[nodiscard]] const std::string& token() const { return token_; }

  [[nodiscard]] temporary_directory& directory() { return directory_; }

  // Listings that `channel diff` showed before the accounts were activated.
  [[nodiscard]] std::size_t differences() const { return differences_; }

  // Why the engine had to end; empty: it runs.
  [[nodiscard]] std::string failure() const;

 private:
  struct fatal_word {
    std::mutex mutex;
    std::string why;
  };

  world(const order_log& log, temporary_directory directory) : log_(log), directory_(std::move(directory)) {}

  [[nodiscard]] engine::result<void> open_shops(const demo_options& chosen);
  [[nodiscard]] engine::result<void> start_service(const pace& speed);
  [[nodiscard]] engine::result<void> import(const shelf_by_place& opening);
  // A second warehouse with its stock, a bundle, a rule for one shop.
  [[nodiscard]] engine::result<void> arrange(const shelf_by_place& opening);
  void open_office(const shelf_by_place& opening);
  [[nodiscard]] engine::result<void> discover(const shelf_by_place& opening, std::uint64_t seed);
  [[nodiscard]] bool is_read(engine::account_id account);
  [[nodiscard]] engine::result<void> activate();
  // Asks for the state of the channels until it is so, or `patience` ends.
  [[nodiscard]] engine::result<void>
  wait_for(std::string_view what, std::chrono::seconds patience,
           const std::function<bool(const actors::channel_status&)>& is_so);
  [[nodiscard]] std::string api_url() const;

  const order_log& log_;
  temporary_directory directory_;
  std::shared_ptr<fatal_word> fatal_ = std::make_shared<fatal_word>();
  std::string token_;
  shops shops_;
  figures_desk figures_; // outlives the node, whose sink it is
  std::unique_ptr<service> service_;
  std::vector<article_part> parts_of_set_; // empty: there is none
  // Ends first: its thread calls what comes after it.
  std::unique_ptr<courier> courier_;
  std::unique_ptr<warehouse> warehouse_;
  std::unique_ptr<checkout> checkout_;
  std::unique_ptr<office> office_;
  std::array<engine::account_id, shop_names.size()> accounts_{};
  std::size_t differences_ = 0;
};

} // namespace lockstep::app::demo
