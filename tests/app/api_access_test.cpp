// Who may do what, limits of requests, and how the server ends.
#include "tests/app/api_world.hpp"
#include "tests/comes_true.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

using namespace lockstep;
using namespace std::chrono_literals;
using tests::api_caller;
using tests::api_world;
using tests::comes_true;
using tests::request_text;

namespace {

// A store whose commits wait until the test lets them go: what a slow disk is to a client.
class held_store final : public storage::store {
 public:
  struct gate {
    std::mutex mutex;
    std::condition_variable changed;
    bool open = true;

    void set(bool value) {
      const std::scoped_lock lock{mutex};
      open = value;
      changed.notify_all();
    }

    void pass() {
      std::unique_lock lock{mutex};
      changed.wait(lock, [this] { return open; });
    }
  };

  held_store(std::unique_ptr<storage::store> inner, std::shared_ptr<gate> at)
      : inner_(std::move(inner)), gate_(std::move(at)) {}

  storage::epoch current_epoch() const override { return inner_->current_epoch(); }

  storage::commit_result commit(const storage::batch& content) override {
    gate_->pass();
    return inner_->commit(content);
  }

  engine::result<bool> find_batch(storage::batch_number number) override {
    return inner_->find_batch(number);
  }

  engine::result<std::unique_ptr<storage::reader>> open_reader() override { return inner_->open_reader(); }

 private:
  std::unique_ptr<storage::store> inner_;
  std::shared_ptr<gate> gate_;
};

struct held_world {
  explicit held_world(app::api_options options = tests::api_options_for_tests()) {
    auto store = std::make_unique<held_store>(storage::open_memory(storage::make_memory()), gate);
    auto started = actors::node::start({}, std::move(store));
    REQUIRE(started.has_value());
    node = std::move(*started);
    api = std::make_unique<app::api_server>(*node, std::move(options));
    REQUIRE(api->start().has_value());
  }

  ~held_world() {
    gate->set(true);
    api->stop(5s);
    node->drain(5s);
  }

  api_caller caller() const { return {api->port(), "all"}; }

  std::shared_ptr<held_store::gate> gate = std::make_shared<held_store::gate>();
  std::unique_ptr<actors::node> node;
  std::unique_ptr<app::api_server> api;
};

} // namespace

TEST_CASE("without a valid token nothing under /v1 is told") {
  api_world here;
  const auto refused = [&](std::string_view headers) {
    const auto answer = tests::read_answer(here.connect().ask(request_text("GET", "/v1/stock", "", headers)));
    CHECK(answer.raw.header("www-authenticate").starts_with("Bearer"));
    return answer.status == 401 && answer.code() == "unauthenticated";
  };
  CHECK(refused(""));
  CHECK(refused("Authorization: Bearer \r\n"));
  CHECK(refused("Authorization: Bearer wrong\r\n"));
  CHECK(refused("Authorization: Bearer ALL\r\n"));
  CHECK(refused("Authorization: Basic YWxs\r\n"));
  CHECK(refused("Authorization: all\r\n"));
  CHECK(refused("Authorization: Bearer all\r\nAuthorization: Bearer all\r\n"));
  CHECK(here.connect().ask(request_text("GET", "/v1/stock", "", "authorization: bearer all\r\n")).status ==
        200);
  CHECK(
      here.monitor("/metrics").raw.body.find(R"(lockstep_http_refused_total{reason="unauthenticated"} 7)") !=
      std::string::npos);
}

TEST_CASE("a token may do what its scopes cover and nothing else") {
  api_world here;
  here.stock("A", 1);
  auto reader = here.caller("reader");
  auto writer = here.caller("writer");
  CHECK(reader.get("/v1/stock/A").status == 200);
  const auto refused = reader.post("/v1/receipts", R"({"sku":"A","units":1})", "k");
  CHECK(refused.status == 403);
  CHECK(refused.code() == "forbidden");
  CHECK(here.caller("writer").get("/v1/stock/A").status == 403);
  CHECK(writer.post("/v1/receipts", R"({"sku":"A","units":1})", "k").status == 201);
  CHECK(here.caller("writer").post("/v1/channels/x/pause", "").status == 403);
  CHECK(here.caller("reader").get("/v1/dead-letters").status == 403);
  CHECK(here.caller().post("/v1/channels/nobody/pause", "").code() == "unknown-account");
}

TEST_CASE("tokens that cannot be are refused at start") {
  const auto start = [](std::vector<app::api_token> tokens) {
    auto node = actors::node::start({}, storage::open_memory(storage::make_memory()));
    REQUIRE(node.has_value());
    app::api_options options;
    options.tokens = std::move(tokens);
    app::api_server api{**node, std::move(options)};
    return api.start();
  };
  const auto hash = app::sha256_hex("x");
  CHECK(start({{"a", {}, "abc"}}).error().code == engine::error_code::malformed);
  CHECK(start({{"a", {}, std::string(64, 'g')}}).error().code == engine::error_code::malformed);
  CHECK(start({{"", {}, hash}}).error().code == engine::error_code::malformed);
  CHECK(start({{"a", {}, hash}, {"a", {}, hash}}).error().code == engine::error_code::malformed);
  CHECK(start({{"a", {}, hash}, {"b", {}, hash}}).has_value());
}

TEST_CASE("paths and methods that do not exist are told as problems") {
  api_world here;
  auto all = here.caller();
  CHECK(all.get("/v1/nothing").code() == "no-such-route");
  CHECK(all.get("/").code() == "no-such-route");
  CHECK(all.get("/v1/stock/").code() == "no-such-route");
  const auto wrong = all.send("DELETE", "/v1/stock/A", "", "");
  CHECK(wrong.status == 405);
  CHECK(wrong.code() == "method-not-allowed");
  CHECK(wrong.raw.header("allow") == "GET, HEAD");
  CHECK(here.caller().send("PUT", "/v1/products", "{}", "").raw.header("allow") == "GET, HEAD, POST");
  CHECK(here.caller().send("BREW", "/v1/stock/A", "", "").status == 405);
  CHECK(here.caller().send("TRACE", "/v1/stock/A", "", "").status == 405);
  CHECK(all.get("/v1/stock/%zz").code() == "invalid-parameter");
  CHECK(all.get("/v1/stock/%00").code() == "invalid-parameter");
  CHECK(all.get("/problems/insufficient-stock").raw.body.starts_with("insufficient-stock (409)"));
  CHECK(all.get("/problems/nonsense").status == 404);
}

TEST_CASE("bodies are measured and their media type is checked") {
  api_world here;
  CHECK(here.caller().send("POST", "/v1/receipts", "{}", "Idempotency-Key: k\r\n", "text/plain").code() ==
        "unsupported-media-type");
  CHECK(here.caller()
            .send("POST", "/v1/receipts", "{}", "Idempotency-Key: k\r\n", "application/json; charset=latin1")
            .status == 415);
  CHECK(here.caller()
            .send("POST", "/v1/receipts", "{}", "Idempotency-Key: k\r\n", "application/json;charset=UTF-8")
            .status == 422);
  CHECK(here.caller().post("/v1/receipts", std::string(limits::http_body_bytes_max + 1, ' '), "k").code() ==
        "body-too-large");
  CHECK(here.caller().send("GET", "/v1/stock", "{}", "").status == 413);
  CHECK(here.caller().send("GET", "/v1/stock", "", "X: " + std::string(9'000, 'x') + "\r\n").code() ==
        "header-too-large");
}

TEST_CASE("nothing is answered before it is durable") {
  held_world here;
  auto all = here.caller();
  REQUIRE(all.put("/v1/products/A", "{}").status == 201);
  here.gate->set(false);
  all.wire().send(
      request_text("POST", "/v1/receipts", R"({"sku":"A","units":5})",
                   "Authorization: Bearer all\r\nIdempotency-Key: k1\r\nContent-Type: application/json\r\n"));
  // Connections are served side by side: the read is sent when the receipt is on its way.
  REQUIRE(comes_true([&] { return here.node->statistics().commands >= 1; }));
  auto reading = here.caller();
  reading.wire().send(request_text("GET", "/v1/stock/A", "", "Authorization: Bearer all\r\n"));
  REQUIRE(comes_true([&] { return here.node->statistics().commands >= 2; }));
  // Others are served meanwhile, and are not told either.
  CHECK(here.caller().get("/v1/products/A").status == 200);
  here.gate->set(true);
  CHECK(tests::read_answer(all.wire().read()).status == 201);
  CHECK(tests::read_answer(reading.wire().read()).number("on_hand") == 5);
}

TEST_CASE("an answer that does not come in time is 504, and the repeat with the same key tells the outcome") {
  auto options = tests::api_options_for_tests();
  options.answer_timeout = 100ms;
  held_world here{std::move(options)};
  auto all = here.caller();
  REQUIRE(all.put("/v1/products/A", "{}").status == 201);
  here.gate->set(false);
  const std::string body = R"({"sku":"A","units":5})";
  const auto lost = all.post("/v1/receipts", body, "k1");
  CHECK(lost.status == 504);
  CHECK(lost.code() == "outcome-unknown");
  here.gate->set(true);
  REQUIRE(comes_true([&] { return here.caller().post("/v1/receipts", body, "k1").status == 201; }));
  const auto again = all.post("/v1/receipts", body, "k1");
  CHECK(again.raw.header("idempotent-replayed") == "true");
  CHECK(all.get("/v1/stock/A").number("on_hand") == 5);
}

TEST_CASE("an answer whose session has gone is dropped, and what was asked stands") {
  held_world here;
  auto all = here.caller();
  REQUIRE(all.put("/v1/products/A", "{}").status == 201);
  here.gate->set(false);
  const auto before = here.node->statistics().commands;
  {
    auto leaving = here.caller();
    leaving.wire().send(request_text(
        "POST", "/v1/receipts", R"({"sku":"A","units":5})",
        "Authorization: Bearer all\r\nIdempotency-Key: k1\r\nContent-Type: application/json\r\n"));
    REQUIRE(comes_true([&] { return here.node->statistics().commands > before; }));
  }
  here.gate->set(true);
  CHECK(all.get("/v1/stock/A").number("on_hand") == 5);
  CHECK(all.post("/v1/receipts", R"({"sku":"A","units":5})", "k1").raw.header("idempotent-replayed") ==
        "true");
}

TEST_CASE("the server stops with requests under way: they are told that their outcome is unknown") {
  held_world here;
  auto all = here.caller();
  REQUIRE(all.put("/v1/products/A", "{}").status == 201);
  here.gate->set(false);
  const auto before = here.node->statistics().commands;
  all.wire().send(
      request_text("POST", "/v1/receipts", R"({"sku":"A","units":5})",
                   "Authorization: Bearer all\r\nIdempotency-Key: k1\r\nContent-Type: application/json\r\n"));
  REQUIRE(comes_true([&] { return here.node->statistics().commands > before; }));
  CHECK_FALSE(here.api->stop(100ms));
  CHECK_THROWS(here.caller());
}

TEST_CASE("the server stops in time when nothing is under way") {
  held_world here;
  auto all = here.caller();
  REQUIRE(all.get("/v1/stock").status == 200);
  CHECK(here.api->stop(5s));
  CHECK(all.wire().ends());
}

TEST_CASE("work beyond the admission credits is refused with Retry-After and was not done") {
  actors::node_options engine;
  engine.credits_total = 16;
  api_world here{tests::api_options_for_tests(), engine};
  here.stock("A", 1);
  auto all = here.caller();
  std::string body;
  for (int i = 0; i < 200; ++i)
    body += fmt::format("{{\"key\":\"c{}\",\"op\":\"receipt\",\"sku\":\"A\",\"units\":1}}\n", i);
  const auto answer = all.batch(body);
  CHECK(answer.raw.body.find("\"code\":\"overloaded\"") != std::string::npos);
  CHECK(here.available("A") == 1);
}
