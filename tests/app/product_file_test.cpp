#include "app/import/product_file.hpp"

#include "tests/catch.hpp"

#include <fmt/format.h>

#include <sstream>

using namespace lockstep;
using namespace lockstep::app;
using Catch::Matchers::Contains;
using engine::identifier;

namespace {

engine::result<product_file> read(const std::string& text, product_file_options options = {}) {
  std::istringstream stream{text};
  return read_products(stream, options);
}

std::string told(const std::vector<line_finding>& findings) {
  std::string text;
  for (const auto& finding : findings)
    text += fmt::format("{}: {}\n", finding.line, finding.what);
  return text;
}

constexpr auto shopify_header = "Handle,Title,Body (HTML),Option1 Name,Option1 Value,Option2 Name,Option2 "
                                "Value,Variant SKU,Variant Inventory "
                                "Tracker,Variant Inventory Qty,Variant Price,Variant Barcode,Image Src\n";

} // namespace

TEST_CASE("our own layout is read in any order of its columns") {
  const auto file = read("on_hand,title,sku,upc,ean,asin,walmart_item_id,shopify_variant:eu\r\n"
                         "12,White heart,85123A,036000291452,,B000123456,123456789,39072856\r\n"
                         ",No stock stated,22197,,,,,\r\n"
                         "0,\"A, B\",'007 ,,4006381333931,,,\r\n");
  REQUIRE(file.has_value());
  CHECK(told(file->bad) == "");
  CHECK(file->layout == product_layout::ours);
  REQUIRE(file->products.size() == 3);
  const auto& first = file->products[0];
  CHECK(first.line == 2);
  CHECK(first.code == "85123A");
  CHECK(first.title == "White heart");
  CHECK(first.on_hand == 12);
  CHECK(first.identifiers.size() == 4);
  for (const auto& expected :
       {identifier{"upc", "036000291452"}, identifier{"asin", "B000123456"},
        identifier{"walmart_item_id", "123456789"}, identifier{"shopify_variant:eu", "39072856"}})
    CHECK(std::count(first.identifiers.begin(), first.identifiers.end(), expected) == 1);
  CHECK_FALSE(file->products[1].on_hand.has_value());
  CHECK(file->products[2].code == "007"); // a spreadsheet's apostrophe
  CHECK(file->products[2].on_hand == 0);
  CHECK(file->products[2].identifiers == std::vector<identifier>{{"ean", "4006381333931"}});
}

TEST_CASE("every bad line of our layout is told with its number and reason, good ones are kept") {
  struct row {
    std::string line, reason;
  };

  const auto& [line, reason] = GENERATE(values<row>({
      {"A,036000291453,1", "upc '036000291453'"},
      {",036000291452,1", "no SKU"},
      {"FIRST,,1", "SKU 'FIRST' stands on line 2 already"},
      {"A,,-1", "on_hand '-1' is not a whole number from 0 to"},
      {"A,,1.5", "on_hand '1.5' is not a whole number"},
      {"A,,many", "on_hand 'many' is not a whole number"},
      {"A,,1000000001", "on_hand '1000000001' is not a whole number"},
      {"A,", "2 fields, the header has 3"},
      {"A,,1,2", "4 fields, the header has 3"},
      {"A\"B,,1", "a quote inside a field"},
      {"A\x1B[0m,,1", "SKU"},
      {"A\xFF,,1", "SKU"},
      {std::string(101, 'x') + ",,1", "SKU"},
  }));
  const auto file = read("sku,upc,on_hand\nFIRST,,1\n" + line + "\nLAST,,2\n");
  REQUIRE(file.has_value());
  INFO(told(file->bad));
  REQUIRE(file->bad.size() == 1);
  CHECK(file->bad[0].line == 3);
  CHECK_THAT(file->bad[0].what, Contains(reason));
  REQUIRE(file->products.size() == 2);
  CHECK(file->products[1].code == "LAST");
  CHECK(file->products[1].line == 4);
}

TEST_CASE("codes in two letter cases are two products") {
  const auto file = read("sku\n85123A\n85123a\n");
  CHECK(file->products.size() == 2);
}

TEST_CASE("a header that is not known is an error that names the column") {
  CHECK_THAT(read("skuu,title\n").error().what, Contains("unknown column 'skuu'; nearest: sku"));
  CHECK_THAT(read("sku,titel\n").error().what, Contains("unknown column 'titel'; nearest: title"));
  CHECK_THAT(read("title\nx\n").error().what, Contains("no column 'sku'"));
  CHECK_THAT(read("sku,sku\n").error().what, Contains("column 'sku' stands twice"));
  CHECK_THAT(read("").error().what, Contains("empty"));
}

TEST_CASE("a Shopify export is recognised, with all that real ones do") {
  const auto file = read(std::string{shopify_header} +
                         "glove,Glove,\"<p>Warm,\n\"\"very\"\" "
                         "warm</p>\n\",Size,Small,Color,Black,G-S,shopify,4,9.99,'036000291452,a.jpg\n"
                         "glove,,,,Large,,Black,Glove - Large Black,shopify,-3,9.99,,\n"
                         "glove,,,,,,,,,,,,b.jpg\n"
                         "glove,,,,XL,,Black,G-S,shopify,1,9.99,,\n"
                         "glove,,,,XXL,,Black,,shopify,1,9.99,036000291452,\n"
                         "wrench,Wrench,,Title,Default Title,,,W-1,,7,5.00,036000291453,\n");
  REQUIRE(file.has_value());
  CHECK(file->layout == product_layout::shopify);
  REQUIRE(file->products.size() == 3);
  CHECK(file->passed_over == 1);

  CHECK(file->products[0].code == "G-S");
  CHECK(file->products[0].title == "Glove - Small - Black");
  CHECK(file->products[0].on_hand == 4);
  CHECK(file->products[0].identifiers ==
        std::vector<identifier>{{"upc", "036000291452"}}); // without apostrophe

  CHECK(file->products[1].code == "Glove - Large Black"); // blanks inside a SKU are its own
  CHECK(file->products[1].title == "Glove - Large - Black");
  CHECK(file->products[1].on_hand == 0);
  CHECK(file->products[1].line == 5); // the first product's text takes three lines

  CHECK(file->products[2].title == "Wrench");
  CHECK_FALSE(file->products[2].on_hand.has_value()); // not tracked
  CHECK(file->products[2].identifiers.empty());

  CHECK_THAT(told(file->bad), Contains("7: SKU 'G-S' stands on line 2 already"));
  CHECK_THAT(told(file->bad), Contains("8: the variant has no SKU (--sku-from-barcode takes its barcode)"));
  CHECK(file->bad.size() == 2);
  CHECK_THAT(told(file->notes), Contains("5: quantity -3 is below zero: counted as 0"));
  CHECK_THAT(told(file->notes), Contains("9: barcode '036000291453' left out"));
  CHECK_THAT(told(file->notes), Contains("9: the shop does not track its stock: no number taken"));
  CHECK(file->notes.size() == 3);
}

TEST_CASE("a variant without a SKU takes its barcode when that is wished") {
  const auto text =
      std::string{shopify_header} + "a,A,,,,,,,shopify,1,1,036000291452,\nb,B,,,,,,,shopify,1,1,,\n";
  const auto file = read(text, {.code_from_barcode = true});
  REQUIRE(file->products.size() == 1);
  CHECK(file->products[0].code == "036000291452");
  CHECK(told(file->bad) == "3: the variant has no SKU\n");
}

TEST_CASE("a title does not go over to the next product") {
  const auto file =
      read(std::string{shopify_header} + "a,A,,,,,,S1,shopify,1,1,,\nb,,,,Red,,,S2,shopify,1,1,,\n");
  REQUIRE(file->products.size() == 2);
  CHECK(file->products[1].title == "Red");
}
