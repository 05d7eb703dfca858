// Webhooks as Shopify sends them: signed, repeated, reordered, wrong; and dead letters, listed and told
// again.
#include "adapters/shopify/shopify_adapter.hpp"
#include "tests/app/api_world.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <boost/json/serialize.hpp>

#include <array>
#include <ctime>
#include <thread>

using namespace lockstep;
using namespace std::chrono_literals;
using tests::api_caller;
using tests::api_world;
using tests::request_text;

namespace {

std::string sign(std::string_view secret, std::string_view body) {
  std::array<unsigned char, 32> digest{};
  unsigned length = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data(), &length);
  std::array<unsigned char, 64> text{};
  EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(length));
  return reinterpret_cast<const char*>(text.data());
}

app::api_options options_with_shop() {
  auto options = tests::api_options_for_tests();
  adapters::channel_account account;
  account.name = "shop";
  account.base_url = "http://127.0.0.1:1";
  account.webhook_secrets = {"new secret", "old secret"};
  account.location = "gid://shopify/Location/1";
  options.webhooks["shop"] = {std::make_shared<adapters::shopify::shopify_adapter>(account), false};
  return options;
}

struct order_line {
  int id;
  std::string sku;
  int units;
};

// An order as Shopify tells it, with what personal data it carries.
std::string order_text(std::int64_t id, const std::vector<order_line>& lines, bool test = false) {
  std::string items;
  for (const auto& line : lines) {
    items +=
        fmt::format(R"({}{{"id":{},"variant_id":null,"sku":"{}","quantity":{},"fulfillable_quantity":{}}})",
                    items.empty() ? "" : ",", line.id, line.sku, line.units, line.units);
  }
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::array<char, 32> time{};
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::strftime(time.data(), time.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return fmt::format(R"({{"id":{},"test":{},"cancelled_at":null,"created_at":"{}","updated_at":"{}",)"
                     R"("email":"ada@example.com","customer":{{"first_name":"Ada"}},)"
                     R"("line_items":[{}],"fulfillments":[],"refunds":[]}})",
                     id, test, time.data(), time.data(), items);
}

class shop_world : public api_world {
 public:
  explicit shop_world(app::api_options options = options_with_shop(),
                      std::shared_ptr<storage::memory> content = storage::make_memory())
      : api_world(std::move(options), {}, storage::open_memory(std::move(content))) {
    class waiter final : public actors::answer_sink {
     public:
      void deliver(std::vector<actors::answer>) noexcept override {}
    };

    static waiter sink; // outlives every node of this file
    actors::ticket to;
    to.sink = node().add_sink(sink);
    if (node().catalogue()->find_account("shop") != nullptr) return;
    const auto id = node().catalogue()->next_account();
    REQUIRE(node()
                .record({engine::account{id, "shop", "shopify", engine::account_mode::active}}, to)
                .has_value());
  }

  int tell(std::string_view body, std::string_view signature,
           std::string_view topic = "orders/create") const {
    const auto headers =
        fmt::format("X-Shopify-Topic: {}\r\nX-Shopify-Hmac-Sha256: {}\r\nContent-Type: application/json\r\n",
                    topic, signature);
    return connect().ask(request_text("POST", "/webhooks/shop", body, headers)).status;
  }

  int tell_signed(std::string_view body, std::string_view topic = "orders/create") const {
    return tell(body, sign("new secret", body), topic);
  }
};

} // namespace

TEST_CASE("a signed order is durable in the ledger when it is answered") {
  shop_world here;
  here.stock("A", 5);
  CHECK(here.tell_signed(order_text(1, {{11, "A", 2}})) == 200);
  CHECK(here.available("A") == 3);
  const auto facts = here.caller().get("/v1/audit/A").body.at("facts").as_array();
  CHECK(facts.front().at("account").as_string() == "shop");
  CHECK(facts.front().at("what").as_string() == "ordered 2 units (2 of the line in all)");
}

TEST_CASE("an order with a wrong, missing or foreign signature changes nothing and is counted") {
  shop_world here;
  here.stock("A", 5);
  const auto body = order_text(1, {{11, "A", 2}});
  CHECK(here.tell(body, "") == 401);
  CHECK(here.tell(body, "AAAA") == 401);
  CHECK(here.tell(body, sign("another secret", body)) == 401);
  CHECK(here.tell(body, sign("", body)) == 401);
  CHECK(here.tell(body + " ", sign("new secret", body)) == 401);
  CHECK(here.tell("", sign("new secret", body)) == 401);
  CHECK(here.connect().ask(request_text("POST", "/webhooks/shop", body)).status == 401);
  CHECK(here.available("A") == 5);
  CHECK(here.monitor("/metrics").raw.body.find(R"(lockstep_http_refused_total{reason="bad-signature"} 7)") !=
        std::string::npos);
  CHECK(here.connect().ask(request_text("POST", "/webhooks/nobody", body)).status == 404);
  CHECK(here.connect().ask(request_text("GET", "/webhooks/shop")).status == 405);
}

TEST_CASE("both secrets are good while they are rotated") {
  shop_world here;
  here.stock("A", 5);
  const auto first = order_text(1, {{11, "A", 1}});
  const auto second = order_text(2, {{12, "A", 1}});
  CHECK(here.tell(first, sign("old secret", first)) == 200);
  CHECK(here.tell(second, sign("new secret", second)) == 200);
  CHECK(here.available("A") == 3);
}

TEST_CASE("the signature is over the raw bytes, blanks and all") {
  shop_world here;
  here.stock("A", 5);
  auto body = order_text(1, {{11, "A", 2}});
  body.insert(1, " \n\t ");
  CHECK(here.tell_signed(body) == 200);
  CHECK(here.available("A") == 3);
}

TEST_CASE("duplicates count once, however often and on however many connections they come") {
  shop_world here;
  here.stock("A", 5);
  const auto body = order_text(1, {{11, "A", 2}});
  std::vector<std::thread> senders;
  for (int i = 0; i < 6; ++i) {
    senders.emplace_back([&] {
      for (int n = 0; n < 5; ++n)
        CHECK_NOTHROW(here.tell_signed(body));
    });
  }
  for (auto& sender : senders)
    sender.join();
  CHECK(here.tell_signed(body) == 200);
  CHECK(here.available("A") == 3);
}

TEST_CASE("an order beyond the stock is recorded and opens an incident") {
  shop_world here;
  here.stock("A", 1);
  CHECK(here.tell_signed(order_text(1, {{11, "A", 3}})) == 200);
  CHECK(here.available("A") == -2);
  CHECK(here.caller().get("/v1/incidents").body.at("incidents").as_array().size() == 1);
}

TEST_CASE("test orders and topics that carry no order are answered and ignored") {
  shop_world here;
  here.stock("A", 5);
  CHECK(here.tell_signed(order_text(1, {{11, "A", 2}}, true)) == 200);
  CHECK(here.tell_signed("{}", "app/uninstalled") == 200);
  CHECK(here.available("A") == 5);
  CHECK(here.monitor("/metrics").raw.body.find("\nlockstep_webhook_test_orders_total 1\n") !=
        std::string::npos);
}

TEST_CASE("a line of an unknown SKU becomes a dead letter without personal data, its siblings are recorded") {
  shop_world here;
  here.stock("A", 5);
  CHECK(here.tell_signed(order_text(1, {{11, "A", 2}, {12, "GHOST", 1}})) == 200);
  CHECK(here.available("A") == 3);
  auto all = here.caller();
  const auto letters = all.get("/v1/dead-letters").body.at("dead_letters").as_array();
  REQUIRE(letters.size() == 1);
  CHECK(letters[0].at("account").as_string() == "shop");
  const auto text = boost::json::serialize(letters[0]);
  CHECK(text.find("GHOST") != std::string::npos);
  CHECK(text.find("ada@example.com") == std::string::npos);
  CHECK(text.find("Ada") == std::string::npos);

  const auto path = fmt::format("/v1/dead-letters/{}", letters[0].at("id").as_int64());
  CHECK(all.get(path).status == 200);
  CHECK(all.post(path + "/replay", "").code() == "not-replayable");
  here.stock("GHOST", 4);
  const auto replayed = all.post(path + "/replay", "");
  CHECK(replayed.status == 200);
  CHECK(replayed.body.at("replayed").as_bool());
  CHECK(here.available("GHOST") == 3);
  CHECK(all.get("/v1/dead-letters").body.at("dead_letters").as_array().empty());
  CHECK(here.metric("lockstep_dead_letters") == "0");
  CHECK(all.post(path + "/replay", "").status == 200);
  CHECK(all.post(path + "/dismiss", "").body.at("reason").as_string() == "unknown SKU"); // closed already
  CHECK(here.metric("lockstep_dead_letters") == "0");
  CHECK(here.available("GHOST") == 3);
  CHECK(all.get("/v1/dead-letters/999").code() == "unknown-dead-letter");
  CHECK(all.post("/v1/dead-letters/x/replay", "").code() == "unknown-dead-letter");
}

TEST_CASE(
    "a line that cannot be recorded is kept once, however often it is told, and told again after a restart") {
  const auto content = storage::make_memory();
  const auto tell_ghost = [](const shop_world& here) {
    CHECK(here.tell_signed(order_text(1, {{12, "GHOST", 1}})) == 200);
    CHECK(here.tell_signed(order_text(1, {{12, "GHOST", 1}}), "orders/updated") == 200);
  };
  {
    shop_world here{options_with_shop(), content};
    tell_ghost(here);
    CHECK(here.caller().get("/v1/dead-letters").body.at("dead_letters").as_array().size() == 1);
    CHECK(here.metric("lockstep_dead_letters") == "1");
  }
  shop_world here{options_with_shop(), content};
  tell_ghost(here);
  auto all = here.caller();
  const auto letters = all.get("/v1/dead-letters").body.at("dead_letters").as_array();
  REQUIRE(letters.size() == 1);
  CHECK(here.metric("lockstep_dead_letters") == "1");

  // Another line is another letter.
  here.stock("GHOST", 4);
  const auto path = fmt::format("/v1/dead-letters/{}", letters[0].at("id").as_int64());
  CHECK(all.post(path + "/replay", "").status == 200);
  CHECK(here.tell_signed(order_text(2, {{13, "SPOOK", 1}})) == 200);
  CHECK(here.metric("lockstep_dead_letters") == "1");
}

TEST_CASE("a dismissed dead letter is closed, and stays so though its line is told again") {
  shop_world here;
  const auto ghost = order_text(1, {{12, "GHOST", 1}});
  CHECK(here.tell_signed(ghost) == 200);
  auto all = here.caller();
  const auto letters = all.get("/v1/dead-letters").body.at("dead_letters").as_array();
  REQUIRE(letters.size() == 1);
  const auto path = fmt::format("/v1/dead-letters/{}", letters[0].at("id").as_int64());
  CHECK(here.caller("writer").post(path + "/dismiss", "").code() == "forbidden");
  const auto dismissed = all.post(path + "/dismiss", "");
  CHECK(dismissed.status == 200);
  CHECK(dismissed.text("reason") == "dismissed: unknown SKU");
  CHECK(dismissed.body.at("replayed").as_bool());
  CHECK(here.tell_signed(ghost) == 200);
  CHECK(all.get("/v1/dead-letters").body.at("dead_letters").as_array().empty());
  CHECK(here.metric("lockstep_dead_letters") == "0");
  CHECK(all.get(path).text("reason") == "dismissed: unknown SKU");
  CHECK(all.post("/v1/dead-letters/999/dismiss", "").code() == "unknown-dead-letter");
}

TEST_CASE("a signed message that cannot be read is kept for a person") {
  shop_world here;
  CHECK(here.tell_signed("this is no order", "orders/create") == 200);
  CHECK(here.tell_signed(R"({"id":1})", "orders/create") == 200);
  auto all = here.caller();
  const auto letters = all.get("/v1/dead-letters").body.at("dead_letters").as_array();
  REQUIRE(letters.size() == 2);
  CHECK_FALSE(letters[0].at("reason").as_string().empty());
  CHECK(all.post(fmt::format("/v1/dead-letters/{}/replay", letters[0].at("id").as_int64()), "").code() ==
        "not-replayable");
}

TEST_CASE("an account whose channel is not running yet asks to be told again") {
  api_world here{options_with_shop()};
  const auto body = order_text(1, {{11, "A", 2}});
  const auto headers = fmt::format("X-Shopify-Topic: orders/create\r\nX-Shopify-Hmac-Sha256: {}\r\n",
                                   sign("new secret", body));
  const auto answer = here.connect().ask(request_text("POST", "/webhooks/shop", body, headers));
  CHECK(answer.status == 503);
  CHECK(answer.header("retry-after") == "1");
}

TEST_CASE("an order that is not admitted asks to be told again, and then is recorded") {
  actors::node_options engine;
  engine.credits_total = 8;
  auto options = options_with_shop();
  api_world small{options, engine};
  small.stock("A", 5);

  class silent final : public actors::answer_sink {
   public:
    void deliver(std::vector<actors::answer>) noexcept override {}
  } sink;

  actors::ticket to;
  to.sink = small.node().add_sink(sink);
  const auto id = small.node().catalogue()->next_account();
  REQUIRE(small.node()
              .record({engine::account{id, "shop", "shopify", engine::account_mode::active}}, to)
              .has_value());
  std::vector<order_line> lines;
  for (int i = 0; i < 50; ++i)
    lines.push_back({100 + i, "A", 1});
  const auto tell = [&](const std::string& body) {
    const auto headers = fmt::format("X-Shopify-Topic: orders/create\r\nX-Shopify-Hmac-Sha256: {}\r\n",
                                     sign("new secret", body));
    return small.connect().ask(request_text("POST", "/webhooks/shop", body, headers));
  };
  const auto refused = tell(order_text(1, lines));
  CHECK(refused.status == 503);
  CHECK(refused.header("retry-after") == "1");
  CHECK(small.available("A") == 5);
  CHECK(tell(order_text(2, {{11, "A", 2}})).status == 200);
  CHECK(small.available("A") == 3);
}
