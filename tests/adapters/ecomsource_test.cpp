#include "adapters/ecomsource/lookup_queue.hpp"
#include "tests/adapters/ecomsource_service.hpp"
#include "tests/catch.hpp"

#include <chrono>
#include <future>
#include <string>

using namespace lockstep;
using tests::ecomsource_service;
using namespace lockstep::adapters;
using namespace lockstep::adapters::ecomsource;
using engine::identifier;
using namespace std::chrono_literals;

namespace {

const identifier upc{"upc", "036000291452"};
const identifier other_upc{"upc", "012345678905"};
const identifier asin_code{"asin", "B000123456"};

constexpr auto mug = R"({"success":true,"data":[
  {"identifiers":[{"type":"UPC","identifier":"036000291452"},{"type":"ASIN","identifier":"B000123456"},
                  {"type":"EAN","identifier":"0036000291452"},{"type":"upc","identifier":"036000291453"},
                  {"type":"partNumber","identifier":"X-1"},{"type":"walmart_item_id","identifier":"77"},
                  {"type":"shelf","identifier":"4"}],
   "summary":[{"itemName":"Mug"}]},
  {"identifiers":[{"type":"gtin","identifier":"00036000291452"},{"type":"asin","identifier":"B000999999"}],
   "summary":{"itemName":"Mug, pack of 2"}},
  {"identifiers":[{"type":"asin","identifier":"B000777777"}],"summary":[{"itemName":"A lamp"}]}]})";
constexpr auto spoon = R"({"success":true,"data":[
  {"identifiers":[{"type":"upc","identifier":"012345678905"},{"type":"asin","identifier":"B000222222"}],
   "summary":[{"itemName":"Spoon"}]}]})";

lookup_answer said(long status, std::string body, std::vector<header> headers = {}) {
  http_response answer;
  answer.status = status;
  answer.body = std::move(body);
  answer.headers = std::move(headers);
  return decode_lookup(answer, {&upc, 1});
}

// Asks the local service as an engine would.
struct asking {
  ecomsource_service service;
  service_account account{service.url(), "access", "secret", "US"};
  http_client client{{.insecure_http = true}};

  lookup_answer ask(const std::vector<identifier>& codes) {
    std::promise<http_response> came;
    client.send(encode_lookup(account, codes),
                [&](http_response answer) { came.set_value(std::move(answer)); });
    return decode_lookup(came.get_future().get(), codes);
  }
};

} // namespace

TEST_CASE("only records that name the code asked for are believed, each for itself") {
  asking here;
  here.service.know("036000291452", mug);
  const auto found = here.ask({upc});
  REQUIRE(found.status == lookup_status::answered);
  REQUIRE(found.products.size() == 1);
  const auto& products = found.products[0];
  REQUIRE(products.size() == 2);
  CHECK(products[0].title == "Mug");
  // One number once, none whose check digit is wrong, nothing of a kind that we do not know.
  CHECK(products[0].identifiers ==
        std::vector<identifier>{upc, asin_code, {"mpn", "X-1"}, {"walmart_item_id", "77"}});
  CHECK(products[1].title == "Mug, pack of 2");
  CHECK(products[1].identifiers == std::vector<identifier>{upc, {"asin", "B000999999"}});
  here.service.know("B000123456", mug);
  CHECK(here.ask({asin_code}).products[0].size() == 1);
  const auto missing = here.ask({{"ean", "4006381333931"}});
  CHECK(missing.status == lookup_status::answered);
  CHECK(missing.products[0].empty());
}

TEST_CASE("an answer without the code asked for is no answer") {
  asking here;
  here.service.know("036000291452", spoon);
  const auto unrelated = here.ask({upc});
  CHECK(unrelated.status == lookup_status::answered);
  CHECK(unrelated.products[0].empty());
  here.service.know("036000291452", R"([{"summary":[{"itemName":"Mug"}]}])");
  CHECK(here.ask({upc}).products[0].empty());
}

TEST_CASE("of a batch each code gets its own products, and those left out get none") {
  asking here;
  here.service.know("036000291452", mug);
  here.service.know("012345678905", spoon);
  const auto told = here.ask({other_upc, {"upc", "725272730706"}, upc});
  REQUIRE(told.status == lookup_status::answered);
  REQUIRE(told.products.size() == 3);
  REQUIRE(told.products[0].size() == 1);
  CHECK(told.products[0][0].title == "Spoon");
  CHECK(told.products[1].empty());
  CHECK(told.products[2].size() == 2);
}

TEST_CASE("codes are asked for by what they are") {
  CHECK(service_type(upc) == "upc");
  CHECK(service_type(asin_code) == "asin");
  CHECK(service_type({"ean", "4006381333931"}) == "ean");
  CHECK(service_type({"ean", "96385074"}) == "gtin");
  CHECK(service_type({"gtin", "10036000291459"}) == "gtin");
  CHECK(service_type({"mpn", "X-1"}).empty());
  CHECK(service_type({"woo_product:eu", "036000291452"}).empty());
}

TEST_CASE("wrong keys are told from a service in trouble") {
  asking here;
  here.account.secret_key = "other";
  CHECK(here.ask({upc}).status == lookup_status::refused);
  here.account.secret_key = "secret";
  here.service.fail_next(ecomsource_service::page(429, "", "Retry-After: 30\r\n"));
  const auto throttled = here.ask({upc});
  CHECK(throttled.status == lookup_status::throttled);
  CHECK(throttled.limits.retry_after == engine::duration{30s});
  for (const int status : {502, 200, 302}) {
    here.service.fail_next(ecomsource_service::page(status, "<html>no</html>"));
    const auto failed = here.ask({upc});
    CHECK(failed.status == lookup_status::failed);
    CHECK_FALSE(failed.what.empty());
  }
  CHECK(here.ask({upc}).status == lookup_status::answered); // it is well again
}

TEST_CASE("a code that the service does not take is one that it does not know") {
  for (const int status : {400, 404, 422}) {
    const auto answer = said(status, R"({"success":false})");
    CHECK(answer.status == lookup_status::answered);
    REQUIRE(answer.products.size() == 1);
    CHECK(answer.products[0].empty());
  }
}

TEST_CASE("a page that the service did not write says nothing of a code") {
  for (const int status : {400, 404, 422})
    for (const auto* body : {"<html>no</html>", "", "7", R"({"success":)"}) {
      const auto answer = said(status, body);
      CHECK(answer.status == lookup_status::failed);
      CHECK(answer.what.starts_with("HTTP status " + std::to_string(status)));
    }
  asking here;
  here.account.base_url += "/wrong";
  CHECK(here.ask({upc}).status == lookup_status::failed);
}

TEST_CASE("a batch that the service does not take says nothing of its codes") {
  asking here;
  for (const int status : {400, 404, 422}) {
    here.service.fail_next(ecomsource_service::page(status, R"({"success":false})"));
    const auto refused = here.ask({upc, other_upc});
    CHECK(refused.status == lookup_status::batch_refused);
    CHECK_FALSE(refused.what.empty());
    CHECK(refused.products.empty());
  }
}

TEST_CASE("answers that break their form are failures, not products") {
  for (const auto* body : {"", "null", "7", "{}", R"({"data":{}})", R"({"data":"x"})"})
    CHECK(said(200, body).status == lookup_status::failed);
  for (const auto* body :
       {"[]", "[7]", R"([{"identifiers":7}])", R"({"results":[{"identifiers":[7,{"type":1}]}]})"}) {
    const auto answer = said(200, body);
    CHECK(answer.status == lookup_status::answered);
    CHECK(answer.products[0].empty());
  }
  CHECK_FALSE(said(429, "", {{"retry-after", "soon"}}).limits.retry_after.has_value());
  CHECK(said(429, "", {{"retry-after", "99999999"}}).limits.retry_after == engine::duration{24h});
}

TEST_CASE("what the service writes fits into a record") {
  std::string title(limits::note_bytes_max - 1, 'x');
  title += "\xC3\xA9\xC3\xA9";
  const auto answer = said(200, R"([{"identifiers":[{"type":"upc","identifier":"036000291452"}],"summary":{"itemName":")" +
                                    title + R"("}}])");
  REQUIRE(answer.products[0].size() == 1);
  CHECK(answer.products[0][0].title == std::string(limits::note_bytes_max - 1, 'x'));
}
