#include "tests/kill/world.hpp"

#include "app/token.hpp"
#include "storage/open_store.hpp"
#include "tests/kill/stream.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <thread>

namespace lockstep::kill {

using adapters::sandbox::shop_options;
using adapters::sandbox::shopify_shop;
using namespace std::chrono_literals;

namespace {

// Units enough for every movement of a long run, of each SKU.
constexpr engine::quantity opening_stock = 1'000'000;
// What the shop shows before the engine has written to it.
constexpr engine::quantity shown_first = 1'000;
constexpr std::string_view access_token = "shpat_kill";

std::int64_t item_number(std::uint64_t sku) {
  return static_cast<std::int64_t>(sku) + 100;
}

std::int64_t variant_number(std::uint64_t sku) {
  return static_cast<std::int64_t>(sku) + 200;
}

std::unique_ptr<shopify_shop> open_shop(std::string_view name) {
  shop_options options;
  options.name = name;
  options.access_token = access_token;
  options.webhook_secret = webhook_secret;
  // The shop must not be what a life waits for.
  options.cost_maximum = 100'000;
  options.cost_restore_per_second = 100'000;
  options.webhook_retry_first = 20ms;
  options.webhook_failures_max = 0;
  auto shop = shopify_shop::start(options);
  if (!shop) throw std::runtime_error{shop.error().what};
  return std::move(*shop);
}

std::string product_text(std::uint64_t sku, const shopify_shop& shop) {
  if (sku >= listed_skus) return R"({"title":"not listed"})";
  return fmt::format(
      R"({{"title":"listed","listings":[{{"account":"{}","item":"{}","variant":"{}","location":"{}"}}]}})",
      shop_account, shopify_shop::item_id(item_number(sku)), variant_number(sku), shop.location_id());
}

// A server may take a moment to see that the dead daemon's connections are gone.
engine::result<std::unique_ptr<storage::store>> open_server(const std::string& url) {
  const auto until = std::chrono::steady_clock::now() + 20s;
  for (;;) {
    auto store = storage::open_store(url);
    const bool busy = !store && store.error().code == engine::error_code::unavailable;
    if (!busy || std::chrono::steady_clock::now() > until) return store;
    std::this_thread::sleep_for(20ms);
  }
}

bool is_success(int status) {
  return status >= 200 && status < 300;
}

} // namespace

world::world(std::filesystem::path folder, std::string url, bool with_bundles)
    : folder_(std::move(folder)), url_(std::move(url)), token_(app::make_token()),
      shop_(open_shop(shop_account)), phone_(open_shop(webhook_account)), with_bundles_(with_bundles) {
  if (url_.empty()) url_ = fmt::format("sqlite://{}", (folder_ / "ledger.db").string());
  std::vector<adapters::sandbox::shop_item> items;
  for (std::uint64_t sku = 0; sku < listed_skus; ++sku)
    items.push_back({sku_code(sku), variant_number(sku), item_number(sku), shown_first});
  shop_->list(items);
  configure();
}

std::string world::write(std::string_view name, std::string_view content) const {
  const auto path = folder_ / name;
  if (!(std::ofstream{path} << content).flush()) throw std::runtime_error{"cannot write " + path.string()};
  std::filesystem::permissions(path,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  return path.string();
}

void world::configure() const {
  auto text = fmt::format("[store]\nurl = \"{}\"\n[http]\nport = 0\n[monitor]\nport = 0\n"
                          "[[tokens]]\nname = \"{}\"\nscopes = [\"read\", \"write\", \"admin\"]\n"
                          "sha256 = \"{}\"\n",
                          url_, caller, app::sha256_hex(token_));
  const auto access = write("access-token", access_token);
  const auto secret = write("webhook-secret", webhook_secret);
  const auto add_account = [&](std::string_view name, const shopify_shop& at) {
    // One clock for all: orders are not read far back.
    text += fmt::format(
        "[[channels]]\nname = \"{}\"\nbase_url = \"{}\"\naccess_token_file = \"{}\"\n"
        "webhook_secret_files = [\"{}\"]\nlocation = \"{}\"\npoll_interval = \"1s\"\n"
        "poll_overlap = \"1s\"\nmoderate_interval = \"10s\"\nslow_interval = \"10s\"\ndrift = \"repair\"\n",
        name, at.base_url(), access, secret, at.location_id());
  };
  add_account(shop_account, *shop_);
  add_account(webhook_account, *phone_);
  (void)write("lockstep.toml", text);
}

std::vector<std::string> world::run_words() const {
  return {"run", "--config", (folder_ / "lockstep.toml").string()};
}

bool world::greet(std::uint16_t port) {
  auto connection = api_connection::open(port, token_);
  if (!connection) return false;
  stocked_ = stocked_ || stock(*connection);
  if (!stocked_ || (with_bundles_ && !compose(*connection))) return false;
  active_ = active_ || activate(*connection);
  shop_->subscribe(fmt::format("http://127.0.0.1:{}/webhooks/{}", port, shop_account));
  sell();
  return true;
}

// A repeat when an earlier daemon has done it. One after the other: so the numbers of the SKUs are known.
bool world::stock(api_connection& to) const {
  for (std::uint64_t sku = 0; sku < skus; ++sku) {
    const auto path = fmt::format("/v1/products/{}", sku_code(sku));
    if (!is_success(to.ask("PUT", path, product_text(sku, *shop_)).status)) return false;
    const auto receipt = fmt::format(R"({{"sku":"{}","units":{}}})", sku_code(sku), opening_stock);
    const auto key = fmt::format("Idempotency-Key: opening {}\r\n", sku);
    if (!is_success(to.ask("POST", "/v1/receipts", receipt, key).status)) return false;
  }
  return true;
}

// Orders of the lives before stay what they were.
bool world::compose(api_connection& to) {
  ++lives_;
  for (std::uint64_t i = 0; i < bundles; ++i) {
    const auto path = fmt::format("/v1/products/{}", sku_code(skus + i));
    if (!is_success(to.ask("PUT", path, R"({"title":"bundle"})").status)) return false;
    if (!is_success(to.ask("PUT", path + "/components", composition_text(i, lives_)).status)) return false;
  }
  return true;
}

// Refused until the shop's numbers are read; then a later life does it.
bool world::activate(api_connection& to) const {
  (void)to.ask("POST", fmt::format("/v1/channels/{}/activate", shop_account)); // 409 when it is active
  const auto accounts = to.ask("GET", "/v1/accounts");
  return accounts.body.find(R"("name":"shop","marketplace":"shopify","mode":"active")") != std::string::npos;
}

void world::sell() {
  if (!stocked_) return; // nobody could tell which SKU it was
  (void)shop_->place_order({{variant_number(sales_++ % listed_skus), 1}});
}

engine::result<std::unique_ptr<storage::store>> world::open_ledger() const {
  constexpr std::string_view scheme = "sqlite://";
  if (!url_.starts_with(scheme)) return open_server(url_);
  // Opening the file itself would recover it, which is the next daemon's work.
  const std::filesystem::path ledger{url_.substr(scheme.size())};
  const auto copy = folder_ / "copy.db";
  for (const auto* end : {"", "-wal"}) {
    const auto from = ledger.string() + end;
    const auto to = copy.string() + end;
    std::error_code failed;
    std::filesystem::remove(to, failed);
    if (!std::filesystem::exists(from)) continue;
    if (!std::filesystem::copy_file(from, to, failed))
      return engine::make_error(engine::error_code::unavailable, failed.message());
  }
  std::error_code ignored;
  std::filesystem::remove(copy.string() + "-shm", ignored);
  return storage::open_store(fmt::format("sqlite://{}", copy.string()));
}

bool world::settle(std::uint16_t port) {
  auto connection = api_connection::open(port, token_);
  const auto until = std::chrono::steady_clock::now() + 60s;
  while (connection && std::chrono::steady_clock::now() < until) {
    (void)connection->ask("POST", fmt::format("/v1/channels/{}/flush", shop_account));
    truth_.clear();
    bool same = shop_->statistics().webhooks_waiting == 0;
    for (const auto& row : shop_->shown()) {
      const auto answer = connection->ask("GET", "/v1/stock/" + row.sku);
      if (answer.status != 200) return false;
      truth_.push_back(boost::json::parse(answer.body).at("available").as_int64());
      same = same && row.available == truth_.back();
    }
    if (same) return true;
    std::this_thread::sleep_for(50ms); // the shop is asked, not waited on
  }
  return false;
}

std::uint64_t world::count_differences(const ledger_check& ledger) const {
  std::uint64_t differences = 0;
  std::size_t at = 0;
  for (const auto& row : shop_->shown()) {
    const auto truth = at < truth_.size() ? truth_[at] : -1;
    const auto sold = ledger.sold(shop_account, engine::sku_id{static_cast<std::int64_t>(at) + 1});
    ++at;
    if (row.available == truth && row.sold == sold) continue;
    ++differences;
    std::cerr << fmt::format("{}: shows {} of {}, sold {} of {} that the ledger has\n", row.sku,
                             row.available, truth, row.sold, sold);
  }
  return differences;
}

std::string world::shop_story() const {
  const auto seen = shop_->statistics();
  return fmt::format(
      "shop: {} requests, {} writes, {} stale; {} units sold; webhooks: {} delivered, {} attempts "
      "failed, {} lost",
      seen.requests, seen.writes, seen.writes_stale, seen.units_sold, seen.webhooks_delivered,
      seen.webhooks_failed, seen.webhooks_lost);
}

} // namespace lockstep::kill
