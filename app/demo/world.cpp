#include "app/demo/world.hpp"

#include "app/demo/random.hpp"
#include "app/import/import_sender.hpp"
#include "app/token.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <thread>
#include <utility>

#include <stdlib.h>

namespace lockstep::app::demo {

using namespace std::chrono_literals;
using engine::error_code;
using engine::make_error;
using engine::result;

namespace {

constexpr std::string_view caller = "warehouse";
constexpr std::string_view shop_token = "shpat_demo";
constexpr std::string_view webhook_secret = "hush";
// Shopify's largest plan gives 20,000 points and 1,000 a second, of real time; a log in a hurry needs more.
constexpr double cost_maximum = 20'000;
constexpr double cost_restore_per_second = 10'000;

result<void> ask(api_client& api, std::string method, std::string target, std::string body,
                 std::string content_type = "application/json") {
  const auto answer = api.ask({std::move(method), target, std::move(content_type), std::move(body)});
  if (!answer) return answer.error();
  if (!answer->ok() || answer->body.find(R"("outcome":"refused")") != std::string::npos)
    return make_error(error_code::refused, fmt::format("{}: {}", target, answer->reason()));
  return {};
}

adapters::sandbox::shop_options shop_options_of(std::size_t shop, const demo_options& chosen) {
  adapters::sandbox::shop_options options;
  options.name = shop_names[shop];
  options.seed = mix(chosen.seed, shop);
  options.access_token = shop_token;
  options.webhook_secret = webhook_secret;
  options.first_id = static_cast<std::int64_t>(shop + 1) * 1'000'000'000'000;
  options.cost_maximum = cost_maximum;
  options.cost_restore_per_second = cost_restore_per_second;
  options.webhook_retry_first = 500ms; // a minute in a shop's own time
  options.webhook_failures_max = 0;
  options.echo_levels = false; // nobody here listens to them
  options.webhooks = webhook_faults;
  if (chosen.misbehave)
    options.api = {
        .server_error = 0.01, .html = 0.005, .answer_lost = 0.005, .lands_late = 0.002, .lateness = 200ms};
  return options;
}

secret_file known_secret(std::string_view text) {
  return {"", secret{std::string{text}}};
}

channel_section channel_of(std::size_t shop, const shopify_shop& open, const pace& speed) {
  channel_section section;
  section.name = shop_names[shop];
  section.base_url = open.base_url();
  section.location = open.location_id();
  section.access_token = known_secret(shop_token);
  section.webhook_secrets = {known_secret(webhook_secret)};
  section.moderate_interval = speed.scaled(section.moderate_interval);
  section.slow_interval = speed.scaled(section.slow_interval);
  section.poll_interval = order_poll_interval;
  section.poll_overlap = 2s; // one clock for all
  return section;
}

} // namespace

result<temporary_directory> temporary_directory::make() {
  std::error_code failed;
  auto name = (std::filesystem::temp_directory_path(failed) / "lockstep-demo-XXXXXX").string();
  if (failed || mkdtemp(name.data()) == nullptr)
    return make_error(error_code::unavailable,
                      fmt::format("no temporary directory: {}", std::strerror(errno)));
  return temporary_directory{name};
}

temporary_directory::temporary_directory(temporary_directory&& other) noexcept
    : path_(std::move(other.path_)), kept_(std::exchange(other.kept_, true)) {}

temporary_directory::~temporary_directory() {
  std::error_code ignored;
  if (!kept_) std::filesystem::remove_all(path_, ignored);
}

shelf_by_place draw_opening_stock(const order_log& log, std::uint64_t seed) {
  auto main = asked_units(log);
  shelf depot(main.size(), 0);
  chance draw{mix(seed, 101)};
  for (auto& of_sku : main)
    of_sku = std::llround(static_cast<double>(of_sku) * draw.between(opening_share_min, opening_share_max));
  for (std::size_t i = 0; i < main.size(); i += depot_every) {
    depot[i] = main[i] / 3;
    main[i] -= depot[i];
  }
  return {std::move(main), std::move(depot)};
}

result<std::unique_ptr<world>> world::start(const order_log& log, const demo_options& chosen,
                                            const pace& speed, const std::function<void(std::string)>& told) {
  auto directory = temporary_directory::make();
  if (!directory) return directory.error();
  std::unique_ptr<world> made{new world{log, std::move(*directory)}};
  const auto opening = draw_opening_stock(log, chosen.seed);
  made->parts_of_set_ = demo::parts_of_set(log, opening);
  if (auto done = made->open_shops(chosen); !done) return done.error();
  if (auto done = made->start_service(speed); !done) return done.error();
  told(fmt::format("importing {} products", log.skus.size()));
  if (auto done = made->import(opening); !done) return done.error();
  if (auto done = made->arrange(opening); !done) return done.error();
  told("observing: reading what the shops list");
  if (auto done = made->discover(opening, chosen.seed); !done) return done.error();
  told(fmt::format("channel diff: {} of {} listings differ; activating", made->differences_,
                   shop_names.size() * made->listed()));
  if (auto done = made->activate(); !done) return done.error();
  made->open_office(opening);
  return made;
}

void world::open_office(const shelf_by_place& opening) {
  const auto novelty = static_cast<std::uint32_t>(log_.skus.size() - 1);
  std::vector<article> articles{{std::string{novelty_code}, {{novelty, 1}}}};
  if (!parts_of_set_.empty()) articles.push_back({std::string{set_code}, parts_of_set_});
  courier_ = std::make_unique<courier>(api_url(), secret{token_});
  warehouse_ = std::make_unique<warehouse>(*courier_, log_.skus, opening);
  checkout_ = std::make_unique<checkout>(*courier_, *warehouse_, std::move(articles));
  office_ = std::make_unique<office>(*courier_, *warehouse_, *checkout_, novelty);
}

engine::account_id world::own_account() {
  return node().catalogue()->find_account(caller)->id;
}

// Shops first: nobody tells anything to an engine that is going.
world::~world() {
  courier_.reset();
  for (auto& shop : shops_)
    if (shop) shop->subscribe("");
  if (service_) service_->stop(10s);
}

std::string world::api_url() const {
  return fmt::format("http://127.0.0.1:{}", service_->http_port());
}

std::string world::failure() const {
  const std::lock_guard lock{fatal_->mutex};
  return fatal_->why;
}

result<void> world::open_shops(const demo_options& chosen) {
  for (std::size_t i = 0; i < shops_.size(); ++i) {
    auto opened = shopify_shop::start(shop_options_of(i, chosen));
    if (!opened) return opened.error();
    shops_[i] = std::move(*opened);
  }
  return {};
}

result<void> world::start_service(const pace& speed) {
  token_ = make_token();
  configuration chosen;
  chosen.store.url = fmt::format("sqlite://{}", (directory_.path() / "lockstep.db").string());
  chosen.http.port = chosen.monitor.port = chosen.console.port = 0;
  chosen.console.token = known_secret(token_);
  chosen.tokens = {{std::string{caller}, {"read", "write", "admin"}, sha256_hex(token_)}};
  for (std::size_t i = 0; i < shops_.size(); ++i)
    chosen.channels.push_back(channel_of(i, *shops_[i], speed));
  auto started = service::start(chosen, {[word = fatal_](int, const std::string& why) {
                                           const std::lock_guard lock{word->mutex};
                                           word->why = why;
                                         },
                                         [] {}});
  if (!started) return started.error();
  service_ = std::move(*started);
  figures_.listen_to(node());
  for (std::size_t i = 0; i < shops_.size(); ++i) {
    accounts_[i] = node().catalogue()->find_account(shop_names[i])->id;
    shops_[i]->subscribe(fmt::format("{}/webhooks/{}", api_url(), shop_names[i]));
  }
  return {};
}

result<void> world::import(const shelf_by_place& opening) {
  api_client api{api_url(), secret{token_}};
  std::string refused;
  import_sender sender{api, "opening",
                       {[&](const import_item& item, const std::string& why) {
                          refused = fmt::format("product {} was refused: {}", item.sku, why);
                        },
                        [](std::size_t) {}}};
  for (std::size_t i = 0; i < log_.skus.size(); ++i) {
    import_item item;
    item.line = i + 1;
    item.sku = log_.skus[i].code;
    item.product = imported_product{log_.skus[i].title, {}};
    item.counts = {{"", opening[0][i]}};
    if (auto added = sender.add(std::move(item)); !added) return added;
  }
  if (auto sent = sender.finish(); !sent) return sent;
  if (!refused.empty()) return make_error(error_code::refused, refused);
  return {};
}

result<void> world::arrange(const shelf_by_place& opening) {
  api_client api{api_url(), secret{token_}};
  const auto depot = static_cast<std::size_t>(place::depot);
  if (auto done = ask(api, "PUT", "/v1/locations/depot", R"({"title":"Depot","priority":2})"); !done)
    return done;
  std::string counts;
  for (std::size_t i = 0; i < log_.skus.size(); ++i)
    if (const auto units = opening[depot][i]; units > 0)
      counts += fmt::format(R"({{"key":"depot/{}","op":"count","sku":"{}","counted":{},"location":"depot"}})"
                            "\n",
                            i, log_.skus[i].code, units);
  if (!counts.empty())
    if (auto done = ask(api, "POST", "/v1/batch", std::move(counts), "application/x-ndjson"); !done)
      return done;
  if (parts_of_set_.empty()) return {};
  const auto set = fmt::format("/v1/products/{}", set_code);
  if (auto done =
          ask(api, "PUT", set, fmt::format(R"({{"title":"SET OF TWO ARTICLES","tags":["{}"]}})", set_tag));
      !done)
    return done;
  if (auto done = ask(api, "PUT", fmt::format("/v1/accounts/{}/rules/{}", shop_names.back(), set_tag),
                      fmt::format(R"({{"cap":{}}})", trade_cap));
      !done)
    return done;
  std::string parts;
  for (const auto& part : parts_of_set_)
    parts += fmt::format(R"({}{{"sku":"{}","units":{}}})", parts.empty() ? "" : ",", log_.skus[part.sku].code,
                         part.units);
  return ask(api, "PUT", set + "/components", fmt::format(R"({{"components":[{}]}})", parts));
}

// Before Lockstep the stock was split among the shops, and what they showed was not quite right.
result<void> world::discover(const shelf_by_place& opening, std::uint64_t seed) {
  chance draw{mix(seed, 102)};
  for (auto& shop : shops_) {
    std::vector<adapters::sandbox::shop_item> items;
    for (std::uint32_t i = 0; i < listed(); ++i) {
      const bool set = i == log_.skus.size();
      const auto units = set ? 0 : opening[0][i] + opening[1][i];
      items.push_back({.sku = set ? std::string{set_code} : log_.skus[i].code,
                       .variant = variant_of(i),
                       .inventory_item = item_of(i),
                       .available = units / 3 + (units > 0 ? draw.whole(0, 2) : 0)});
    }
    shop->list(items);
  }
  for (const auto account : accounts_)
    if (auto done = node().order_channel(account, actors::channel_order::sweep); !done) return done.error();
  auto mapped =
      wait_for("every listing to be discovered and read", 120s, [&](const actors::channel_status& now) {
        return now.listings == listed() && is_read(now.id);
      });
  if (!mapped) return mapped;
  for (const auto account : accounts_) {
    const auto lines = node().channel_diff(account, std::numeric_limits<std::size_t>::max());
    if (!lines) return lines.error();
    differences_ += lines->size();
  }
  return {};
}

// What the shop shows and what it should are known of every listing. A zero is written unread.
bool world::is_read(engine::account_id account) {
  const auto lines = node().channel_diff(account, std::numeric_limits<std::size_t>::max());
  return lines && std::ranges::all_of(*lines, [](const auto& line) {
           return line.wanted && (line.shown || *line.wanted == 0);
         });
}

result<void> world::activate() {
  for (const auto account : accounts_)
    if (auto done = node().order_channel(account, actors::channel_order::activate); !done)
      return done.error();
  for (const auto account : accounts_)
    if (auto done = node().order_channel(account, actors::channel_order::flush); !done) return done.error();
  return wait_for("every number to be on every shop", 120s, [this](const actors::channel_status& now) {
    if (now.pending > 0 || now.state != "ok") return false;
    const auto differ = node().channel_diff(now.id, 1);
    return differ && differ->empty();
  });
}

result<void> world::wait_for(std::string_view what, std::chrono::seconds patience,
                             const std::function<bool(const actors::channel_status&)>& is_so) {
  const auto until = std::chrono::steady_clock::now() + patience;
  std::string last;
  while (std::chrono::steady_clock::now() < until) {
    if (auto why = failure(); !why.empty()) return make_error(error_code::corrupt, why);
    const auto all = node().channels();
    bool done = all && all->size() == shop_names.size();
    if (all)
      for (const auto& each : *all) {
        if (is_so(each)) continue;
        done = false;
        last = fmt::format("{}: {}, {} listings, {} pending", each.name, each.state, each.listings,
                           each.pending);
      }
    if (done) return {};
    std::this_thread::sleep_for(100ms);
  }
  return make_error(error_code::unavailable,
                    fmt::format("waited {} s in vain for {} ({})", patience.count(), what, last));
}

} // namespace lockstep::app::demo
