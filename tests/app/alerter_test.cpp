#include "adapters/signature.hpp"
#include "app/alerter.hpp"
#include "tests/adapters/http_receiver.hpp"
#include "tests/app/api_world.hpp"

#include <future>
#include <set>

using namespace lockstep;
using tests::api_world;
using tests::http_receiver;

namespace {

constexpr std::string_view key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

struct told_world : api_world {
  explicit told_world(std::deque<int> statuses = {200}) : receiver(std::move(statuses)) { stock("A", 1); }

  void start() {
    alerts =
        std::make_unique<app::alerter>(node(), client, counts,
                                       app::alerter_options{.url = receiver.url() + "/alerts",
                                                            .key = app::secret{std::string{key}},
                                                            .between_looks = std::chrono::milliseconds{5},
                                                            .first_retry = std::chrono::milliseconds{5},
                                                            .longest_retry = std::chrono::milliseconds{20}});
  }

  void oversell(std::string_view order) {
    const auto body =
        fmt::format(R"({{"order":"{}","mode":"fact","lines":[{{"sku":"A","units":2}}]}})", order);
    CHECK(caller().post("/v1/orders", body, order).status == 201);
  }

  http_receiver receiver;
  adapters::http_client client{{.insecure_http = true}};
  app::alert_counts counts;
  std::unique_ptr<app::alerter> alerts;
};

boost::json::value body_of(const tests::received& one) {
  return boost::json::parse(one.body);
}

std::string type_of(const tests::received& one) {
  return std::string{body_of(one).at("type").as_string()};
}

} // namespace

TEST_CASE("a receiver is told what is open at the start, what opens and what ends") {
  told_world here;
  here.oversell("1");
  here.start();
  const auto first = here.receiver.wait_for(1).front();
  CHECK(type_of(first) == "incidents.open");
  CHECK(body_of(first).at("data").at("open").as_int64() == 1);
  CHECK(body_of(first).at("data").at("incidents").at(0).at("sku").as_string() == "A");
  here.oversell("2");
  const auto second = here.receiver.wait_for(2).at(1);
  CHECK(type_of(second) == "incident.opened");
  CHECK(body_of(second).at("data").at("incidents").at(0).at("units").as_int64() == 2);
  here.caller().move("/v1/receipts", R"({"sku":"A","units":9})");
  const auto all = here.receiver.wait_for(4);
  REQUIRE(all.size() == 4);
  CHECK(type_of(all[2]) == "incident.ended");
  CHECK(type_of(all[3]) == "incident.ended");
  CHECK(here.counts.delivered >= 3); // the last one is counted once its answer has come
  CHECK(here.counts.failed == 0);
}

TEST_CASE("an alert is signed over its id, its time and its body") {
  told_world here;
  here.start();
  const auto one = here.receiver.wait_for(1).front();
  const auto signed_text = one.header("webhook-id") + "." + one.header("webhook-timestamp") + "." + one.body;
  CHECK(one.header("webhook-signature") ==
        "v1," + adapters::sign(adapters::webhook_key(key).value(), signed_text));
}

TEST_CASE("alerts are signed as Standard Webhooks publishes it") {
  CHECK("v1," + adapters::sign(adapters::webhook_key(key).value(),
                               R"(msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314})") ==
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  for (const auto* wrong :
       {"", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8G",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa*w"})
    CHECK_FALSE(adapters::webhook_key(wrong));
}

TEST_CASE("a message that its receiver refuses for good keeps no other from it") {
  told_world here{{200, 400}};
  here.start();
  here.receiver.wait_for(1);
  here.oversell("1");
  here.receiver.wait_for(2);
  here.oversell("2");
  std::set<std::string> ids;
  for (std::size_t count = 2; ids.size() < 2 && count < 50; ++count) {
    const auto all = here.receiver.wait_for(count);
    for (std::size_t i = 1; i < all.size(); ++i)
      ids.insert(all[i].header("webhook-id"));
  }
  CHECK(ids.size() == 2);
}

TEST_CASE("an alert that is not taken is sent again under the same id, until it is") {
  told_world here{{200, 500, 503, 404, 200}};
  here.start();
  here.receiver.wait_for(1);
  here.oversell("1");
  const auto all = here.receiver.wait_for(5);
  REQUIRE(all.size() == 5);
  std::set<std::string> ids;
  for (std::size_t i = 1; i < all.size(); ++i)
    ids.insert(all[i].header("webhook-id"));
  CHECK(ids.size() == 1);
  CHECK(all.back().body.find("incident.opened") != std::string::npos);
  here.caller().move("/v1/receipts", R"({"sku":"A","units":9})");
  CHECK(type_of(here.receiver.wait_for(6).at(5)) == "incident.ended");
  CHECK(here.counts.failed == 3);
}

TEST_CASE("an alert ends at once while its receiver says nothing") {
  told_world here;
  std::promise<void> reached;
  tests::raw_server silent{[&](tests::raw_server::socket& peer) {
    std::string text;
    boost::asio::read_until(peer, boost::asio::dynamic_buffer(text), "incidents.open");
    reached.set_value();
    boost::system::error_code failure;
    boost::asio::read(peer, boost::asio::dynamic_buffer(text), failure); // until the other side hangs up
  }};
  const auto began = std::chrono::steady_clock::now();
  {
    const app::alerter alerts{
        here.node(), here.client, here.counts, {.url = silent.url(), .key = app::secret{std::string{key}}}};
    reached.get_future().wait();
  }
  CHECK(std::chrono::steady_clock::now() - began < limits::alert_timeout);
}
