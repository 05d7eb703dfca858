// A local Shopify that lists one item of SKU "A", and the configuration that connects it as account "shop".
#pragma once

#include "adapters/sandbox/shopify_shop.hpp"
#include "tests/app/served_engine.hpp"

#include <memory>
#include <string>

namespace lockstep::tests {

class listed_shop {
 public:
  explicit listed_shop(const installation& here) : shop_(start()) {
    shop_->list({{"A", 200, 100, shown_first}});
    const auto access = here.folder().write("access-token", "shpat_sandbox");
    const auto secret = here.folder().write("webhook-secret", "hush");
    section_ = fmt::format(
        "[[channels]]\nname = \"shop\"\nbase_url = \"{}\"\naccess_token_file = \"{}\"\n"
        "webhook_secret_files = [\"{}\"]\nlocation = \"{}\"\npoll_interval = \"1s\"\n"
        "poll_overlap = \"1s\"\nmoderate_interval = \"10s\"\nslow_interval = \"10s\"\ndrift = \"repair\"\n",
        shop_->base_url(), access, secret, shop_->location_id());
  }

  // Part of the configuration.
  [[nodiscard]] const std::string& section() const { return section_; }

  [[nodiscard]] adapters::sandbox::shopify_shop& shop() { return *shop_; }

  [[nodiscard]] std::string product() const {
    return fmt::format(R"({{"listings":[{{"account":"shop","item":"{}","variant":"200","location":"{}"}}]}})",
                       adapters::sandbox::shopify_shop::item_id(100), shop_->location_id());
  }

  // Its numbers must have been read.
  void activate(const served_engine& engine) const {
    REQUIRE(comes_true([&] { return engine.ask("POST", "/v1/channels/shop/activate").status / 100 == 2; }));
  }

  [[nodiscard]] engine::quantity shown() const { return shop_->shown().front().available; }

  // Whatever is pending is asked for, or within ten seconds by itself.
  [[nodiscard]] bool comes_to_show(const served_engine& engine, engine::quantity units) const {
    return comes_true([&] {
      (void)engine.ask("POST", "/v1/channels/shop/flush");
      return shown() == units;
    });
  }

  [[nodiscard]] bool comes_to_show(engine::quantity units) const {
    return comes_true([&] { return shown() == units; });
  }

  void sell(engine::quantity units) { REQUIRE(shop_->place_order({{200, units}}).order != 0); }

  static constexpr engine::quantity shown_first = 7;

 private:
  static std::unique_ptr<adapters::sandbox::shopify_shop> start() {
    adapters::sandbox::shop_options options;
    options.cost_maximum = 100'000;
    options.cost_restore_per_second = 100'000;
    auto made = adapters::sandbox::shopify_shop::start(options);
    REQUIRE(made);
    return std::move(*made);
  }

  std::unique_ptr<adapters::sandbox::shopify_shop> shop_;
  std::string section_;
};

} // namespace lockstep::tests
