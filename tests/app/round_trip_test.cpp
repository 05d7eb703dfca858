// What an engine exports, another one imports to the same state.
#include "app/import/export_catalogue.hpp"
#include "app/import/import_file.hpp"
#include "app/import/import_report.hpp"
#include "app/import/import_sender.hpp"
#include "tests/app/api_world.hpp"
#include "tests/app/temporary_folder.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

using namespace lockstep;
using namespace lockstep::app;

namespace {

constexpr std::array all_layouts{import_layout::products, import_layout::listings, import_layout::stock,
                                 import_layout::bundles, import_layout::rules};

struct shop : tests::api_world {
  shop() {
    CHECK(node()
              .record({engine::account{engine::account_id{100}, "eu", "shopify"},
                       engine::account{engine::account_id{101}, "us", "shopify"}},
                      {})
              .has_value());
    CHECK(all.put("/v1/locations/East%201", R"({"title":"East"})").status == 200);
  }

  api_client client() { return api_client{fmt::format("http://127.0.0.1:{}", api().port()), secret{"all"}}; }

  std::string export_csv(import_layout what) {
    std::string text;
    auto from = client();
    const auto written = export_catalogue(from, what, export_format::csv, [&](std::string_view piece) {
      text += piece;
      return true;
    });
    INFO((written ? "" : written.error().what));
    CHECK(written.has_value());
    return text;
  }

  std::vector<std::string> export_all() {
    std::vector<std::string> texts;
    for (const auto what : all_layouts)
      texts.push_back(export_csv(what));
    return texts;
  }

  // What was left out.
  std::string import_csv(const std::string& text, import_totals& totals, std::string name = "n") {
    std::istringstream stream{text};
    auto to = client();
    std::string refused;
    auto file = import_file::open(stream, {});
    REQUIRE(file.has_value());
    import_sender sender{to,
                         std::move(name),
                         {[&](const import_item& item, const std::string& why) {
                            refused += fmt::format("{}: {}\n", item.line, why);
                          },
                          [](std::size_t) {}}};
    while (auto verdict = file->next()) {
      for (const auto& each : verdict->bad)
        refused += fmt::format("{}: {}\n", each.line, each.what);
      if (verdict->item) REQUIRE(sender.add(std::move(*verdict->item)).has_value());
    }
    REQUIRE(sender.finish().has_value());
    totals = sender.totals();
    return refused;
  }

  tests::api_caller all = caller();
};

} // namespace

TEST_CASE("what is exported is imported to the same products, listings, stock, bundles and rules") {
  shop first;
  first.stock("PLAIN", 5);
  CHECK(first.all.put("/v1/products/'007", R"({"title":"'80s mug","tags":["a;b","'5","sale"]})").status ==
        201);
  CHECK(first.all.put("/v1/products/CUP%2C%20%22blue%22", R"({"title":"A \"cup\""})").status == 201);
  first.stock("TEA", 8);
  first.stock("GIFT", 0);
  CHECK(first.all
            .put("/v1/products/TEA",
                 R"({"title":"Tea, green","identifiers":[{"scheme":"upc","value":"036000291452"},
                    {"scheme":"ean","value":"4006381333931"},{"scheme":"ean","value":"9783161484100"},
                    {"scheme":"shopify_variant:eu","value":"39072856"}],
                    "listings":[{"account":"eu","item":"i1","variant":"v1","location":"l1","cap":50,"buffer":2},
                                {"account":"us","item":"i1","buffer_percent":10,"minimum":3,"share":40,"sells":false,
                                 "sells_ahead":true}]})")
            .status == 200);
  CHECK(first.all.put("/v1/accounts/eu/rules", R"({"share":50,"buffer":2})").status == 200);
  CHECK(first.all.put("/v1/accounts/us/rules/sale", R"({"cap":10,"sells_ahead":false})").status == 200);
  first.all.move("/v1/counts", R"({"sku":"TEA","counted":3,"location":"East 1"})");
  first.all.move("/v1/counts", R"({"sku":"PLAIN","counted":0})");
  CHECK(first.all
            .put("/v1/products/GIFT/components",
                 R"({"components":[{"sku":"TEA","units":2},{"sku":"PLAIN","units":1}]})")
            .status == 200);
  CHECK(first.all.put("/v1/products/BOX", R"({"title":"A bundle of bundles"})").status == 201);
  CHECK(first.all.put("/v1/products/BOX/components", R"({"components":[{"sku":"GIFT","units":3}]})").status ==
        200);
  const auto exported = first.export_all();
  CHECK(exported[0].starts_with("sku,title,tags,upc,ean,gtin,asin,walmart_item_id,shopify_variant:eu,on_hand,"
                                "on_hand:East 1,reserved,available\r\n"));
  CHECK(exported[2].find("TEA,East 1,3\r\n") != std::string::npos);
  CHECK(exported[4] == "account,tag,buffer,buffer_percent,cap,minimum,share,sells,sells_ahead\r\n"
                       "eu,,2,,,,50,,\r\nus,sale,,,10,,,,false\r\n");
  CHECK(exported[3] == "sku,component,units\r\nBOX,GIFT,3\r\nGIFT,PLAIN,1\r\nGIFT,TEA,2\r\n");

  shop second;
  import_totals totals;
  CHECK(second.import_csv(exported[0], totals) == "");
  CHECK(totals.added == 6);
  CHECK(totals.counted == 3); // TEA in two places, PLAIN in one
  CHECK(second.import_csv(exported[1], totals) == "");
  CHECK(totals.added == 2);
  CHECK(second.import_csv(exported[3], totals) == "");
  CHECK(second.import_csv(exported[4], totals) == "");
  CHECK(totals.added == 2);
  CHECK(second.export_all() == exported);

  SECTION("stock alone comes back from its own file, and once only under one name") {
    second.all.move("/v1/counts", R"({"sku":"TEA","counted":1,"location":"East 1"})");
    CHECK(second.import_csv(exported[2], totals, "stock") == "");
    CHECK(totals.counted == 3);
    CHECK(second.export_all() == exported);
    second.all.move("/v1/counts", R"({"sku":"TEA","counted":1,"location":"East 1"})");
    CHECK(second.import_csv(exported[2], totals, "stock") == "");
    CHECK(totals.counted_before == 3);
    CHECK(second.export_csv(import_layout::stock) != exported[2]);
  }
}

TEST_CASE("identifiers of any scheme come back") {
  shop first;
  CHECK(first.all
            .put("/v1/products/TEA",
                 R"({"identifiers":[{"scheme":"mpn","value":"M;1"},{"scheme":"ebay_epid","value":"'7"},
                    {"scheme":"fnsku:shop.eu","value":"X0"},{"scheme":"sku","value":"other"},{"scheme":"id:x","value":"y"},
                    {"scheme":"on_hand:eu","value":"z"},{"scheme":"walmart_wpid","value":"w"}]})")
            .status == 201);
  const auto exported = first.export_csv(import_layout::products);
  CHECK(exported.starts_with(
      "sku,title,tags,upc,ean,gtin,asin,walmart_item_id,id:ebay_epid,fnsku:shop.eu,id:id:x,"
      "id:mpn,id:on_hand:eu,id:sku,id:walmart_wpid,on_hand,"));
  shop second;
  import_totals totals;
  CHECK(second.import_csv(exported, totals) == "");
  CHECK(second.export_csv(import_layout::products) == exported);
}

TEST_CASE("what a file has no column of stays as it is") {
  shop here;
  CHECK(here.all
            .put("/v1/products/A",
                 R"({"title":"Cup","identifiers":[{"scheme":"upc","value":"036000291452"}],"tags":["sale"]})")
            .status == 201);
  const auto exported = here.export_csv(import_layout::products);
  import_totals totals;
  CHECK(here.import_csv("sku,on_hand\nA,\n", totals) == "");
  CHECK(here.import_csv("sku,title\nA,Cup\n", totals) == "");
  CHECK(here.import_csv("Handle,Title,Variant SKU\ncup,Cup,A\n", totals) == "");
  CHECK(totals.changed == 1);
  CHECK(here.export_csv(import_layout::products) == exported);
  CHECK(here.import_csv("sku,asin\nA,\n", totals) == "");
  CHECK(here.all.get("/v1/products/A").body.at("identifiers").as_array().empty());
}

TEST_CASE("what the engine refuses of a file is told with its line, and the rest is taken") {
  shop here;
  import_totals totals;
  CHECK(here.import_csv("sku,on_hand:West\nA,1\nB,\n", totals) == "2: There is no location 'West'.\n");
  CHECK(totals.added == 2);
  CHECK(totals.refused == 1);
  CHECK(here.import_csv("account,item,sku\nnowhere,i,A\neu,i,A\n", totals)
            .starts_with("2: There is no account"));
  CHECK(totals.added == 1);
  CHECK(here.import_csv("sku,component,units\nA,B,1\nB,A,1\n", totals)
            .starts_with("3: a bundle cannot contain itself"));
  CHECK(totals.added == 1);
}

TEST_CASE("a reject has no count that was taken, so that it is not taken again when the rest is mended") {
  shop here;
  const tests::temporary_folder folder;
  std::istringstream stream{"sku,on_hand,on_hand:West,on_hand:East 1\nA,5,3,2\nB,1,,\n"};
  auto file = import_file::open(stream, {.keep_records = true});
  REQUIRE(file.has_value());
  const auto rejects = folder.path("rejects.csv");
  {
    import_report report{{"f", rejects}, *file};
    auto to = here.client();
    import_sender sender{to,
                         "n",
                         {[&](const import_item& item, const std::string& why) { report.refused(item, why); },
                          [](std::size_t) {}}};
    while (auto verdict = file->next())
      REQUIRE(sender.add(std::move(*verdict->item)).has_value());
    REQUIRE(sender.finish().has_value());
    CHECK(sender.totals().counted == 3);
    CHECK(sender.totals().refused == 1);
  }
  std::ostringstream written;
  written << std::ifstream{rejects}.rdbuf();
  CHECK(written.str() == "sku,on_hand,on_hand:West,on_hand:East 1,reject_line,reject_reason\r\n"
                         "A,,3,,2,There is no location 'West'.\r\n");
}

TEST_CASE("a product that is refused is not counted") {
  shop here;
  import_totals totals;
  CHECK(
      here.import_csv("sku,shopify_variant:eu,on_hand\nA,1,5\nB,1,7\n", totals) ==
      "3: shopify_variant:eu 1 is SKU 'A' already. /identifiers: shopify_variant:eu 1 is SKU 'A' already.\n");
  CHECK(totals.added == 1);
  CHECK(totals.counted == 1);
  CHECK(here.all.get("/v1/products/B").status == 404);
}

TEST_CASE("an import of several blocks arrives whole") {
  shop here;
  std::string text = "sku,title,on_hand\n";
  for (int i = 0; i < 5'000; ++i)
    text += fmt::format("S{:05},Product {},{}\n", i, i, i % 7);
  import_totals totals;
  CHECK(here.import_csv(text, totals) == "");
  CHECK(totals.added == 5'000);
  CHECK(totals.counted == 5'000);
  CHECK(here.all.get("/v1/stock/S04999").number("on_hand") == 4'999 % 7);
  CHECK(here.node().catalogue()->products() == 5'000);
}

TEST_CASE("bundles are sent few at a time, as each is committed for itself") {
  shop here;
  std::string text = "sku\nPART\n";
  for (int i = 0; i < 250; ++i)
    text += fmt::format("B{}\n", i);
  import_totals totals;
  CHECK(here.import_csv(text, totals) == "");
  auto to = here.client();
  std::size_t most = 0, all = 0;
  import_sender sender{to,
                       "n",
                       {[](const import_item&, const std::string&) {},
                        [&](std::size_t items) {
                          most = std::max(most, items);
                          all += items;
                        }}};
  for (int i = 0; i < 250; ++i) {
    import_item item;
    item.sku = fmt::format("B{}", i);
    item.components = {{"PART", 1}};
    REQUIRE(sender.add(std::move(item)).has_value());
  }
  REQUIRE(sender.finish().has_value());
  CHECK(sender.totals().added == 250);
  CHECK(all == 250);
  CHECK(most == 200);
}
