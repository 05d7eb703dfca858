// Codes from a look-up service: asked for beside everything else, proposed, confirmed or rejected by a person.
#include "app/identification.hpp"

#include "tests/adapters/ecomsource_service.hpp"
#include "tests/app/api_world.hpp"
#include "tests/app/served_engine.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <future>
#include <optional>

using namespace lockstep;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using tests::api_caller;
using tests::comes_true;
using tests::ecomsource_service;

namespace {

constexpr auto mug_body = R"({"success":true,"data":[
  {"identifiers":[{"type":"upc","identifier":"036000291452"},{"type":"asin","identifier":"B000123456"},
                  {"type":"mpn","identifier":"X-1"}],"summary":[{"itemName":"Mug"}]},
  {"identifiers":[{"type":"ean","identifier":"0036000291452"},{"type":"asin","identifier":"B000999999"}],
   "summary":[{"itemName":"Mug, pack of 2"}]},
  {"identifiers":[{"type":"asin","identifier":"B000777777"}],"summary":[{"itemName":"A lamp"}]}]})";

app::identification_options unpaced(const std::string& url) {
  app::identification_options options;
  options.account = {url, "access", "secret", "US"};
  options.queue.requests_per_second = 1'000;
  options.queue.requests_per_day = 1'000;
  return options;
}

struct knowing_engine {
  explicit knowing_engine(const app::identification_options& options)
      : node(start_node()), asks(std::make_unique<app::identification>(*node, client, options)),
        api(*node, with(*asks)) {
    REQUIRE(api.start().has_value());
  }

  ~knowing_engine() {
    asks->stop();
    api.stop(5s);
    node->drain(5s);
  }

  static std::unique_ptr<actors::node> start_node() {
    auto started = actors::node::start({}, storage::open_memory(storage::make_memory()));
    REQUIRE(started.has_value());
    return std::move(*started);
  }

  static app::api_options with(app::identification& asks) {
    auto options = tests::api_options_for_tests();
    options.identifies = &asks;
    return options;
  }

  adapters::http_client client{{.insecure_http = true}};
  std::unique_ptr<actors::node> node;
  std::unique_ptr<app::identification> asks;
  app::api_server api;
};

struct identified {
  explicit identified(app::identification_options options) : engine(std::move(options)), all(engine.api.port(), "all") {}

  void put(std::string_view sku, std::string_view identifiers) {
    const auto body = fmt::format(R"({{"identifiers":[{}]}})", identifiers);
    CHECK(all.put(fmt::format("/v1/products/{}", sku), body).status / 100 == 2);
  }

  void ask(std::string_view what) {
    const auto asked = all.post("/v1/identify", what);
    INFO(asked.raw.body);
    CHECK(asked.status == 202);
  }

  [[nodiscard]] bool settles() {
    return comes_true([&] {
      const auto now = engine.asks->status();
      return now.waiting == 0 && !now.all;
    });
  }

  // "SKU scheme value (title)" of each that is open.
  std::string proposals(std::string_view query = "") {
    std::string text;
    for (const auto& each : list(query))
      text += fmt::format("{} {} {} ({})\n", each.at("sku").as_string().c_str(), each.at("scheme").as_string().c_str(),
                          each.at("value").as_string().c_str(), each.at("title").as_string().c_str());
    return text;
  }

  boost::json::array list(std::string_view query = "") {
    return all.get(fmt::format("/v1/proposals{}", query)).body.at("proposals").as_array();
  }

  std::string id_of(std::string_view value) {
    for (const auto& each : list())
      if (each.at("value").as_string() == value) return std::string{each.at("id").as_string()};
    FAIL("no proposal of " << value);
    return {};
  }

  tests::api_answer decide(std::string_view id, std::string_view verb) {
    return all.post(fmt::format("/v1/proposals/{}/{}", id, verb), "");
  }

  knowing_engine engine;
  api_caller all;
};

struct with_service {
  ecomsource_service service;
  identified here{unpaced(service.url())};
};

} // namespace

TEST_CASE("what a service knows of a SKU's code is proposed, and is the SKU's when a person confirms it") {
  with_service both;
  auto& [service, here] = both;
  service.know("036000291452", mug_body);
  here.put("MUG", R"({"scheme":"upc","value":"036000291452"})");
  here.put("PACK", R"({"scheme":"asin","value":"B000999999"})");
  here.ask(R"({"sku":"MUG"})");
  REQUIRE(here.settles());
  CHECK(here.proposals() == "MUG asin B000123456 (Mug)\nMUG asin B000999999 (Mug, pack of 2)\nMUG mpn X-1 (Mug)\n");
  CHECK(here.all.get("/v1/lookup?value=B000123456").body.at("matches").as_array().empty());
  const auto pack = here.list().at(1);
  CHECK(boost::json::serialize(pack.at("borne_by")) == R"(["PACK"])");
  CHECK(pack.at("asked").at("value").as_string() == "036000291452");
  CHECK(pack.at("source").as_string() == "ecomsource");

  const auto good = here.id_of("B000123456");
  const auto confirmed = here.decide(good, "confirm");
  CHECK(confirmed.status == 200);
  CHECK(confirmed.text("state") == "confirmed");
  CHECK(here.all.get("/v1/lookup?value=B000123456").body.at("matches").at(0).at("sku").as_string() == "MUG");
  CHECK(here.decide(good, "confirm").status == 200); // a repeat changes nothing
  CHECK(here.decide(good, "reject").code() == "conflict");
  CHECK(here.proposals() == "MUG asin B000999999 (Mug, pack of 2)\nMUG mpn X-1 (Mug)\n");
  const auto product = here.all.get("/v1/products/MUG");
  CHECK(product.body.at("identifiers").as_array().size() == 2);
}

TEST_CASE("what was rejected is not proposed again, and may still be confirmed") {
  with_service both;
  auto& [service, here] = both;
  service.know("036000291452", mug_body);
  here.put("MUG", R"({"scheme":"upc","value":"036000291452"})");
  here.ask(R"({"sku":"MUG"})");
  REQUIRE(here.settles());
  const auto wrong = here.id_of("B000999999");
  CHECK(here.decide(wrong, "reject").text("state") == "rejected");
  here.ask(R"({"sku":"MUG"})");
  REQUIRE(here.settles());
  CHECK(here.proposals() == "MUG asin B000123456 (Mug)\nMUG mpn X-1 (Mug)\n");
  CHECK(service.asked().size() == 1); // the answer is fresh
  CHECK(here.decide(wrong, "confirm").text("state") == "confirmed");
  CHECK(here.decide("bm90IG9uZQ", "confirm").code() == "unknown-proposal");
  CHECK(here.decide("***", "reject").code() == "unknown-proposal");
}

TEST_CASE("a confirmed code that a product lost is put on again, or proposed again") {
  with_service both;
  auto& [service, here] = both;
  service.know("036000291452", mug_body);
  const auto* without = R"({"scheme":"upc","value":"036000291452"})";
  here.put("MUG", without);
  here.ask(R"({"sku":"MUG"})");
  REQUIRE(here.settles());
  const auto id = here.id_of("B000123456");
  const auto bearers = [&] { return here.all.get("/v1/lookup?value=B000123456").body.at("matches").as_array().size(); };
  CHECK(here.decide(id, "confirm").status == 200);
  here.put("MUG", without);
  CHECK(bearers() == 0);
  CHECK(here.decide(id, "confirm").text("state") == "confirmed");
  CHECK(bearers() == 1);

  here.put("MUG", without);
  here.ask(R"({"sku":"MUG"})");
  REQUIRE(here.settles());
  CHECK(here.id_of("B000123456") == id);
  CHECK(here.decide(id, "confirm").status == 200);
  here.put("MUG", without);
  CHECK(here.decide(id, "reject").text("state") == "rejected"); // it was wrong after all
  here.ask(R"({"sku":"MUG"})");
  REQUIRE(here.settles());
  CHECK_THAT(here.proposals(), !Contains("B000123456"));
}

TEST_CASE("a SKU's further codes are asked for when the first is not known") {
  with_service both;
  auto& [service, here] = both;
  service.know("B000123456", mug_body);
  here.put("MUG", R"({"scheme":"asin","value":"B000123456"},{"scheme":"upc","value":"012345678905"})");
  here.put("LAMP", R"({"scheme":"upc","value":"725272730706"})");
  here.put("BOX", R"({"scheme":"mpn","value":"B-1"})");
  here.ask(R"({"sku":"MUG"})");
  here.ask(R"({"sku":"LAMP"})");
  CHECK(here.all.post("/v1/identify", R"({"sku":"BOX"})").code() == "no-code");
  CHECK(here.all.post("/v1/identify", R"({"sku":"NONE"})").code() == "unknown-sku");
  CHECK(here.all.post("/v1/identify", R"({"sku":"MUG","all":true})").code() == "invalid-body");
  CHECK(here.all.post("/v1/identify", "{}").code() == "invalid-body");
  REQUIRE(here.settles());
  const auto asked = service.asked();
  CHECK(asked.size() == 3);
  const auto turn_of = [&](const char* code) {
    return std::ranges::find_if(asked, [&](const std::string& body) { return body.find(code) != body.npos; });
  };
  CHECK(turn_of("012345678905") < turn_of("B000123456")); // what is printed on it comes first
  CHECK(turn_of("B000123456") < asked.end());
  CHECK(here.proposals("?sku=MUG") == "MUG mpn X-1 (Mug)\nMUG upc 036000291452 (Mug)\n");
  CHECK(here.proposals("?sku=LAMP").empty());
  CHECK(here.list("?limit=1").size() == 1);
  const auto now = here.engine.asks->status();
  CHECK(now.found == 1);
  CHECK(now.unknown == 1);
}

TEST_CASE("proposals are read page by page") {
  with_service both;
  auto& [service, here] = both;
  service.know("036000291452", mug_body);
  here.put("A", R"({"scheme":"upc","value":"036000291452"})");
  here.put("B", R"({"scheme":"upc","value":"036000291452"})");
  here.ask(R"({"all":true})");
  REQUIRE(here.settles());
  CHECK(service.asked().size() == 1);
  std::string seen;
  std::string target = "/v1/proposals?limit=2";
  for (int pages = 0; !target.empty() && pages < 9; ++pages) {
    const auto page = here.all.get(target);
    for (const auto& each : page.body.at("proposals").as_array())
      seen += each.at("sku").as_string().c_str();
    const auto* next = page.body.as_object().if_contains("next");
    target = next != nullptr && next->is_string() ? std::string{next->as_string()} : std::string{};
  }
  CHECK(seen == "AAABBB");
  CHECK(here.all.get("/v1/proposals?cursor=bm90IG9uZQ").code() == "invalid-cursor");
}

TEST_CASE("all means the SKUs that bear a printed code or an ASIN, and not both") {
  with_service both;
  auto& [service, here] = both;
  here.put("A", R"({"scheme":"upc","value":"036000291452"})");
  here.put("B", R"({"scheme":"asin","value":"B000123456"})");
  here.put("C", R"({"scheme":"upc","value":"012345678905"},{"scheme":"asin","value":"B000777777"})");
  here.put("D", "");
  here.ask(R"({"all":true})");
  REQUIRE(here.settles());
  auto asked = service.asked();
  REQUIRE(asked.size() == 2);
  CHECK_THAT(asked[0] + asked[1], Contains("036000291452") && Contains("B000123456"));
  CHECK(here.engine.asks->status().unknown == 2);
}

TEST_CASE("a service that refuses, throttles or breaks holds nobody up, and tells so") {
  with_service both;
  auto& [service, here] = both;
  service.fail_next(ecomsource_service::page(502, "<html>Bad Gateway</html>"));
  service.fail_next(ecomsource_service::page(429, "", "Retry-After: 0\r\n"));
  service.know("036000291452", mug_body);
  here.put("MUG", R"({"scheme":"upc","value":"036000291452"})");
  here.ask(R"({"sku":"MUG"})");
  REQUIRE(here.settles());
  CHECK(here.engine.asks->status().found == 1);
  CHECK(here.engine.asks->status().requests == std::array<std::uint64_t, 5>{1, 1, 0, 1, 0});
  service.fail_next(ecomsource_service::page(403, "<html>Forbidden</html>"));
  here.put("LAMP", R"({"scheme":"upc","value":"725272730706"})");
  here.ask(R"({"sku":"LAMP"})");
  REQUIRE(comes_true([&] { return !here.engine.asks->status().trouble.empty(); }));
  CHECK(here.all.get("/v1/identify").text("trouble") == "HTTP status 403");
  CHECK(here.all.get("/v1/identify").number("waiting") == 1);
  here.all.move("/v1/receipts", R"({"sku":"LAMP","units":3})");
  const auto metrics =
      tests::raw_http{here.engine.api.monitor_port()}.ask(tests::request_text("GET", "/metrics")).body;
  CHECK_THAT(metrics, Contains("\nlockstep_lookup_requests_total{outcome=\"refused\"} 1\n") &&
                          Contains("\nlockstep_lookup_waiting 1\n") && Contains("\nlockstep_lookup_trouble 1\n") &&
                          Contains("\nlockstep_lookup_proposals_total 3\n"));
}

TEST_CASE("it ends at once while the service says nothing") {
  std::promise<void> reached;
  tests::raw_server silent{[&](tests::raw_server::socket& peer) {
    std::string text;
    boost::asio::read_until(peer, boost::asio::dynamic_buffer(text), "036000291452");
    reached.set_value();
    boost::system::error_code failure;
    boost::asio::read(peer, boost::asio::dynamic_buffer(text), failure); // until the other side hangs up
  }};
  auto url = silent.url();
  url.pop_back();
  const auto began = std::chrono::steady_clock::now();
  {
    identified here{unpaced(url)};
    here.put("MUG", R"({"scheme":"upc","value":"036000291452"})");
    here.ask(R"({"sku":"MUG"})");
    reached.get_future().wait();
  }
  CHECK(std::chrono::steady_clock::now() - began < limits::channel_request_timeout);
}

TEST_CASE("without keys nobody is asked, and proposals can still be read") {
  tests::api_world here;
  auto all = here.caller();
  CHECK(all.get("/v1/identify").code() == "not-configured");
  CHECK(all.post("/v1/identify", R"({"all":true})").code() == "not-configured");
  CHECK(all.get("/v1/proposals").body.at("proposals").as_array().empty());
  CHECK(here.metric("lockstep_lookup_waiting").empty());
}

namespace {

// The real program beside a service.
struct identifying_program {
  explicit identifying_program(std::string_view more = "") {
    here.configure(fmt::format("[ecomsource]\nurl = \"{}\"\naccess_key_file = \"{}\"\nsecret_key_file = \"{}\"\n{}",
                               service.url(), keys.write("access", "access\n"), keys.write("secret", "secret\n"), more));
    engine.emplace(here);
  }

  void put(std::string_view sku, std::string_view upc) {
    const auto body = fmt::format(R"({{"title":"Mug","identifiers":[{{"scheme":"upc","value":"{}"}}]}})", upc);
    CHECK(engine->ask("PUT", fmt::format("/v1/products/{}", sku), body).status == 201);
  }

  auto run(std::vector<std::string> words) {
    words.insert(words.end(), {"--url", engine->url(), "--token-file", here.token()});
    return tests::run_program(words);
  }

  ecomsource_service service;
  const tests::installation here;
  const tests::temporary_folder keys;
  std::optional<tests::served_engine> engine;
};

} // namespace

TEST_CASE("the real program asks, lists, confirms and rejects") {
  identifying_program there;
  const auto run = [&](std::vector<std::string> words) { return there.run(std::move(words)); };
  there.service.know("036000291452", mug_body);
  there.put("MUG", "036000291452");
  const auto asked = run({"identify", "MUG"});
  INFO(asked.err);
  CHECK(asked.code == 0);
  CHECK_THAT(asked.out, Contains("MUG asin B000123456  (Mug)\n") && Contains("MUG mpn X-1  (Mug)\n"));
  const auto id_of = [&](std::string_view value) {
    const auto line = asked.out.substr(0, asked.out.find(value));
    const auto begin = line.rfind('\n') + 1;
    return line.substr(begin, line.find(' ', begin) - begin);
  };
  CHECK(run({"identify", "--confirm", id_of("B000123456")}).out == "confirmed  MUG asin B000123456\n");
  CHECK(run({"identify", "--reject", id_of("B000999999")}).out == "rejected  MUG asin B000999999\n");
  CHECK_THAT(run({"identify"}).out, Contains("MUG mpn X-1") && !Contains("asin"));
  CHECK(run({"lookup", "b000123456"}).out == "MUG  Mug  (asin B000123456)\n");
  const auto none = run({"lookup", "B000999999"});
  CHECK(none.code == 1);
  CHECK_THAT(none.err, Contains("no SKU bears 'B000999999'"));
  CHECK_THAT(run({"lookup", "1", "--scheme", "asin"}).err, Contains("ten characters"));
  CHECK(run({"identify", "MUG", "--all"}).code == 2);
  there.engine->stop();
}

TEST_CASE("the real program does not wait for the next day's allowance") {
  identifying_program there{"requests_per_day = 1\n"};
  there.service.know("036000291452", mug_body);
  there.put("MUG", "036000291452");
  there.put("PAN", "012345678905");
  const auto asked = there.run({"identify", "--all"});
  CHECK(asked.code == 75);
  CHECK_THAT(asked.out, Contains("MUG asin B000123456  (Mug)\n"));
  CHECK_THAT(asked.err, Contains("allowance is used up until 20") && Contains("Z: 1 SKUs wait"));
  CHECK(there.service.asked().size() == 1);
  there.engine->stop();
}
