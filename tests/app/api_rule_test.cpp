// Rules and tags over the API.
#include "tests/app/api_world.hpp"

#include <boost/json/serialize.hpp>

using namespace lockstep;
using tests::api_world;

namespace {

constexpr auto rules = "/v1/accounts/all/rules";

std::string shown(const tests::api_answer& answer) {
  return boost::json::serialize(answer.body);
}

} // namespace

TEST_CASE("rules of an account and of a tag are stated, shown and ended") {
  api_world here;
  auto all = here.caller();
  CHECK(shown(all.get(rules)) == R"({"account":"all","rule":{},"tags":[]})");
  CHECK(shown(all.put(rules, R"({"buffer_percent":10,"share":50})")) ==
        R"({"account":"all","rule":{"buffer_percent":10,"share":50},"tags":[]})");
  CHECK(all.put("/v1/accounts/all/rules/hot%20ones", R"({"cap":5,"sells_ahead":true,"minimum":2})").status == 200);
  CHECK(shown(all.put("/v1/accounts/all/rules/cold", R"({"sells":false})")) ==
        R"({"account":"all","rule":{"buffer_percent":10,"share":50},"tags":[{"tag":"cold","sells":false},)"
        R"({"tag":"hot ones","cap":5,"minimum":2,"sells_ahead":true}]})");
  // What the body leaves out is not stated any more.
  CHECK(all.put(rules, R"({"buffer":3})").status == 200);
  CHECK(all.send("DELETE", "/v1/accounts/all/rules/cold", "", "").status == 200);
  CHECK(shown(all.get(rules)) == R"({"account":"all","rule":{"buffer":3},"tags":[{"tag":"hot ones","cap":5,"minimum":2,)"
                                 R"("sells_ahead":true}]})");
  CHECK(shown(all.send("DELETE", rules, "", "")).find(R"("rule":{})") != std::string::npos);
}

TEST_CASE("a rule that makes no sense is refused with its place") {
  api_world here;
  auto all = here.caller();
  CHECK(all.put("/v1/accounts/nobody/rules", "{}").code() == "unknown-account");
  CHECK(all.put(rules, R"({"share":101})").pointer() == "/share");
  CHECK(all.put(rules, R"({"buffer":1,"buffer_percent":1})").pointer() == "/buffer_percent");
  CHECK(all.put(rules, R"({"cap":-1})").pointer() == "/cap");
  CHECK(all.put(rules, R"({"sells":1})").pointer() == "/sells");
  CHECK(all.put(rules, R"({"caps":1})").pointer() == "/caps");
  CHECK(all.put("/v1/accounts/all/rules/%0A", "{}").code() == "invalid-parameter");
  CHECK(here.caller("writer").put(rules, "{}").status == 403);
}

TEST_CASE("a product has tags, which stay until they are stated anew, and listings the rules they state") {
  api_world here;
  auto all = here.caller();
  REQUIRE(all.put("/v1/products/A", R"({"tags":["new","hot","new"]})").status == 201);
  CHECK(boost::json::serialize(all.get("/v1/products/A").body.at("tags")) == R"(["hot","new"])");
  REQUIRE(all.put("/v1/products/A", R"({"title":"Chair"})").status == 200);
  CHECK(boost::json::serialize(all.get("/v1/products/A").body.at("tags")) == R"(["hot","new"])");
  REQUIRE(all.put("/v1/products/A", R"({"tags":[]})").status == 200);
  CHECK(all.get("/v1/products/A").body.at("tags").as_array().empty());
  CHECK(all.put("/v1/products/A", R"({"tags":[1]})").pointer() == "/tags");
  CHECK(all.put("/v1/products/A", R"({"tags":["a\u0001"]})").pointer() == "/tags");
  REQUIRE(all.put("/v1/products/A",
                  R"({"listings":[{"account":"all","item":"1","buffer_percent":5,"share":90,"sells":true}]})")
              .status == 200);
  CHECK(boost::json::serialize(all.get("/v1/products/A").body.at("listings")) ==
        R"([{"id":1,"account":"all","sku":"A","item":"1","buffer_percent":5,"share":90,"sells":true}])");
}
