#include "adapters/rest/encode.hpp"
#include "adapters/rest/fact_words.hpp"
#include "adapters/rest/identifier_scheme.hpp"
#include "adapters/rest/problem.hpp"
#include "adapters/rest/product.hpp"
#include "adapters/rest/strict_json.hpp"

#include "tests/catch.hpp"

#include <boost/json/parse.hpp>

#include <set>

using namespace lockstep;
using namespace lockstep::adapters::rest;
using engine::fact_kind;

namespace {

std::string words(fact_kind kind, engine::quantity units, engine::quantity value = 0, std::string note = "") {
  engine::fact happened;
  happened.version = 9;
  happened.kind = kind;
  happened.units = units;
  happened.value = value;
  happened.note = std::move(note);
  return in_words(happened, engine::catalogue{});
}

engine::product bicycle() {
  return {engine::sku_id{1}, "BIKE/1", "A \"red\" bicycle", {{"asin", "B000123456"}}};
}

} // namespace

TEST_CASE("every refusal has a problem of its own name") {
  std::set<std::string_view> seen;
  for (int i = 1; i <= static_cast<int>(engine::refusal::quarantined); ++i) {
    const auto reason = static_cast<engine::refusal>(i);
    const auto& row = row_of(code_of(reason));
    std::string expected{engine::to_string(reason)};
    for (auto& c : expected)
      c = c == '_' ? '-' : c;
    CHECK(row.name == expected);
    CHECK(row.status >= 400);
    CHECK(row.status < 500);
    seen.insert(row.name);
  }
  CHECK(seen.size() == static_cast<std::size_t>(engine::refusal::quarantined));
}

TEST_CASE("problem names are unique, have a status and lead back to their row") {
  for (const auto& row : problem_table()) {
    CHECK(find_problem(row.name) == &row);
    CHECK(row.status >= 400);
    CHECK_FALSE(row.title.empty());
  }
  CHECK(find_problem("no-such-problem") == nullptr);
}

TEST_CASE("a problem is told as RFC 9457 says") {
  const problem wrong{problem_code::invalid_body, "See errors.", {{"/units", "An integer is expected."}}};
  const auto read = boost::json::parse(encode(wrong, "/v1/receipts")).as_object();
  CHECK(read.at("type").as_string() == "/problems/invalid-body");
  CHECK(read.at("title").as_string() == "Members of the body are missing, unknown or out of range");
  CHECK(read.at("status").as_int64() == 422);
  CHECK(read.at("detail").as_string() == "See errors.");
  CHECK(read.at("instance").as_string() == "/v1/receipts");
  CHECK(read.at("code").as_string() == "invalid-body");
  CHECK(read.at("errors").as_array()[0].at("pointer").as_string() == "/units");
}

TEST_CASE("a problem about hostile text is still valid JSON") {
  const problem wrong{problem_code::unknown_sku, "There is no SKU '\x1b[31m\xff\"'.", {{"/\xfe", "x"}}};
  CHECK_NOTHROW(boost::json::parse(encode(wrong, "/\xff")));
}

TEST_CASE("facts are told in words") {
  CHECK(words(fact_kind::received, 12, 0, "pallet 7") == "received 12 units (pallet 7)");
  CHECK(words(fact_kind::received, 1) == "received 1 unit");
  CHECK(words(fact_kind::adjusted, -3, 0, "broken") == "adjusted by -3 units (broken)");
  CHECK(words(fact_kind::adjusted, 3, 0, "found") == "adjusted by +3 units (found)");
  CHECK(words(fact_kind::counted, -2, 40, "shelf") == "counted 40 units: 2 fewer than recorded (shelf)");
  CHECK(words(fact_kind::counted, 2, 40) == "counted 40 units: 2 more than recorded");
  CHECK(words(fact_kind::counted, 0, 40) == "counted 40 units: as recorded");
  CHECK(words(fact_kind::safety_set, 5, 0) == "safety buffer set to 5 units");
  CHECK(words(fact_kind::safety_set, 5, 1) == "safety buffer set to 5 % of on-hand");
  CHECK(words(fact_kind::held, 2) == "held 2 units until 1970-01-01T00:00:00.000000Z");
  CHECK(words(fact_kind::confirmed, 0) == "hold confirmed: it no longer expires");
  CHECK(words(fact_kind::released, 2) == "hold released: 2 units back");
  CHECK(words(fact_kind::expired, 2) == "hold expired: 2 units back");
  CHECK(words(fact_kind::ordered, 2, 3) == "ordered 2 units (3 of the line in all)");
  CHECK(words(fact_kind::cancelled, 1, 1) == "cancelled 1 unit (1 of the line in all)");
  CHECK(words(fact_kind::cancelled_by_id, 1, 1) == "cancelled by refund 1 unit (1 of the line in all)");
  CHECK(words(fact_kind::shipped, 2, 2) == "shipped 2 units (2 of the line in all)");
  CHECK(words(fact_kind::shipped, -1, 1) == "took back 1 unit (1 of the line remain shipped)");
  CHECK(words(fact_kind::returned, 1) == "returned 1 unit, to be inspected");
  CHECK(words(fact_kind::restocked, 1) == "inspected: 1 unit sellable again");
  CHECK(words(fact_kind::scrapped, 1) == "inspected: 1 unit written off");
  CHECK(words(fact_kind::oversold, 4) == "oversold by 4 units: incident 9");
  CHECK(words(fact_kind::resolved, 4, 9, "bought more") == "incident 9 resolved (bought more)");
}

TEST_CASE("identifiers are stored in one form, whatever they were called") {
  const auto stored = [](std::string_view scheme, std::string_view value) {
    const auto result = stored_identifier(scheme, value);
    return result.has_value() ? result->scheme + ":" + result->value : "refused";
  };
  CHECK(stored("upc", "036000291452") == "upc:036000291452");
  CHECK(stored("ean", "0036000291452") == "upc:036000291452");
  CHECK(stored("gtin", "00036000291452") == "upc:036000291452");
  CHECK(stored("gtin", "4006381333931") == "ean:4006381333931");
  CHECK(stored("upc", "01234565") == "upc:012345000065"); // a UPC-E
  CHECK(stored("ean", "01234565") == "ean:01234565");     // an EAN-8
  CHECK(stored("gtin", "01234565") == "ean:01234565");
  CHECK(stored("upc", "036000291453") == "refused");
  CHECK(stored("upc", "not digits") == "refused");
  CHECK(stored("asin", "B000123456") == "asin:B000123456");
  CHECK(stored("asin", "b000123456") == "refused");
  CHECK(stored("walmart_item_id", "123") == "walmart_item_id:123");
  CHECK(stored("walmart_item_id", "12x") == "refused");
  CHECK(stored("shopify_variant:eu", "39072856") == "shopify_variant:eu:39072856");
  CHECK(stored("shopify_variant:eu", "gid://shopify/ProductVariant/39072856") ==
        "shopify_variant:eu:39072856");
  CHECK(stored("shopify_variant:eu", "gid://shopify/Product/39072856") == "refused");
  CHECK(stored("shopify_variant", "39072856") == "refused"); // of which shop?
  CHECK(stored("ebay_listing", "110123456789") == "ebay_listing:110123456789");
  CHECK(stored("ebay_listing", "v1|110123456789|0") == "refused");
  CHECK(stored("UPPER", "x") == "refused");
  CHECK(stored("", "x") == "refused");
}

TEST_CASE("a GTIN is looked up under every name of its family") {
  const auto forms = equivalent_identifiers(*stored_identifier("upc", "036000291452"));
  const std::set<engine::identifier> all(forms.begin(), forms.end());
  CHECK(all.contains({"upc", "036000291452"}));
  CHECK(all.contains({"ean", "0036000291452"}));
  CHECK(all.contains({"gtin", "00036000291452"}));
  CHECK(equivalent_identifiers({"asin", "B000123456"}).size() == 1);
}

TEST_CASE("only ids of a shop's variants name one SKU") {
  CHECK(names_one_sku("shopify_variant:eu"));
  CHECK(names_one_sku("shopify_inventory_item:eu"));
  CHECK(names_one_sku("woo_variation:eu"));
  CHECK_FALSE(names_one_sku("shopify_product:eu"));
  CHECK_FALSE(names_one_sku("asin"));
  CHECK_FALSE(names_one_sku("upc"));
}

TEST_CASE("a code from outside finds every SKU that bears it") {
  engine::catalogue known;
  REQUIRE(known.put(engine::account{engine::account_id{1}, "eu", "shopify"}).has_value());
  REQUIRE(known
              .put(engine::product{
                  engine::sku_id{1}, "MUG", "", {{"upc", "036000291452"}, {"asin", "B000123456"}}, {}})
              .has_value());
  REQUIRE(
      known.put(engine::product{engine::sku_id{2}, "MUG-FBA", "", {{"asin", "B000123456"}}, {}}).has_value());
  REQUIRE(known
              .put(engine::listing{engine::listing_id{1},
                                   engine::account_id{1},
                                   engine::sku_id{1},
                                   "gid://shopify/InventoryItem/5",
                                   "1234",
                                   "l",
                                   {}})
              .has_value());
  const auto found = [&](std::string_view scheme, std::string_view value) {
    std::string text;
    for (const auto& match : *look_up(known, scheme, value))
      for (const auto& by : match.by)
        text += known.find(match.sku)->code + " " + by.scheme + " " + by.value + "\n";
    return text;
  };
  CHECK(found("", "0036000291452") == "MUG upc 036000291452\n");
  CHECK(found("ean", "0036000291452") == "MUG upc 036000291452\n");
  CHECK(found("", "B000123456") == "MUG asin B000123456\nMUG-FBA asin B000123456\n");
  CHECK(found("", "1234") == "MUG variant:eu 1234\n");
  CHECK(found("", "5") == "MUG item:eu gid://shopify/InventoryItem/5\n");
  CHECK(found("", "MUG") == "MUG sku MUG\n");
  CHECK(found("", "NOTHING").empty());
  CHECK_FALSE(look_up(known, "upc", "036000291453").has_value());
}

TEST_CASE("a code that very many SKUs bear finds a page of them, each once") {
  engine::catalogue known;
  const auto count = static_cast<std::int32_t>(limits::page_size_max) + 1;
  for (std::int32_t i = 1; i <= count; ++i)
    REQUIRE(known
                .put(engine::product{
                    engine::sku_id{i}, std::to_string(i), "", {{"upc", "036000291452"}, {"mpn", "036000291452"}}, {}})
                .has_value());
  for (const auto* scheme : {"", "upc", "mpn"}) {
    const auto found = *look_up(known, scheme, "036000291452");
    CHECK(found.size() == limits::page_size_max);
    std::set<engine::sku_id> skus;
    for (const auto& each : found)
      skus.insert(each.sku);
    CHECK(skus.size() == found.size());
  }
  CHECK(look_up(known, "", "77")->front().by.front().scheme == "sku");
}

TEST_CASE("a product is decoded with its identifiers and listings") {
  const auto body = *parse_strict(R"({"sku":"A","title":"Chair","identifiers":[
      {"scheme":"ean","value":"0036000291452"},{"scheme":"upc","value":"036000291452"},{"scheme":"asin","value":"B000123456"}],
      "listings":[{"account":"eu","item":"gid://1","variant":"7","location":"gid://2","cap":5,"buffer":1}]})");
  const auto wanted = decode_product(body.as_object());
  REQUIRE(wanted.has_value());
  CHECK(wanted->identifiers ==
        std::vector<engine::identifier>{{"upc", "036000291452"}, {"asin", "B000123456"}});
  REQUIRE(wanted->listings.size() == 1);
  engine::listing_rule stated;
  stated.buffer = engine::margin{1, false};
  stated.cap = 5;
  CHECK(wanted->listings[0].rule == stated);
}

TEST_CASE("a product with a wrong check digit, a blank code or an unknown member is refused with its place") {
  const auto place = [](const std::string& text) {
    const auto wanted = decode_product(parse_strict(text)->as_object());
    return wanted.has_value() ? std::string{"accepted"} : wanted.error().errors.front().pointer;
  };
  CHECK(place(R"({"sku":"A","identifiers":[{"scheme":"upc","value":"036000291453"}]})") ==
        "/identifiers/0/value");
  CHECK(place(R"({"sku":" A"})") == "/sku");
  CHECK(place(R"({"sku":"A\u001b"})") == "/sku");
  CHECK(place(R"({"sku":"A","price":1})") == "/price");
  CHECK(place(R"({"sku":"A","listings":[{"account":"eu","item":"1","cap":-1}]})") == "/listings/0/cap");
  CHECK(place(R"({"sku":"A"})") == "accepted");
}

TEST_CASE("a product is shown with its listings and their accounts") {
  engine::catalogue known;
  REQUIRE(known.put(bicycle()).has_value());
  REQUIRE(known.put(engine::account{engine::account_id{2}, "eu", "shopify", engine::account_mode::active})
              .has_value());
  engine::listing shown;
  shown.id = engine::listing_id{4};
  shown.account = engine::account_id{2};
  shown.sku = engine::sku_id{1};
  shown.item = "gid://1";
  REQUIRE(known.put(shown).has_value());
  std::string text;
  json_text to{text};
  put_product(to, bicycle(), known);
  const auto read = boost::json::parse(text).as_object();
  CHECK(read.at("sku").as_string() == "BIKE/1");
  CHECK(read.at("title").as_string() == "A \"red\" bicycle");
  CHECK(read.at("listings").as_array()[0].at("account").as_string() == "eu");
  CHECK_FALSE(read.at("listings").as_array()[0].as_object().contains("cap"));
}

TEST_CASE("a fact is shown with its words, its numbers and who caused it") {
  engine::catalogue known;
  REQUIRE(known.put(engine::account{engine::account_id{2}, "till", "api", engine::account_mode::active})
              .has_value());
  engine::fact happened;
  happened.version = 3;
  happened.kind = fact_kind::ordered;
  happened.account = engine::account_id{2};
  happened.units = 2;
  happened.value = 2;
  happened.available = -1;
  happened.reference = "1001/A";
  std::string text;
  json_text to{text};
  put_fact(to, "A", happened, known);
  const auto read = boost::json::parse(text).as_object();
  CHECK(read.at("kind").as_string() == "ordered");
  CHECK(read.at("what").as_string() == "ordered 2 units (2 of the line in all)");
  CHECK(read.at("account").as_string() == "till");
  CHECK(read.at("available").as_int64() == -1);
  CHECK_FALSE(read.contains("reservation"));
}
