// Products, listings and compositions in bulk.
#include "tests/app/api_world.hpp"

using namespace lockstep;
using tests::api_world;

namespace {

struct bulk : api_world {
  bulk() {
    CHECK(node().record({engine::account{engine::account_id{100}, "eu", "shopify"}}, {}).has_value());
  }

  // The outcomes of the lines.
  std::vector<boost::json::object> send(const std::string& lines,
                                        const std::string& target = "/v1/catalogue") {
    const auto answer = all.send("POST", target, lines, "", "application/x-ndjson");
    INFO(answer.raw.body);
    REQUIRE(answer.status == 200);
    std::vector<boost::json::object> told;
    std::string_view rest{answer.raw.body};
    while (!rest.empty()) {
      const auto end = rest.find('\n');
      told.push_back(boost::json::parse({rest.data(), end}).as_object());
      rest.remove_prefix(end + 1);
    }
    return told;
  }

  tests::api_caller all = caller();
};

std::string outcome(const boost::json::object& line) {
  return std::string{line.at("outcome").as_string()};
}

std::string code(const boost::json::object& line) {
  return std::string{line.at("problem").at("code").as_string()};
}

} // namespace

TEST_CASE("a dry run says what would be refused, and records nothing") {
  bulk here;
  here.stock("CUP", 5);
  here.send(R"({"op":"product","sku":"TEA","identifiers":[{"scheme":"woo_variation:eu","value":"1"}]})"
            "\n"
            R"({"op":"product","sku":"SET"})"
            "\n"
            R"({"op":"components","sku":"SET","components":[{"sku":"TEA","units":1}]})");
  const auto told =
      here.send(R"({"op":"product","sku":"NEW","title":"x"})"
                "\n"
                R"({"op":"listing","sku":"NEW","account":"eu","item":"i1"})"
                "\n"
                R"({"op":"listing","sku":"NEW","account":"nowhere","item":"i1"})"
                "\n"
                R"({"op":"count","sku":"NEW","counted":3,"key":"k","note":"n"})"
                "\n"
                R"({"op":"count","sku":"NEW","counted":3,"location":"West"})"
                "\n"
                R"({"op":"count","sku":"OTHER","counted":3})"
                "\n"
                R"({"op":"count","sku":"SET","counted":3})"
                "\n"
                R"({"op":"product","sku":"B","identifiers":[{"scheme":"woo_variation:eu","value":"1"}]})"
                "\n"
                R"({"op":"components","sku":"TEA","components":[{"sku":"SET","units":1}]})"
                "\n"
                R"({"op":"components","sku":"CUP","components":[{"sku":"TEA","units":1}]})"
                "\n"
                R"({"op":"components","sku":"SET","components":[{"sku":"TEA","units":2}]})"
                "\n"
                R"({"op":"components","sku":"SET","components":[{"sku":"NONE","units":2}]})"
                "\n"
                R"({"op":"rule","account":"eu","cap":5})",
                "/v1/catalogue?dry_run=true");
  std::string outcomes;
  for (const auto& line : told)
    outcomes += line.contains("problem") ? code(line) + ' ' : outcome(line) + ' ';
  CHECK(outcomes == "created created unknown-account changed unknown-location unknown-sku is-bundle conflict "
                    "conflict conflict changed unknown-sku created ");
  CHECK(here.all.get("/v1/products/NEW").status == 404);
  CHECK(here.all.get("/v1/products/SET").number("revision") == 1);
  CHECK(here.all.get("/v1/rules").body.at("rules").as_array().empty());
  CHECK(here.all.send("POST", "/v1/catalogue?dry_run=yes", "{}", "", "application/x-ndjson").status == 400);
  CHECK(code(here.send(R"({"op":"count","sku":"CUP","counted":3})").at(0)) == "invalid-body");
}

TEST_CASE("a chunk of the catalogue is taken line by line, and lines may build on those before them") {
  bulk here;
  const auto told = here.send(
      R"({"op":"product","sku":"A","title":"First","identifiers":[{"scheme":"upc","value":"036000291452"}]})"
      "\n"
      R"({"op":"product","sku":"A","title":"Second","identifiers":[]})"
      "\n"
      R"({"op":"listing","sku":"A","account":"eu","item":"i1","location":"l1","cap":5})"
      "\n"
      R"({"op":"listing","sku":"A","account":"eu","item":"i1","location":"l1","cap":6})"
      "\n"
      R"({"op":"product","sku":"B","listings":[{"account":"eu","item":"i2"}]})"
      "\n"
      R"({"op":"components","sku":"B","components":[{"sku":"A","units":2}]})"
      "\n"
      R"({"op":"product","sku":"C","title":"After a composition"})"
      "\n");
  REQUIRE(told.size() == 7);
  CHECK(outcome(told[0]) == "created");
  CHECK(outcome(told[1]) == "changed");
  CHECK(outcome(told[2]) == "created");
  CHECK(outcome(told[3]) == "changed");
  CHECK(outcome(told[5]) == "created");
  CHECK(told[6].at("line").as_int64() == 7);
  const auto first = here.all.get("/v1/products/A");
  CHECK(first.text("title") == "Second");
  CHECK(first.body.at("identifiers").as_array().empty());
  REQUIRE(first.body.at("listings").as_array().size() == 1);
  CHECK(first.body.at("listings").at(0).at("cap").as_int64() == 6);
  CHECK(here.all.get("/v1/products/B").number("revision") == 1);
  CHECK(here.all.get("/v1/products/C").text("title") == "After a composition");
}

TEST_CASE("a refused line of the catalogue leaves its neighbours standing") {
  bulk here;
  const auto told =
      here.send("{\"op\":\"product\",\"sku\":\"A\"}\n"
                "{\"op\":\"product\",\"sku\":\"B\",\"listings\":[{\"account\":\"no\",\"item\":\"i\"}]}\n"
                "{\"op\":\"listing\",\"sku\":\"B\",\"account\":\"eu\",\"item\":\"i\"}\n"
                "not JSON\n"
                "{\"op\":\"price\",\"sku\":\"A\"}\n"
                "{\"op\":\"components\",\"sku\":\"A\",\"components\":[{\"sku\":\"Z\",\"units\":1}]}\n"
                "{\"op\":\"product\",\"sku\":\"\"}\n"
                "{\"op\":\"product\",\"sku\":\"D\"}\n");
  REQUIRE(told.size() == 8);
  CHECK(outcome(told[0]) == "created");
  CHECK(code(told[1]) == "unknown-account");
  CHECK(code(told[2]) == "unknown-sku");
  CHECK(code(told[3]) == "malformed-json");
  CHECK(code(told[4]) == "invalid-body");
  CHECK(code(told[5]) == "unknown-sku");
  CHECK(code(told[6]) == "invalid-body");
  CHECK(outcome(told[7]) == "created");
  CHECK(here.all.get("/v1/products/B").status == 404);
  CHECK(here.all.get("/v1/products/D").status == 200);
}

TEST_CASE("an id that names one SKU of a shop goes to another one only when the first has let go of it") {
  bulk here;
  const auto product = [](std::string_view sku, std::string_view id) {
    return fmt::format(
        "{{\"op\":\"product\",\"sku\":\"{}\",\"identifiers\":[{{\"scheme\":\"woo_variation:eu\","
        "\"value\":\"{}\"}}]}}\n",
        sku, id);
  };
  const auto told = here.send(product("X", "8") + product("Y", "8") + product("X", "9") + product("Y", "8"));
  CHECK(outcome(told[0]) == "created");
  CHECK(code(told[1]) == "conflict");
  CHECK(told[1].at("problem").at("detail") == "woo_variation:eu 8 is SKU 'X' already.");
  CHECK(outcome(told[2]) == "changed");
  CHECK(outcome(told[3]) == "created");
  const auto later = here.send(product("Z", "9") + product("X", "7") + product("Z", "9"));
  CHECK(code(later[0]) == "conflict");
  CHECK(outcome(later[2]) == "created");
}

TEST_CASE("chunks that share a commit build on each other in the order of their lines") {
  bulk here;
  std::string lines;
  for (int i = 0; i < 5'000; ++i)
    lines += fmt::format("{{\"op\":\"product\",\"sku\":\"S{}\",\"title\":\"{}\"}}\n", i % 2'000, i);
  lines += "{\"op\":\"components\",\"sku\":\"S0\",\"components\":[{\"sku\":\"S1999\",\"units\":2}]}\n"
           "{\"op\":\"listing\",\"sku\":\"S1998\",\"account\":\"eu\",\"item\":\"i\"}\n";
  const auto told = here.send(lines);
  REQUIRE(told.size() == 5'002);
  for (std::size_t i = 0; i < told.size(); ++i) {
    REQUIRE(told[i].at("line").as_int64() == static_cast<std::int64_t>(i) + 1);
    REQUIRE(outcome(told[i]) == (i < 2'000 || i >= 5'000 ? "created" : "changed"));
  }
  CHECK(here.node().catalogue()->products() == 2'000);
  CHECK(here.all.get("/v1/products/S999").text("title") == "4999");
  CHECK(here.all.get("/v1/products/S1999").text("title") == "3999");
  CHECK(here.all.get("/v1/products/S1998").body.at("listings").as_array().size() == 1);
}

TEST_CASE("tags that a later line leaves out stay") {
  bulk here;
  here.send("{\"op\":\"product\",\"sku\":\"A\",\"tags\":[\"sale\"]}\n{\"op\":\"product\",\"sku\":\"A\"}\n");
  CHECK(here.all.get("/v1/products/A").body.at("tags").as_array().size() == 1);
  here.send("{\"op\":\"product\",\"sku\":\"A\",\"tags\":[]}\n");
  CHECK(here.all.get("/v1/products/A").body.at("tags").as_array().empty());
}

TEST_CASE("rules of accounts and tags are stated in bulk by an admin only") {
  bulk here;
  const std::string lines = "{\"op\":\"rule\",\"account\":\"eu\",\"share\":50}\n"
                            "{\"op\":\"rule\",\"account\":\"eu\",\"tag\":\"sale\",\"cap\":3}\n"
                            "{\"op\":\"rule\",\"account\":\"no\",\"cap\":3}\n"
                            "{\"op\":\"rule\",\"account\":\"eu\",\"cap\":-3}\n";
  const auto told = here.send(lines);
  CHECK(outcome(told[0]) == "created");
  CHECK(outcome(told[1]) == "created");
  CHECK(code(told[2]) == "unknown-account");
  CHECK(code(told[3]) == "invalid-body");
  CHECK(here.all.get("/v1/rules").body.at("rules") ==
        boost::json::parse(R"([{"account":"eu","share":50},{"account":"eu","tag":"sale","cap":3}])"));
  CHECK(outcome(here.send("{\"op\":\"rule\",\"account\":\"eu\",\"tag\":\"sale\"}\n")[0]) == "changed");
  CHECK(here.all.get("/v1/rules").body.at("rules").as_array().size() == 1);
  auto writer = here.caller("writer");
  const auto refused = writer.send("POST", "/v1/catalogue", lines, "", "application/x-ndjson");
  CHECK(refused.raw.body.find("\"code\":\"forbidden\"") != std::string::npos);
}
