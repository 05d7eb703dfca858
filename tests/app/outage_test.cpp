// The real daemon while its store is away or full: what it still takes, what it says, what it holds in
// memory, and that it comes back by itself with everything it acknowledged, once.
#include "engine/limits.hpp"
#include "tests/app/listed_shop.hpp"
#include "tests/storage/postgres_server.hpp"
#include "tests/storage/small_disk.hpp"
#include "tests/storage/tcp_gate.hpp"

#include <deque>
#include <list>
#include <set>

using namespace lockstep;
using namespace lockstep::tests;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using storage::samples::postgres_server;
using storage::samples::small_disk;
using storage::samples::tcp_gate;

namespace {

// What is said of a credit, and half as much for what the allocator keeps between them.
constexpr std::int64_t bytes_per_request_max = 3'072;

// A daemon whose store is reached through a gate.
struct gated_installation {
  postgres_server& server = postgres_server::shared();
  tcp_gate gate{server.port()};
  installation here{server.url(server.new_schema(), gate.port())};
};

// Requests for one unit of a SKU each, sent as batches on connections of their own and not waited for.
class held_requests {
 public:
  explicit held_requests(const served_engine& engine) : engine_(engine) {}

  void send(std::string_view sku, std::size_t lines) {
    sent_.push_back({engine_.connect(), lines_of(sku, lines), lines});
    sent_.back().connection.send(engine_.batch_text(sent_.back().text));
  }

  // Forgets those that were refused at once, of which nothing was done; the rest wait for the store. False:
  // none was.
  bool sort_out() {
    const auto sent = sent_.size();
    while (!sent_.empty() && sent_.back().connection.readable(0ms))
      std::erase_if(sent_, [](request& each) {
        if (!each.connection.readable(0ms)) return false;
        const auto told = each.connection.read();
        CHECK_THAT(told.body, Contains(R"("status":503)") && !Contains(R"("outcome":"done")"));
        return true;
      });
    return sent_.size() < sent;
  }

  // Takes what is left of the credits.
  void send_until_refused(std::string_view sku, std::size_t lines) {
    for (; lines > 0; lines /= 2) {
      do {
        const auto left = credits_left() - static_cast<std::int64_t>(lines);
        send(sku, lines);
        CHECK(comes_true([&] { return sent_.back().connection.readable(0ms) || credits_left() <= left; }));
      } while (!sort_out());
    }
  }

  [[nodiscard]] std::int64_t units() const {
    std::int64_t all = 0;
    for (const auto& each : sent_)
      all += static_cast<std::int64_t>(each.lines);
    return all;
  }

  // Every answer, and after it every request once more: granted once, with one outcome.
  void hear_and_repeat() {
    for (auto& each : sent_) {
      const auto first = each.connection.read();
      REQUIRE(first.status == 200);
      raw_answer again;
      REQUIRE(comes_true([&] { // once there is room for them
        again = engine_.connect().ask(engine_.batch_text(each.text));
        return again.body.find(R"("status":503)") == std::string::npos;
      }));
      compare(first.body, again.body);
    }
  }

 private:
  struct request {
    raw_http connection;
    std::string text;
    std::size_t lines = 0;
  };

  [[nodiscard]] std::int64_t credits_left() const {
    const auto metrics = engine_.monitor("/metrics").body;
    constexpr std::string_view name = "\nlockstep_credits_available ";
    return std::stoll(metrics.substr(metrics.find(name) + name.size()));
  }

  std::string lines_of(std::string_view sku, std::size_t lines) {
    std::string text;
    for (; lines > 0; --lines)
      text +=
          fmt::format(R"({{"key":"k{}","op":"hold","sku":"{}","units":1,"seconds":86400}})", ++key_, sku) +
          "\n";
    return text;
  }

  // What the first answer left open (504) is done in the second.
  void compare(std::string_view first, std::string_view again) {
    while (!first.empty()) {
      const auto before = take_line(first);
      const auto now = take_line(again);
      INFO(before << now);
      REQUIRE_THAT(now, Contains(R"("outcome":"repeated")"));
      if (before.find(R"("outcome":"done")") == before.npos)
        REQUIRE_THAT(before, Contains("outcome-unknown"));
      else
        REQUIRE(version_of(before) == version_of(now));
      REQUIRE(versions_.insert(version_of(now)).second);
    }
  }

  static std::string take_line(std::string_view& from) {
    std::string line{from.substr(0, from.find('\n'))};
    from.remove_prefix(std::min(from.size(), line.size() + 1));
    return line;
  }

  static std::pair<std::string, std::int64_t> version_of(const std::string& line) {
    const auto result = boost::json::parse(line).at("result");
    return {std::string{result.at("sku").as_string()}, result.at("version").as_int64()};
  }

  const served_engine& engine_;
  std::list<request> sent_;
  std::set<std::pair<std::string, std::int64_t>> versions_;
  std::int64_t key_ = 0;
};

} // namespace

TEST_CASE(
    "outage: requests are taken while credits last, then refused; no shop hears of what is not durable") {
  gated_installation world;
  listed_shop shop{world.here};
  world.here.configure(shop.section());
  served_engine engine{world.here, {"--set", "engine.credits=1024"}};
  constexpr auto in_stock = 512; // as many as one SKU has credits: all of it goes
  engine.stock("A", in_stock, shop.product());
  shop.activate(engine);
  REQUIRE(shop.comes_to_show(engine, in_stock));
  const auto writes = shop.shop().statistics().writes;

  world.gate.refuse();
  held_requests held{engine};
  held.send_until_refused("A", 256);
  CHECK(held.units() == in_stock);
  const auto refused = engine.receive("A", 1, "one too many");
  CHECK(refused.status == 503);
  CHECK_FALSE(refused.header("retry-after").empty());
  CHECK(comes_true(
      [&] { return engine.monitor("/readyz").body.find("[-]store is away\n") != std::string::npos; }));
  CHECK(engine.monitor("/readyz").status == 503);
  CHECK(engine.monitor("/healthz").status == 200);
  CHECK(shop.shown() == in_stock);
  CHECK(shop.shop().statistics().writes == writes);

  world.gate.pass();
  CHECK(comes_true([&] { return engine.monitor("/readyz").status == 200; }));
  held.hear_and_repeat();
  CHECK(engine.receive("A", 1, "one too many").status == 201);
  CHECK(engine.figure("A", "available") == 1);
  CHECK(engine.figure("A", "reserved") == in_stock);
  CHECK(engine.figure("A", "version") == in_stock + 2);
  CHECK(shop.comes_to_show(1));
  engine.stop();

  const served_engine again{world.here};
  CHECK(again.figure("A", "available") == 1);
  CHECK(again.figure("A", "version") == in_stock + 2);
}

TEST_CASE("outage: all credits in use cost no more memory than is said of them") {
  gated_installation world;
  served_engine engine{world.here};
  constexpr auto skus = 4;
  for (int i = 0; i < skus; ++i)
    engine.stock(fmt::format("S{}", i), 1'000'000);
  [[maybe_unused]] const auto before = engine.program().resident();
  world.gate.refuse();
  held_requests held{engine};
  constexpr auto batch = 512;
  constexpr auto for_requests = (limits::credits_total - limits::credits_reserve) * 3 / 4;
  for (std::size_t i = 0; i < for_requests / batch; ++i)
    held.send(fmt::format("S{}", i % skus), batch);
  const auto left = fmt::format("\nlockstep_credits_available {}\n", limits::credits_total - for_requests);
  CHECK(comes_true([&] { return engine.monitor("/metrics").body.find(left) != std::string::npos; }));
  CHECK(engine.receive("S0", 1, "one too many").status == 503);
  CHECK(held.units() > 40'000);
#ifndef __SANITIZE_ADDRESS__
  CHECK(engine.program().resident() - before < held.units() * bytes_per_request_max);
#endif

  world.gate.pass();
  held.hear_and_repeat();
  for (int i = 0; i < skus; ++i)
    CHECK(engine.figure(fmt::format("S{}", i), "available") +
              engine.figure(fmt::format("S{}", i), "reserved") ==
          1'000'000);
  engine.stop();
}

TEST_CASE("outage: a full disk under SQLite keeps everything waiting, and all goes on when there is room") {
  const small_disk disk{16};
  const installation here{"sqlite://" + disk.path() + "/lockstep.db"};
  std::int64_t taken = 0;
  {
    served_engine engine{here, {}, disk.words()};
    engine.stock("A", 1);
    disk.fill();
    const auto is_away = [&] { return engine.monitor("/readyz").status == 503; };
    std::deque<raw_http> waiting;
    for (; !is_away(); ++taken) { // what is left of the files' last pages
      REQUIRE(taken < 50'000);
      auto& to = waiting.emplace_back(engine.connect());
      to.send(engine.text("POST", "/v1/receipts", R"({"sku":"A","units":1})", fmt::format("k{}", taken)));
      if (!to.readable(100ms)) continue;
      REQUIRE(to.read().status == 201);
      waiting.pop_back();
    }
    CHECK_THAT(engine.monitor("/readyz").body, Contains("[-]store is away"));
    CHECK(engine.monitor("/healthz").status == 200);
    REQUIRE_FALSE(waiting.empty());
    CHECK_FALSE(waiting.back().readable(0ms));
    disk.free();
    for (auto& each : waiting)
      CHECK(each.read().status == 201);
    CHECK(engine.monitor("/readyz").status == 200);
    CHECK(engine.figure("A", "available") == 1 + taken);
    engine.program().signal(SIGKILL);
    CHECK(engine.program().wait() == -SIGKILL);
  }
  served_engine again{here, {}, disk.words()};
  CHECK(again.figure("A", "available") == 1 + taken);
  CHECK(again.figure("A", "version") == 1 + taken);
  again.stop();
}
