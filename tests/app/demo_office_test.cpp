// What the demo adds to a log: an article still to come, a set, a second warehouse, the seller's own checkout.
#include "app/demo/checkout.hpp"
#include "app/demo/order_generator.hpp"
#include "app/demo/world.hpp"
#include "tests/adapters/raw_server.hpp"
#include "tests/catch.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <chrono>
#include <future>
#include <set>
#include <sstream>

using namespace lockstep;
using namespace lockstep::app::demo;
using namespace std::chrono_literals;

namespace json = boost::json;

namespace {

log_event order_of(std::vector<event_line> lines) {
  log_event event;
  event.kind = event_kind::order;
  event.lines = std::move(lines);
  return event;
}

// Grants every order and cancels those it granted. Its first request finds it overloaded, and waits for `go_on`.
class busy_engine {
 public:
  [[nodiscard]] std::string url() const { return fmt::format("http://127.0.0.1:{}", server_.port()); }

  void wait_until_asked() { asked_.get_future().wait(); }

  void go_on() { go_on_.set_value(); }

 private:
  void serve(tests::raw_server::socket& peer) {
    for (std::string request; !(request = tests::read_whole_request(peer)).empty();) {
      const auto busy = requests_++ == 0;
      if (busy) {
        asked_.set_value();
        go_on_.get_future().wait();
      }
      std::istringstream lines{request.substr(request.find("\r\n\r\n") + 4)};
      std::string body;
      for (std::string line; std::getline(lines, line);)
        body += json::serialize(busy ? refusal("overloaded") : judge(json::parse(line).as_object())) + '\n';
      tests::write_text(peer, fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body));
    }
  }

  json::object judge(const json::object& line) {
    const std::string order{line.at("order").as_string()};
    if (line.at("op").as_string() == "order") orders_.insert(order);
    else if (!orders_.contains(order)) return refusal("unknown-reservation");
    return {{"outcome", "done"}};
  }

  static json::object refusal(std::string_view code) {
    return {{"problem", json::object{{"code", json::string_view{code.data(), code.size()}}}}};
  }

  std::promise<void> asked_;
  std::promise<void> go_on_;
  int requests_ = 0; // of one connection: the courier has a single thread
  std::set<std::string> orders_;
  tests::raw_server server_{[this](auto& peer) { serve(peer); }};
};

} // namespace

TEST_CASE("demo: the set is made of what will be left over, and never of the article still to come") {
  order_log log;
  log.skus = {{"10000", ""}, {"10001", ""}, {"10002", ""}};
  log.events = {order_of({{1, 0, 10}, {2, 1, 10}, {3, 2, 10}, {4, 1, 5}})};
  add_novelty(log);
  REQUIRE(log.skus.size() == 4);
  CHECK(asked_units(log) == shelf{10, 15, 10, 0});
  const auto parts = parts_of_set(log, {shelf{10, 20, 4, 0}, shelf{0, 0, 9, 0}});
  REQUIRE(parts.size() == 2);
  CHECK(parts[0].sku == 1); // 5 more than asked for
  CHECK(parts[1].sku == 2); // 3, of both warehouses
  CHECK(parts[1].units == 2);

  log.skus = {{"10000", ""}};
  log.events = {order_of({{1, 0, 1}})};
  add_novelty(log);
  CHECK(parts_of_set(log, {shelf{1, 0}, shelf{0, 0}}).empty());
}

TEST_CASE("demo: opening stock is within its share of what is asked for, a part of it in the depot") {
  auto log = generate_orders(1);
  add_novelty(log);
  const auto asked = asked_units(log);
  const auto [main, depot] = draw_opening_stock(log, 1);
  std::size_t in_depot = 0;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto units = static_cast<double>(main[i] + depot[i]);
    CHECK(units >= opening_share_min * static_cast<double>(asked[i]) - 0.5);
    CHECK(units <= opening_share_max * static_cast<double>(asked[i]) + 0.5);
    CHECK(depot[i] >= 0);
    CHECK(main[i] >= depot[i]);
    in_depot += depot[i] > 0;
  }
  CHECK(in_depot > asked.size() / depot_every / 2);
  CHECK(in_depot <= asked.size() / depot_every + 1);
  CHECK(main.back() == 0); // the article still to come
  CHECK(depot.back() == 0);
}

TEST_CASE("demo: an order is not overtaken by its cancellation while the engine is busy") {
  busy_engine engine;
  const std::vector<log_sku> skus{{"10000", ""}};
  courier told{engine.url(), app::secret{"token"}};
  warehouse stock{told, skus, {shelf{9}, shelf{0}}};
  checkout selling{told, stock, {{"10000", {{0, 1}}}}};
  selling.order(0, 2, false);
  engine.wait_until_asked();
  selling.cancel(0);
  engine.go_on();
  REQUIRE(told.wait_idle(std::chrono::steady_clock::now() + 1min));
  const auto order = selling.orders().at(0);
  CHECK(order.granted);
  CHECK(order.cancelled == 2);
  CHECK(selling.ship_open() == 0);
  CHECK(told.unexpected().empty());
}
