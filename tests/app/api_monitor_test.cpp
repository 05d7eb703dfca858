// Health and metrics, on the monitor listener.
#include "adapters/http_client.hpp"
#include "tests/actors/fake_channel.hpp"
#include "tests/app/api_world.hpp"
#include "tests/comes_true.hpp"
#include "tests/troubled_store.hpp"

#include <functional>
#include <future>
#include <thread>

using namespace lockstep;
using namespace std::chrono_literals;
using tests::api_world;
using tests::comes_true;
using tests::request_text;

namespace {

// Keeps the thread of the scheduler that its channel's actor runs on, until it may go on.
class stuck_adapter final : public tests::fake_adapter {
 public:
  [[nodiscard]] adapters::http_request encode_orders(engine::time_point since,
                                                     std::string_view cursor) const override {
    freed_.wait();
    return fake_adapter::encode_orders(since, cursor);
  }

  void go_on() { free_.set_value(); }

 private:
  std::promise<void> free_;
  std::shared_future<void> freed_{free_.get_future()};
};

} // namespace

TEST_CASE("health is told on the monitor listener, and only there") {
  api_world here;
  CHECK(here.monitor("/livez").raw.body == "ok\n");
  CHECK(here.monitor("/healthz").status == 200);
  CHECK(here.monitor("/livez?verbose").raw.body.find("[+]http-thread-0 ok") != std::string::npos);
  CHECK(here.monitor("/readyz").status == 200);
  CHECK(here.monitor("/livez?verbose").raw.body.find("[+]actors ok") != std::string::npos);
  CHECK(here.monitor("/readyz?verbose").raw.body.find("[+]store ok") != std::string::npos);
  CHECK(here.monitor("/nothing").status == 404);
  CHECK(tests::raw_http{here.api().monitor_port()}.ask(request_text("POST", "/livez")).status == 405);
  CHECK(here.caller().get("/metrics").status == 404);
  CHECK(here.caller().get("/livez").status == 404);
}

TEST_CASE("trouble beside the commits is told by readyz and metrics, and makes nothing unready") {
  auto told = std::make_shared<std::string>("the log cannot be moved");
  auto store = std::make_unique<tests::troubled_store>(storage::open_memory(storage::make_memory()),
                                                       [told] { return *told; });
  auto node = *actors::node::start({}, std::move(store));
  app::api_server api{*node, tests::api_options_for_tests()};
  REQUIRE(api.start().has_value());
  const auto monitor = [&](std::string_view target) {
    return tests::raw_http{api.monitor_port()}.ask(request_text("GET", target));
  };
  CHECK(comes_true([&] {
    return monitor("/readyz?verbose").body.find("[!]store-upkeep the log cannot be moved\n") !=
           std::string::npos;
  }));
  CHECK(monitor("/readyz").status == 200);
  CHECK(monitor("/metrics").body.find("\nlockstep_store_trouble 1\n") != std::string::npos);
  CHECK(api.stop(5s));
}

TEST_CASE("livez says no while the actors' scheduler is stuck, and yes when it goes on") {
  auto options = tests::api_options_for_tests();
  options.turn_max = 1500ms;
  actors::node_options engine;
  engine.scheduler_threads = 1;
  adapters::http_client client{{.insecure_http = true}};
  const auto stuck = std::make_shared<stuck_adapter>();
  api_world here{options, engine};
  actors::channel_options channel;
  channel.account = "shop";
  channel.marketplace = "fake";
  channel.adapter = stuck;
  REQUIRE(here.node().add_channel(std::move(channel), client).has_value());
  CHECK(comes_true([&] { return here.monitor("/livez").status == 503; }));
  CHECK(here.monitor("/livez").raw.body.find("[-]actors has not turned for") != std::string::npos);
  stuck->go_on();
  CHECK(comes_true([&] { return here.monitor("/livez").status == 200; }));
}

TEST_CASE("metrics count what happened, in the Prometheus text format") {
  api_world here;
  here.stock("A", 5);
  auto all = here.caller();
  (void)all.get("/v1/stock/A");
  (void)all.get("/v1/stock/B");
  const auto answer = here.monitor("/metrics");
  CHECK(answer.raw.header("content-type") == "text/plain; version=0.0.4; charset=utf-8");
  const auto has = [&](std::string_view text) { return answer.raw.body.find(text) != std::string::npos; };
  CHECK(has("\nlockstep_http_requests_total{route=\"/v1/stock/{sku}\",method=\"GET\",code=\"200\"} 1\n"));
  CHECK(has("\nlockstep_http_requests_total{route=\"/v1/stock/{sku}\",method=\"GET\",code=\"404\"} 1\n"));
  CHECK(has("\nlockstep_http_request_duration_seconds_count{route=\"/v1/stock/{sku}\",method=\"GET\"} 2\n"));
  CHECK(has("\nlockstep_facts_total 1\n"));
  CHECK(all.post("/v1/holds", R"({"sku":"A","units":9,"seconds":60})", "h").status == 409);
  CHECK(here.metric(R"(lockstep_refusals_total{reason="insufficient_stock"})") == "1");
  CHECK(has("\n# TYPE lockstep_commit_duration_seconds histogram\n"));
  CHECK(here.metric(R"(lockstep_commit_duration_seconds_bucket{le="+Inf"})") ==
        here.metric("lockstep_commit_duration_seconds_count"));
  CHECK(has("\n# TYPE lockstep_http_request_duration_seconds histogram\n"));
  CHECK(has("\nprocess_resident_memory_bytes "));
  CHECK_FALSE(has("\nprocess_start_time_seconds 0\n"));
  // Every line is a comment or a sample with a number.
  std::string_view rest{answer.raw.body};
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    const auto blank = line.rfind(' ');
    INFO(line);
    CHECK((line.starts_with("# ") ||
           std::string_view{"0123456789-"}.find(line[blank + 1]) != std::string_view::npos));
  }
}
