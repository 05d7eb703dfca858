// Products, lists, audits, batches: what the API shows and takes in bulk.
#include "tests/app/api_world.hpp"

#include <set>

using namespace lockstep;
using tests::api_answer;
using tests::api_caller;
using tests::api_world;

namespace {

// All elements of a list, page by page along the Link header.
std::vector<boost::json::value> all_pages(api_caller& who, std::string target, const std::string& name) {
  std::vector<boost::json::value> all;
  for (int pages = 0; !target.empty() && pages < 100; ++pages) {
    const auto answer = who.get(target);
    REQUIRE(answer.status == 200);
    for (const auto& each : answer.body.at(name).as_array())
      all.push_back(each);
    const auto link = answer.raw.header("link");
    const auto* next = answer.body.as_object().if_contains("next");
    CHECK((next != nullptr) == !link.empty());
    target = link.empty() ? "" : link.substr(1, link.find('>') - 1);
    if (next != nullptr) CHECK(std::string{next->as_string()} == target);
  }
  return all;
}

std::vector<boost::json::value> lines_of(const api_answer& answer) {
  std::vector<boost::json::value> lines;
  std::string_view rest{answer.raw.body};
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    lines.push_back(boost::json::parse({rest.data(), end}));
    rest.remove_prefix(end + 1);
  }
  return lines;
}

} // namespace

TEST_CASE("a product is created, shown, changed and found by any of its identifiers") {
  api_world here;
  auto all = here.caller();
  const auto created = all.put("/v1/products/CHAIR%2F1", R"({"title":"Chair","identifiers":[
      {"scheme":"upc","value":"036000291452"},{"scheme":"asin","value":"B000123456"}]})");
  CHECK(created.status == 201);
  CHECK(created.raw.header("location") == "/v1/products/CHAIR%2F1");
  CHECK(all.get("/v1/products/CHAIR%2F1").text("title") == "Chair");
  CHECK(all.put("/v1/products/CHAIR%2F1",
                R"({"title":"Red chair","identifiers":[{"scheme":"ean","value":"0036000291452"}]})")
            .status == 200);
  CHECK(all.get("/v1/products/CHAIR%2F1").text("title") == "Red chair");
  const auto found = all.get("/v1/products?scheme=gtin&value=00036000291452").body.at("products").as_array();
  REQUIRE(found.size() == 1);
  CHECK(found[0].at("sku").as_string() == "CHAIR/1");
  CHECK(all.get("/v1/products?scheme=asin&value=B000123456").body.at("products").as_array().empty());
  CHECK(all.get("/v1/products?scheme=upc&value=036000291453").code() == "invalid-identifier");
  CHECK(all.get("/v1/products?scheme=upc").code() == "invalid-parameter");
  CHECK(all.get("/v1/products/TABLE").code() == "unknown-sku");
  CHECK(all.post("/v1/products", R"({"sku":"TABLE"})").status == 201);
  CHECK(all.post("/v1/products", R"({"sku":"TABLE","price":1})").pointer() == "/price");
  CHECK(all.put("/v1/products/TABLE", R"({"sku":"TABLE"})").pointer() == "/sku");
}

TEST_CASE("a product's listings belong to accounts that exist") {
  api_world here;
  auto all = here.caller();
  CHECK(all.put("/v1/products/A", R"({"listings":[{"account":"nobody","item":"1"}]})").code() ==
        "unknown-account");
  CHECK(all.get("/v1/products/A").status == 404);
  const std::string listed = R"({"listings":[{"account":"all","item":"1","location":"2","cap":5}]})";
  REQUIRE(all.put("/v1/products/A", listed).status == 201);
  REQUIRE(
      all.put("/v1/products/A", R"({"listings":[{"account":"all","item":"1","location":"2","buffer":3}]})")
          .status == 200);
  const auto shown = all_pages(all, "/v1/accounts/all/listings?limit=1", "listings");
  REQUIRE(shown.size() == 1);
  CHECK(shown[0].at("buffer").as_int64() == 3);
  CHECK(shown[0].at("sku").as_string() == "A");
  CHECK_FALSE(shown[0].as_object().contains("cap"));
  CHECK(all.get("/v1/accounts/nobody/listings").code() == "unknown-account");
  CHECK(all.get("/v1/accounts").body.at("accounts").as_array().size() == 3);
}

TEST_CASE("lists go on from a cursor until all was shown once") {
  api_world here;
  auto all = here.caller();
  std::set<std::string> codes;
  for (int i = 0; i < 7; ++i) {
    const auto code = fmt::format("SKU {}&/?", i);
    codes.insert(code);
    REQUIRE(all.put(fmt::format("/v1/products/SKU%20{}%26%2F%3F", i), "{}").status == 201);
  }
  for (const std::string name : {"products", "stock"}) {
    std::set<std::string> seen;
    for (const auto& each : all_pages(all, fmt::format("/v1/{}?limit=3", name), name)) {
      CHECK(seen.insert(std::string{each.at("sku").as_string()}).second);
    }
    CHECK(seen == codes);
  }
}

TEST_CASE("limits and cursors that make no sense are refused") {
  api_world here;
  auto all = here.caller();
  for (const std::string query :
       {"limit=0", "limit=501", "limit=-1", "limit=x", "limit=", "limit=99999999999999999999"}) {
    INFO(query);
    CHECK(all.get("/v1/stock?" + query).code() == "invalid-parameter");
  }
  CHECK(all.get("/v1/stock?cursor=!").code() == "invalid-cursor");
  CHECK(all.get("/v1/stock?cursor=").code() == "invalid-cursor");
  CHECK(all.get("/v1/stock?limit=500").status == 200);
}

TEST_CASE("a SKU that was never counted says that its number is not known") {
  api_world here;
  here.stock("A", 0);
  const auto stock = here.caller().get("/v1/stock/A");
  CHECK_FALSE(stock.body.at("known").as_bool());
  CHECK(stock.number("version") == 0);
}

TEST_CASE("the audit of a SKU tells every fact in words, newest first, page by page") {
  api_world here;
  here.stock("A", 5);
  auto all = here.caller();
  all.move("/v1/counts", R"({"sku":"A","counted":4,"note":"shelf"})");
  all.move("/v1/orders", R"({"order":"1001","mode":"fact","lines":[{"sku":"A","units":6}]})");
  const auto facts = all_pages(all, "/v1/audit/A?limit=2", "facts");
  REQUIRE(facts.size() == 4);
  CHECK(facts[0].at("kind").as_string() == "oversold");
  CHECK(facts[1].at("what").as_string() == "ordered 6 units (6 of the line in all)");
  CHECK(facts[1].at("reference").as_string() == "1001/A");
  CHECK(facts[1].at("account").as_string() == "all");
  CHECK(facts[2].at("what").as_string() == "counted 4 units: 1 fewer than recorded (shelf)");
  CHECK(facts[3].at("what").as_string() == "received 5 units");
  CHECK(facts[3].at("version").as_int64() == 1);
  CHECK(all.get("/v1/audit/B").code() == "unknown-sku");
}

TEST_CASE("the audit by time covers all SKUs in commit order") {
  api_world here;
  here.stock("A", 5);
  here.stock("B", 6);
  auto all = here.caller();
  const auto facts = all_pages(all, "/v1/audit?limit=1&from=2020-01-01T00:00:00Z", "facts");
  REQUIRE(facts.size() == 2);
  CHECK(facts[0].at("sku").as_string() == "A");
  CHECK(facts[1].at("sku").as_string() == "B");
  CHECK(all.get("/v1/audit?to=2020-01-01T00:00:00Z").body.at("facts").as_array().empty());
  CHECK(all.get("/v1/audit?from=yesterday").code() == "invalid-parameter");
}

TEST_CASE("a batch is answered line by line in order, and a bad line does not stop its siblings") {
  api_world here;
  here.stock("A", 5);
  auto all = here.caller();
  const std::string body = R"({"key":"b1","op":"receipt","sku":"A","units":5}
{"key":"b2","op":"hold","sku":"A","units":100,"seconds":60}
not json
{"key":"b3","op":"burn","sku":"A"}
{"key":"b4","op":"receipt","sku":"X","units":1}
{"op":"receipt","sku":"A","units":1}
{"key":"b5","op":"receipt","sku":"A","units":0}
{"key":"b1","op":"receipt","sku":"A","units":5}
{"key":"b6","op":"order","order":"9","mode":"fact","lines":[{"sku":"A","line":"1","units":1},{"sku":"A","line":"2","units":2}]}
{"key":"b7","op":"count","sku":"A","counted":3}
)";
  const auto answer = all.batch(body);
  REQUIRE(answer.status == 200);
  CHECK(answer.raw.header("content-type") == "application/x-ndjson");
  const auto lines = lines_of(answer);
  REQUIRE(lines.size() == 10);
  for (std::size_t i = 0; i < lines.size(); ++i)
    CHECK(lines[i].at("line").as_int64() == static_cast<std::int64_t>(i + 1));
  const auto status = [&](std::size_t line) { return lines[line - 1].at("status").as_int64(); };
  const auto code = [&](std::size_t line) {
    return std::string{lines[line - 1].at("problem").at("code").as_string()};
  };
  CHECK(status(1) == 201);
  CHECK(lines[0].at("key").as_string() == "b1");
  CHECK(lines[0].at("outcome").as_string() == "done");
  CHECK(lines[0].at("result").at("available").as_int64() == 10);
  CHECK(code(2) == "insufficient-stock");
  CHECK(code(3) == "malformed-json");
  CHECK(code(4) == "invalid-body");
  CHECK(code(5) == "unknown-sku");
  CHECK(code(6) == "invalid-body");
  CHECK(code(7) == "invalid-body");
  CHECK(lines[7].at("outcome").as_string() == "repeated");
  CHECK(lines[8].at("result").at("lines").as_array().size() == 2);
  CHECK(lines[9].at("result").at("available").as_int64() == 0);
  CHECK(here.available("A") == 0);
}

TEST_CASE("a batch may be large, and is safe to send again") {
  api_world here;
  here.stock("A", 0);
  auto all = here.caller();
  std::string body;
  for (int i = 0; i < 3'000; ++i)
    body += fmt::format("{{\"key\":\"big-{}\",\"op\":\"receipt\",\"sku\":\"A\",\"units\":1}}\n", i);
  const auto first = lines_of(all.batch(body));
  REQUIRE(first.size() == 3'000);
  CHECK(first.back().at("result").at("available").as_int64() == 3'000);
  const auto again = lines_of(all.batch(body));
  CHECK(again.back().at("outcome").as_string() == "repeated");
  CHECK(again.back().at("result").at("available").as_int64() == 3'000);
  CHECK(here.available("A") == 3'000);
}

TEST_CASE("a batch of too many lines, of another media type or empty is refused or answered empty") {
  api_world here;
  auto all = here.caller();
  CHECK(all.batch(std::string(10'001 * 2, '\n') + "x\n").status == 200);
  std::string many;
  for (int i = 0; i < 10'001; ++i)
    many += "{}\n";
  CHECK(all.batch(many).code() == "too-many-lines");
  CHECK(all.post("/v1/batch", "{}").code() == "unsupported-media-type");
}
