// Which SKU a code from outside means.
#include "tests/app/api_world.hpp"

using namespace lockstep;
using tests::api_world;

namespace {

struct shelf : api_world {
  shelf() {
    CHECK(node().record({engine::account{engine::account_id{100}, "eu", "shopify"}}, {}).has_value());
    put("MUG",
        R"({"identifiers":[{"scheme":"upc","value":"036000291452"},{"scheme":"asin","value":"B000123456"},
                    {"scheme":"walmart_item_id","value":"123456789"},{"scheme":"ebay_listing","value":"110123456789"},
                    {"scheme":"woo_product:eu","value":"77"},
                    {"scheme":"shopify_variant:eu","value":"gid://shopify/ProductVariant/39072856"}],
                    "listings":[{"account":"eu","item":"gid://shopify/InventoryItem/5","variant":"1234","location":"l"}]})");
    put("MUG-FBA",
        R"({"identifiers":[{"scheme":"asin","value":"B000123456"},{"scheme":"mpn","value":"M-1"}]})");
    put("110123456789", R"({"title":"A SKU that looks like something else"})");
  }

  int put(std::string_view sku, std::string_view body) {
    return all.put(fmt::format("/v1/products/{}", sku), body).status;
  }

  // "SKU scheme value" of every match.
  std::string found(std::string_view query) {
    const auto answer = all.get(fmt::format("/v1/lookup?{}", query));
    INFO(answer.raw.body);
    REQUIRE(answer.status == 200);
    std::string text;
    for (const auto& match : answer.body.at("matches").as_array())
      for (const auto& by : match.at("by").as_array())
        text += fmt::format("{} {} {}\n", match.at("sku").as_string().c_str(),
                            by.at("scheme").as_string().c_str(), by.at("value").as_string().c_str());
    return text;
  }

  tests::api_caller all = caller();
};

} // namespace

TEST_CASE("a SKU is found by any of its codes, with or without the scheme") {
  shelf here;
  CHECK(here.found("value=036000291452") == "MUG upc 036000291452\n");
  CHECK(here.found("value=00036000291452") == "MUG upc 036000291452\n"); // as a GTIN-14
  CHECK(here.found("value=0036000291452&scheme=ean") == "MUG upc 036000291452\n");
  CHECK(here.found("value=36000291452") == "MUG upc 036000291452\n"); // a spreadsheet took its zero
  CHECK(here.found("value=B000123456") == "MUG asin B000123456\nMUG-FBA asin B000123456\n");
  CHECK(here.found("value=123456789") == "MUG walmart_item_id 123456789\n");
  CHECK(here.found("value=39072856") == "MUG shopify_variant:eu 39072856\n");
  CHECK(here.found("value=77") == "MUG woo_product:eu 77\n");
  CHECK(here.found("value=1234") == "MUG variant:eu 1234\n");
  CHECK(here.found("value=5") == "MUG item:eu gid://shopify/InventoryItem/5\n");
  CHECK(here.found("value=gid://shopify/InventoryItem/5") == "MUG item:eu gid://shopify/InventoryItem/5\n");
  CHECK(here.found("value=MUG") == "MUG sku MUG\n");
  CHECK(here.found("value=M-1&scheme=mpn") == "MUG-FBA mpn M-1\n");
  CHECK(here.found("value=M-1") == "MUG-FBA mpn M-1\n");
  CHECK(here.found("value=b000123456") == here.found("value=B000123456"));
  CHECK(here.found("value=gid://shopify/ProductVariant/39072856") == "MUG shopify_variant:eu 39072856\n");
  CHECK(here.found("value=gid://shopify/Product/39072856").empty());
  CHECK(here.found("value=110123456789") == "110123456789 sku 110123456789\nMUG ebay_listing 110123456789\n");
  CHECK(here.found("value=NOTHING").empty());
}

TEST_CASE("a short form finds its long one, whichever was stored") {
  shelf here;
  here.put("CAN", R"({"identifiers":[{"scheme":"upc","value":"01234565"}]})"); // a UPC-E
  CHECK(here.found("value=012345000065") == "CAN upc 012345000065\n");
  CHECK(here.found("value=01234565") == "CAN upc 012345000065\n");
  here.put("TIN", R"({"identifiers":[{"scheme":"ean","value":"01234565"}]})"); // the same digits as an EAN-8
  CHECK(here.found("value=01234565&scheme=ean") == "TIN ean 01234565\n");
  CHECK(here.found("value=01234565&scheme=upc") == "CAN upc 012345000065\n");
  CHECK(here.found("value=01234565") == "TIN ean 01234565\nCAN upc 012345000065\n"); // nobody said which
  here.put("BOOK", R"({"identifiers":[{"scheme":"isbn","value":"0-306-40615-2"}]})");
  CHECK(here.found("value=9780306406157") == "BOOK ean 9780306406157\n");
  CHECK(here.found("value=0306406152") == "BOOK ean 9780306406157\n");
}

TEST_CASE("a code that very many SKUs bear lists a page of them") {
  shelf here;
  std::vector<storage::record> products;
  for (std::int32_t i = 1; i <= static_cast<std::int32_t>(limits::page_size_max) + 1; ++i)
    products.emplace_back(engine::product{
        engine::sku_id{1'000 + i}, fmt::format("CAN-{}", i), "", {{"ean", "4006381333931"}}, {}});
  REQUIRE(here.node().record(std::move(products), {}).has_value());
  const auto answer = here.all.get("/v1/products?scheme=gtin&value=4006381333931");
  CHECK(answer.body.at("products").as_array().size() == limits::page_size_max);
  const auto matches = here.all.get("/v1/lookup?value=4006381333931");
  CHECK(matches.body.at("matches").as_array().size() == limits::page_size_max);
}

TEST_CASE("a case of an item is another item") {
  shelf here;
  CHECK(here.found("value=10036000291459").empty());
}

TEST_CASE("a value that cannot be of the scheme is refused by name") {
  shelf here;
  CHECK(here.all.get("/v1/lookup?value=036000291453&scheme=upc").code() == "invalid-identifier");
  CHECK(here.all.get("/v1/lookup?value=1&scheme=shopify_variant").code() == "invalid-identifier");
  CHECK(here.all.get("/v1/lookup?value=1&scheme=asin:eu").code() == "invalid-identifier");
  CHECK(here.all.get("/v1/lookup?value=1&scheme=walmart_item_id:eu").code() == "invalid-identifier");
  CHECK(here.all.get("/v1/lookup?scheme=upc").code() == "invalid-parameter");
}
