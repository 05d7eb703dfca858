// Incidents as objects: who competes, what can be done, until when, and how they ended.
#include "adapters/timestamp.hpp"
#include "tests/app/api_world.hpp"

#include <fmt/format.h>

using namespace lockstep;
using tests::api_world;

namespace {

app::api_options with_terms() {
  auto options = tests::api_options_for_tests();
  options.terms["writer"] = {std::chrono::hours{24}, 90};
  options.terms["all"] = {std::chrono::hours{72}, 10};
  return options;
}

void sell(api_world& here, const std::string& who, std::string_view order, int units) {
  const auto body =
      fmt::format(R"({{"order":"{}","mode":"fact","lines":[{{"sku":"A","units":{}}}]}})", order, units);
  CHECK(here.caller(who).post("/v1/orders", body, order).status == 201);
}

std::string incident_of(api_world& here) {
  const auto listed = here.caller().get("/v1/incidents").body.at("incidents").as_array();
  REQUIRE(listed.size() == 1);
  return fmt::format("/v1/incidents/A/{}", listed[0].at("incident").as_int64());
}

} // namespace

TEST_CASE("an incident names the orders that compete, what can be done and until when") {
  api_world here{with_terms()};
  here.stock("A", 1);
  sell(here, "all", "first", 1);
  sell(here, "writer", "dear", 1);
  const auto told = here.caller().get(incident_of(here));
  CHECK(told.status == 200);
  CHECK(told.text("state") == "open");
  CHECK(told.text("cause") == "oversold");
  CHECK(told.number("units") == 1);
  CHECK(told.number("competing") == 1);
  const auto& order = told.body.at("orders").at(0);
  CHECK(order.at("account").as_string() == "writer");
  CHECK(std::string{order.at("reference").as_string()}.starts_with("dear"));
  CHECK(order.at("missing").as_int64() == 1);
  const auto at = adapters::parse_timestamp(std::string{order.at("at").as_string()});
  REQUIRE(at.has_value());
  CHECK(adapters::parse_timestamp(told.text("deadline")) == *at + std::chrono::hours{24});
  const auto& remedy = told.body.at("remedies").at(0);
  CHECK(remedy.at("do").as_string() == "cancel");
  CHECK(remedy.at("units").as_int64() == 1);
}

TEST_CASE("what is cheapest to cancel is proposed first") {
  api_world here{with_terms()};
  here.stock("A", 0);
  CHECK(here.caller().post("/v1/counts", R"({"sku":"A","counted":2})", "c1").status == 201);
  sell(here, "writer", "one", 1);
  sell(here, "all", "two", 1);
  CHECK(here.caller().post("/v1/counts", R"({"sku":"A","counted":0})", "c2").status == 201);
  const auto told = here.caller().get(incident_of(here));
  CHECK(told.number("units") == 2);
  const auto& remedies = told.body.at("remedies").as_array();
  REQUIRE(remedies.size() == 2);
  CHECK(remedies[0].at("account").as_string() == "all");
  CHECK(remedies[1].at("account").as_string() == "writer");
}

TEST_CASE("an incident that a person ended says how, when and by whom; one that was covered says so") {
  api_world here;
  here.stock("A", 0);
  CHECK(here.caller().post("/v1/counts", R"({"sku":"A","counted":0})", "c1").status == 201);
  sell(here, "writer", "one", 2);
  const auto first = incident_of(here);
  CHECK(here.caller().post(first + "/resolve", R"({"note":"bought next door"})", "r1").status == 200);
  const auto ended = here.caller().get(first);
  CHECK(ended.text("state") == "resolved");
  CHECK(ended.text("outcome") == "bought next door");
  CHECK(ended.text("by") == "all");
  CHECK(ended.number("units") == 2);
  sell(here, "writer", "two", 1);
  const auto second = incident_of(here);
  CHECK(here.caller().post("/v1/receipts", R"({"sku":"A","units":9})", "c2").status == 201);
  CHECK(here.caller().get(second).text("outcome") == "covered");
}

TEST_CASE("no incident has a number that none began with") {
  api_world here;
  here.stock("A", 3);
  for (const auto* number : {"1", "7", "0", "-1", "x", "1x", "99999999999999999999"})
    CHECK(here.caller().get(fmt::format("/v1/incidents/A/{}", number)).code() == "unknown-incident");
  CHECK(here.caller().get("/v1/incidents/B/1").code() == "unknown-sku");
}

TEST_CASE("what the seller named instead is proposed as far as it is there, a bundle as its leaves make it") {
  api_world here;
  here.stock("A", 1);
  here.stock("B", 0);
  here.stock("C", 5);
  here.stock("PAIR", 0);
  CHECK(here.caller("all")
            .put("/v1/products/PAIR/components", R"({"components":[{"sku":"C","units":2}]})")
            .status == 200);
  const auto wanted = R"({"substitutes":[{"sku":"B"},{"sku":"PAIR"},{"sku":"C"}]})";
  const auto named = here.caller("all").put("/v1/products/A/substitutes", wanted);
  CHECK(named.status == 200);
  CHECK(named.body.at("substitutes").as_array().size() == 3);
  sell(here, "writer", "one", 4);
  const auto remedies_now = [&] {
    std::string text;
    const auto told = here.caller().get(incident_of(here));
    for (const auto& each : told.body.at("remedies").as_array())
      text += fmt::format(
          "{} {} {};", std::string_view{each.at("do").as_string()}, each.at("units").as_int64(),
          each.as_object().contains("instead") ? std::string_view{each.at("instead").as_string()} : "");
    return text;
  };
  CHECK(remedies_now() == "substitute 2 PAIR;substitute 1 C;cancel 3 ;");
  CHECK(here.caller("all").send("DELETE", "/v1/products/A/substitutes", "", "").status == 200);
  CHECK(remedies_now() == "cancel 3 ;");
}

TEST_CASE("a substitute is another product that is known, named once") {
  api_world here;
  here.stock("A", 1);
  here.stock("B", 1);
  const auto put = [&](const char* body) {
    return here.caller("all").put("/v1/products/A/substitutes", body);
  };
  CHECK(put(R"({"substitutes":[{"sku":"NONE"}]})").code() == "unknown-sku");
  CHECK(put(R"({"substitutes":[{"sku":"A"}]})").code() == "invalid-body");
  const auto twice = put(R"({"substitutes":[{"sku":"B"},{"sku":"B"}]})");
  CHECK(twice.code() == "invalid-body");
  CHECK(twice.body.at("errors").at(0).at("pointer").as_string() == "/substitutes/1/sku");
  CHECK(put(R"({"substitutes":[]})").code() == "invalid-body");
  CHECK(here.caller("all").put("/v1/products/NONE/substitutes", R"({"substitutes":[{"sku":"A"}]})").code() ==
        "unknown-sku");
  CHECK(here.caller().get("/v1/products/A").body.at("substitutes").as_array().empty());
}

TEST_CASE("what another account has sold is served from elsewhere") {
  api_world here{with_terms()};
  here.stock("A", 1);
  auto all = here.caller();
  REQUIRE(all.put("/v1/locations/east", R"({"title":"East"})").status == 200);
  all.move("/v1/receipts", R"({"sku":"A","units":5,"location":"east"})");
  sell(here, "writer", "one", 3); // promised from main
  const auto allocate = [&](std::string_view body, std::string_view key) {
    return all.post("/v1/orders/one/allocate", body, key);
  };
  const auto own = allocate(R"({"sku":"A","units":2,"from":"main","to":"east"})", "k1");
  CHECK(own.code() == "unknown-reservation");
  const auto moved = allocate(R"({"account":"writer","sku":"A","units":2,"from":"main","to":"east"})", "k2");
  INFO(moved.raw.body);
  CHECK(moved.status == 200);
  CHECK(all.get("/v1/skus/A").body.at("locations").at(1).at("reserved").as_int64() == 2);
  CHECK(allocate(R"({"account":"nobody","sku":"A","units":1,"from":"main","to":"east"})", "k3").code() ==
        "unknown-account");
}
