#include "app/import/import_file.hpp"

#include "tests/catch.hpp"

#include <fmt/format.h>

#include <sstream>

using namespace lockstep;
using namespace lockstep::app;
using Catch::Matchers::Contains;
using engine::identifier;

namespace {

// What a whole file comes to.
struct read_file {
  import_layout layout = import_layout::products;
  std::vector<import_item> products;
  std::vector<line_finding> bad, notes;
  bool clean = false;
};

engine::result<read_file> read(const std::string& text, import_options options = {}) {
  std::istringstream stream{text};
  auto file = import_file::open(stream, options);
  if (!file) return file.error();
  read_file all{.layout = file->layout(), .products = {}, .bad = {}, .notes = {}, .clean = file->clean()};
  while (auto verdict = file->next()) {
    if (verdict->item) all.products.push_back(std::move(*verdict->item));
    all.bad.insert(all.bad.end(), verdict->bad.begin(), verdict->bad.end());
    all.notes.insert(all.notes.end(), verdict->notes.begin(), verdict->notes.end());
  }
  CHECK(all.clean == all.bad.empty());
  if (all.layout != import_layout::bundles) CHECK(file->good() == all.products.size());
  return all;
}

std::optional<engine::quantity> on_hand(const import_item& item) {
  if (item.counts.empty()) return std::nullopt;
  return item.counts.front().counted;
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
  CHECK(file->layout == import_layout::products);
  REQUIRE(file->products.size() == 3);
  const auto& first = file->products[0];
  CHECK(first.line == 2);
  CHECK(first.sku == "85123A");
  CHECK(first.product->title == "White heart");
  CHECK(on_hand(first) == 12);
  CHECK(first.product->identifiers->size() == 4);
  for (const auto& expected :
       {identifier{"upc", "036000291452"}, identifier{"asin", "B000123456"},
        identifier{"walmart_item_id", "123456789"}, identifier{"shopify_variant:eu", "39072856"}})
    CHECK(std::count(first.product->identifiers->begin(), first.product->identifiers->end(), expected) == 1);
  CHECK_FALSE(on_hand(file->products[1]).has_value());
  CHECK(file->products[2].sku == "007"); // a spreadsheet's apostrophe
  CHECK(on_hand(file->products[2]) == 0);
  CHECK(file->products[2].product->identifiers == std::vector<identifier>{{"ean", "4006381333931"}});
}

TEST_CASE("an apostrophe is a spreadsheet's before a number only") {
  const auto file = read("sku,title\n'007,'80s mug\n'80s-MUG,'12\n''5,x\n");
  REQUIRE(file->products.size() == 3);
  CHECK(file->products[0].sku == "007");
  CHECK(file->products[0].product->title == "'80s mug");
  CHECK(file->products[1].sku == "'80s-MUG");
  CHECK(file->products[2].sku == "'5");
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
  CHECK(file->products[1].sku == "LAST");
  CHECK(file->products[1].line == 4);
}

TEST_CASE("a quote that is not closed costs its own line alone") {
  const auto broken = read("sku,title,on_hand\nA,\"12 in pan,1\nB,Cup,2\nC,\"Tea, green\",3\n");
  CHECK(told(broken->bad) == "2: text between a closing quote and the next comma\n");
  REQUIRE(broken->products.size() == 2);
  CHECK(broken->products[0].sku == "B");
  CHECK(broken->products[1].product->title == "Tea, green");
  // Closed by a quote of another line it is CSV, but of a wrong number of fields.
  const auto swallowed = read("sku,title,on_hand\nA,\"12 in pan,1\nB,Cup,2\nC,Tea,\"\nD,\"two\nlines\",4\n");
  CHECK(told(swallowed->bad) == "2: 2 fields, the header has 3: is a quote missing?\n"
                                "4: text between a closing quote and the next comma\n");
  REQUIRE(swallowed->products.size() == 2);
  CHECK(swallowed->products[0].sku == "B");
  CHECK(swallowed->products[1].line == 5);
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

TEST_CASE("identifiers of any scheme have a column, behind id: unless it has one of its own") {
  const auto file = read("sku,id:mpn,asin,fnsku:shop.eu,id:id:x,id:sku\nA,M-1;M-2,,X1,y,z\nB,,,,,\n");
  REQUIRE(file.has_value());
  REQUIRE(file->products.size() == 2);
  CHECK_THAT(*file->products[0].product->identifiers,
             Catch::Matchers::UnorderedEquals(std::vector<identifier>{
                 {"mpn", "M-1"}, {"mpn", "M-2"}, {"fnsku:shop.eu", "X1"}, {"id:x", "y"}, {"sku", "z"}}));
  CHECK(file->products[1].product->identifiers == std::vector<identifier>{});
  CHECK_THAT(read("sku,walmart_wpid\n").error().what, Contains("unknown column 'walmart_wpid'"));
  CHECK_THAT(read("sku,z\n").error().what, Contains("identifiers of a scheme 'z' stand in 'id:z'"));
  CHECK_THAT(read("sku,id:MPN\n").error().what, Contains("unknown column 'id:MPN'"));
  CHECK_THAT(read("sku,id:\n").error().what, Contains("unknown column 'id:'"));
}

TEST_CASE("what a file has no column of is not stated") {
  const auto file = read("sku,on_hand\nA,1\n");
  CHECK_FALSE(file->products.at(0).product->title.has_value());
  CHECK_FALSE(file->products[0].product->identifiers.has_value());
  CHECK_FALSE(read("sku,title\nA,x\n")->products.at(0).product->identifiers.has_value());
  const auto shop = read("Handle,Title,Variant SKU\na,A,S1\n");
  CHECK(shop->products.at(0).product->title == "A");
  CHECK_FALSE(shop->products[0].product->identifiers.has_value());
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
  CHECK(file->layout == import_layout::shopify);
  REQUIRE(file->products.size() == 3);

  CHECK(file->products[0].sku == "G-S");
  CHECK(file->products[0].product->title == "Glove - Small - Black");
  CHECK(on_hand(file->products[0]) == 4);
  CHECK(file->products[0].product->identifiers ==
        std::vector<identifier>{{"upc", "036000291452"}}); // without apostrophe

  CHECK(file->products[1].sku == "Glove - Large Black"); // blanks inside a SKU are its own
  CHECK(file->products[1].product->title == "Glove - Large - Black");
  CHECK(on_hand(file->products[1]) == 0);
  CHECK(file->products[1].line == 5); // the first product's text takes three lines

  CHECK(file->products[2].product->title == "Wrench");
  CHECK_FALSE(on_hand(file->products[2]).has_value()); // not tracked
  CHECK(file->products[2].product->identifiers->empty());

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
  CHECK(file->products[0].sku == "036000291452");
  CHECK(told(file->bad) == "3: the variant has no SKU\n");
}

TEST_CASE("a variant that is left out or refused keeps the title that a line before it states") {
  std::istringstream stream{std::string{shopify_header} +
                            "a,Glove,,,S,,,S1,shopify,1,1,,\na,,,,M,,,,shopify,1,1,,\na,,,,L,,,S3,shopify,1,1,,\n"
                            "b,,,,L,,,S4,shopify,1,1,,\na,short\n"};
  auto file = import_file::open(stream, {.keep_records = true});
  REQUIRE(file.has_value());
  CHECK(file->next()->item->records.at(0).fields[1] == "Glove");
  CHECK(file->next()->records.at(0).fields[1] == "Glove"); // it has no SKU
  CHECK(file->next()->item->records.at(0).fields[1] == "Glove");
  CHECK(file->next()->item->records.at(0).fields[1].empty());
  CHECK(file->next()->records.at(0).fields == std::vector<std::string>{"a", "short"});
}

TEST_CASE("a title does not go over to the next product") {
  const auto file =
      read(std::string{shopify_header} + "a,A,,,,,,S1,shopify,1,1,,\nb,,,,Red,,,S2,shopify,1,1,,\n");
  REQUIRE(file->products.size() == 2);
  CHECK(file->products[1].product->title == "Red");
}

TEST_CASE("stock of other locations stands in columns of their own or in a file of counts") {
  const auto wide = read("sku,on_hand,on_hand:East 1,on_hand:main2\nA,1,2,\nB,,x,\n");
  REQUIRE(wide.has_value());
  REQUIRE(wide->products.size() == 1);
  REQUIRE(wide->products[0].counts.size() == 2);
  CHECK(wide->products[0].counts[1].location == "East 1");
  CHECK(wide->products[0].counts[1].counted == 2);
  CHECK(told(wide->bad) == "3: on_hand:East 1 'x' is not a whole number from 0 to 1000000000\n");

  const auto counts = read("sku,location,counted\nA,main,1\nA,east,2\nA,,3\nA,east,4\nB,east,\nB,west,-1\n");
  REQUIRE(counts.has_value());
  CHECK(counts->layout == import_layout::stock);
  CHECK(counts->products.size() == 2);
  CHECK(told(counts->bad) == "4: SKU 'A' stands on line 2 already\n"
                             "5: SKU 'A' in 'east' stands on line 3 already\n"
                             "6: no number in 'counted'\n"
                             "7: counted '-1' is not a whole number from 0 to 1000000000\n");
}

TEST_CASE("listings are read with their rules, and what is empty is not stated") {
  const auto file = read("sku,account,item,variant,location,cap,buffer,sells_ahead\n"
                         "A,eu,i1,v1,l1,50,2,TRUE\n"
                         "A,us,i1,,,,,\n"
                         "B,eu,i1,v2,l1,,,\n"
                         "B,eu,,v2,l1,,,\n"
                         "B,,i3,,,,,\n"
                         "B,eu,i4,,,-1,,\n"
                         "B,eu,i5,,,,,yes\n");
  REQUIRE(file.has_value());
  CHECK(file->layout == import_layout::listings);
  REQUIRE(file->products.size() == 2);
  const auto& first = *file->products[0].listing;
  CHECK(first.variant == "v1");
  engine::listing_rule stated;
  stated.buffer = {2, false};
  stated.cap = 50;
  stated.sells_ahead = true;
  CHECK(first.rule == stated);
  CHECK(file->products[1].listing->rule == engine::listing_rule{});
  CHECK(told(file->bad) == "4: item 'i1' of 'eu' in 'l1' stands on line 2 already\n"
                           "5: no item\n6: no account\n"
                           "7: cap '-1' is not a whole number from 0 to 999999\n"
                           "8: sells_ahead 'yes' is neither true nor false\n");
}

TEST_CASE("rules of accounts and of tags are read with every member they may have") {
  const auto file = read("account,tag,buffer,buffer_percent,cap,minimum,share,sells,sells_ahead\n"
                         "eu,,,10,,3,50,,\n"
                         "eu,winter sale,2,,5,,,false,\n"
                         "eu,,1,,,,,,\n"
                         "us,,1,10,,,,,\n"
                         "us,,,,,,101,,\n"
                         ",x,1,,,,,,\n");
  REQUIRE(file.has_value());
  CHECK(file->layout == import_layout::rules);
  REQUIRE(file->products.size() == 2);
  engine::listing_rule all;
  all.buffer = {10, true};
  all.minimum = 3;
  all.share = std::int8_t{50};
  CHECK(file->products[0].rule->account == "eu");
  CHECK(file->products[0].rule->rule == all);
  engine::listing_rule tagged;
  tagged.buffer = {2, false};
  tagged.cap = 5;
  tagged.sells = false;
  CHECK(file->products[1].rule->tag == "winter sale");
  CHECK(file->products[1].rule->rule == tagged);
  CHECK(told(file->bad) == "4: the rule of 'eu' stands on line 2 already\n"
                           "5: buffer and buffer_percent exclude each other\n"
                           "6: share '101' is not a whole number from 0 to 100\n"
                           "7: no account\n");
  CHECK_THAT(read("account,tagg\n").error().what, Contains("unknown column 'tagg'; nearest: tag"));
}

TEST_CASE("a product states its tags when the file has a column of them") {
  const auto file = read("sku,tags\nA,sale; winter\nB,\nC,a\\;b;c\nD,x\x01\n");
  REQUIRE(file->products.size() == 3);
  CHECK(file->products[0].product->tags == std::vector<std::string>{"sale", "winter"});
  CHECK(file->products[1].product->tags == std::vector<std::string>{});
  CHECK(file->products[2].product->tags == std::vector<std::string>{"a;b", "c"});
  CHECK_THAT(told(file->bad), Contains("5: tag 'x"));
  CHECK_FALSE(read("sku\nA\n")->products[0].product->tags.has_value());
}

TEST_CASE("a bundle is taken with all its lines or not at all") {
  const auto file = read("sku,component,units\n"
                         "GIFT,CUP,1\nGIFT,TEA,2\n"
                         "BOX,CUP,1\nBOX,TEA,0\nBOX,LID,1\n"
                         "HAMPER,CUP,1\n"
                         "SET,CUP,1\n"
                         "GIFT,LID,1\n"
                         "BOX,LID,1\n"
                         "HAMPER,LID,0\n"
                         "NEST,CUP,1\nNEST,TEA,2\n");
  REQUIRE(file.has_value());
  CHECK(file->layout == import_layout::bundles);
  REQUIRE(file->products.size() == 2);
  CHECK(file->products[0].sku == "SET");
  CHECK(file->products[1].sku == "NEST");
  REQUIRE(file->products[1].components.size() == 2);
  CHECK(file->products[1].components[1].sku == "TEA");
  CHECK(file->products[1].components[1].units == 2);
  const auto* const apart = "stands further down again: the lines of a bundle follow each other";
  CHECK(told(file->bad) == fmt::format("2: SKU 'GIFT' {0}\n3: SKU 'GIFT' {0}\n"
                                       "4: another line of this bundle is bad\n"
                                       "5: units '0' is not a whole number from 1 to 10000\n"
                                       "6: another line of this bundle is bad\n"
                                       "7: SKU 'HAMPER' {0}\n"
                                       "9: SKU 'GIFT' stands on line 2 already\n"
                                       "10: SKU 'BOX' stands on line 4 already\n"
                                       "11: units '0' is not a whole number from 1 to 10000\n",
                                       apart));
}

TEST_CASE("a line that cannot be read spoils the bundles on both sides, whose component it may be") {
  const auto file = read("sku,component,units\nA,X,1\nB\"ad\nB,X,1\nC,X,1\n");
  REQUIRE(file.has_value());
  REQUIRE(file->products.size() == 1);
  CHECK(file->products[0].sku == "C");
  CHECK(file->bad.size() == 3);
}

TEST_CASE("a bundle of more components than there may be is left out, however long it is") {
  std::string text = "sku,component,units\n";
  for (int i = 0; i < 500; ++i)
    text += fmt::format("A,C{},1\n", i);
  const auto file = read(text + "B,X,1\n");
  REQUIRE(file.has_value());
  REQUIRE(file->products.size() == 1);
  CHECK(file->products[0].sku == "B");
  CHECK(file->bad.size() == 500);
  CHECK(file->bad[0].what == "the bundle has too many components");
}
