// The demo as a whole: through the real program, and one whose world is tampered with before it is judged.
#include "app/demo/demo.hpp"
#include "app/demo/ledger.hpp"
#include "tests/app/program.hpp"
#include "tests/app/temporary_folder.hpp"
#include "tests/catch.hpp"
#include "tests/comes_true.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

using namespace lockstep::app;
using namespace lockstep::app::demo;
using lockstep::adapters::sandbox::shown_row;
using lockstep::tests::comes_true;
using lockstep::tests::run_program;
using lockstep::tests::temporary_folder;

namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

constexpr int skus = 25;

// A few hundred orders on few SKUs, so that the shops race; some are cancelled, one unit is written off, one
// is found, and one unit comes back that nobody remembers. Always the same.
std::string small_log(int orders) {
  std::string text = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";
  const auto add = [&](std::string_view invoice, int sku, int units, int minute, std::string_view price,
                       std::string_view customer) {
    text += fmt::format("{},{},ARTICLE {},{},2011-11-{:02} {:02}:{:02}:00,{},{},United Kingdom\n", invoice,
                        20'000 + sku, sku, units, 21 + minute / 600, 8 + minute % 600 / 60, minute % 60,
                        price, customer);
  };
  for (int i = 0; i < orders; ++i) {
    const auto customer = fmt::format("{}", 12'000 + i % 40);
    for (int line = 0; line < 1 + i % 4; ++line)
      add(fmt::format("{}", 1'000 + i), (i * 7 + line * 3) % skus, 1 + (i + line) % 5, 3 * i, "2.5",
          customer);
    if (i % 9 == 8) add(fmt::format("C{}", 5'000 + i), (i * 7) % skus, -1, 3 * i + 1, "2.5", customer);
  }
  add("9001", 3, -1, 3 * orders, "0.0", "");
  add("9002", 4, 1, 3 * orders, "0.0", "");
  add("C9003", 5, -1, 3 * orders, "2.5", "99999");
  return text + "1000,POST,POSTAGE,1,2011-11-21 08:00:00,18.0,12000,France\n";
}

std::int64_t total(const json::value& result, std::string_view figure) {
  std::int64_t sum = 0;
  for (const auto& shop : result.at("shops").as_array())
    sum += shop.at(figure).to_number<std::int64_t>();
  return sum;
}

const check& find_check(const demo_result& result, std::string_view words) {
  const auto found = std::ranges::find_if(result.verified.checks,
                                          [&](const check& each) { return each.name.starts_with(words); });
  REQUIRE(found != result.verified.checks.end());
  return *found;
}

} // namespace

TEST_CASE("demo: three shops race through a short log and everything agrees in the end") {
  const temporary_folder folder;
  const temporary_folder of_the_demo;
  const auto ended = run_program(
      {"demo", "--orders", folder.write("log.csv", small_log(300)), "--speed", "4s", "--seed", "3", "--json"},
      "", {{"TMPDIR", of_the_demo.path("")}});
  INFO(ended.err);
  INFO(ended.out);
  REQUIRE(ended.code == 0);
  const auto result = json::parse(ended.out);
  CHECK(result.at("passed").as_bool());
  CHECK(result.at("seed").to_number<int>() == 3);
  CHECK(result.at("orders").to_number<int>() == 300);
  CHECK(result.at("ignored_lines").to_number<int>() == 1);
  CHECK(result.at("bad_rows").to_number<int>() == 0);
  CHECK(result.at("checks").as_array().size() == 7);
  for (const auto& each : result.at("checks").as_array()) {
    INFO(json::serialize(each));
    CHECK(each.at("wrong").to_number<int>() == 0);
  }
  CHECK(total(result, "orders") > 100);
  CHECK(total(result, "units_sold") > 0);
  CHECK(total(result, "units_refused") > 0); // the opening stock does not cover everything
  CHECK(total(result, "units_shipped") > 0);
  CHECK(total(result, "units_cancelled") > 0);
  CHECK(total(result, "units_returned") > 0);
  CHECK(result.at("cancelled_lines").to_number<int>() > 0);
  CHECK(total(result, "units_oversold") > 0);
  CHECK(total(result, "pushes_sent") > 0);
  CHECK(result.at("found").to_number<int>() == 1);
  const auto number = [&](std::string_view name) { return result.at(name).to_number<int>(); };
  CHECK(number("returns_announced") >= 1);
  CHECK(number("units_sellable") > 0);
  CHECK(number("units_damaged") > 0);
  CHECK(number("transfers") + number("transfers_refused") == 2); // a SKU in 20 stands in two warehouses
  CHECK(number("units_supplied") == 40);
  const auto& ahead = result.at("sold_ahead");
  CHECK(ahead.at("orders").to_number<int>() == 6);
  CHECK(ahead.at("refused").to_number<int>() == 1);
  CHECK(ahead.at("cancelled").to_number<int>() == 1);
  CHECK(ahead.at("shipped").to_number<int>() == 25);
  const auto& sets = result.at("sets");
  CHECK(sets.at("orders").to_number<int>() > 0);
  CHECK(sets.at("orders").to_number<int>() + sets.at("refused").to_number<int>() == 7);
  for (const auto* kind : {"received", "adjusted", "counted", "ordered", "cancelled", "shipped", "returned",
                           "restocked", "scrapped", "announced", "expected"}) {
    INFO(kind);
    CHECK(result.at("facts_by_kind").as_object().contains(kind));
  }
  CHECK(std::filesystem::is_empty(of_the_demo.path(""))); // it cleans up behind itself
}

TEST_CASE("demo: what somebody changes behind its back after all has settled is found out") {
  const temporary_folder folder;
  demo_options chosen;
  chosen.orders = folder.write("log.csv", small_log(40));
  chosen.speed = *parse_speed("1s");
  auto log = load_log(chosen);
  REQUIRE(log.has_value());
  auto started = demo_run::start(chosen, *log);
  REQUIRE(started.has_value());
  auto& run = **started;
  REQUIRE(run.replay_log([] { return false; }));
  run.settle();
  const auto honest = run.judge();
  REQUIRE(honest.has_value());
  INFO(to_table(*honest));
  CHECK(verdict_of(*honest) == exit_code::ok);

  auto& shop = *run.in().shopping()[1];
  const auto shown = shop.shown().front();
  REQUIRE(shop.set_by_hand(shown.inventory_item, shown.available + 5));
  const auto tampered = run.judge();
  REQUIRE(tampered.has_value());
  CHECK(verdict_of(*tampered) == exit_code::failure);
  const auto& listings = find_check(*tampered, "listings agree");
  CHECK(listings.wrong == 1);
  CHECK(listings.examples.at(0) == fmt::format("market shows {} of {}, the truth is {}", shown.available + 5,
                                               shown.sku, shown.available));
  CHECK(to_table(*tampered).find("FAILED") != std::string::npos);

  REQUIRE(shop.set_by_hand(shown.inventory_item, shown.available)); // mended
  CHECK(verdict_of(*run.judge()) == exit_code::ok);

  // A shop sells behind the demo's back: its order reaches the ledger, the demo's own record lacks it.
  for (const auto& row : shop.shown())
    if (row.available > 0 && shop.place_order({{row.variant, 1}}).order != 0) break;
  run.settle();
  const auto foreign = run.judge();
  REQUIRE(foreign.has_value());
  CHECK(verdict_of(*foreign) == exit_code::failure);
  CHECK(find_check(*foreign, "movements of the shops").wrong == 1);
  CHECK(find_check(*foreign, "reserved units").wrong == 1);
  CHECK(find_check(*foreign, "listings agree").wrong == 0);
  CHECK(find_check(*foreign, "on hand is what stands").wrong == 0);

  // A unit leaves the shelf and nobody tells the engine.
  CHECK(run.in().stock().pick(0, 1) + run.in().stock().pick(1, 1) + run.in().stock().pick(2, 1) > 0);
  const auto lost = run.judge();
  REQUIRE(lost.has_value());
  CHECK(find_check(*lost, "on hand is what stands").wrong > 0);
  CHECK(find_check(*lost, "stock is conserved").wrong == 0);
}

TEST_CASE("demo: a number is stale when it was the truth longer ago than the bound") {
  const lockstep::engine::time_point noon{12h};
  const std::vector<number_since> numbers{{noon, 9}, {noon + 10s, 4}, {noon + 20s, 6}, {noon + 30s, -2}};
  CHECK(most_available(numbers, noon - 2s, noon - 1s) == 0);
  CHECK(most_available(numbers, noon - 1s, noon) == 9);
  CHECK(most_available(numbers, noon + 9s, noon + 40s) == 9);
  CHECK(most_available(numbers, noon + 10s, noon + 19s) == 4);
  CHECK(most_available(numbers, noon + 11s, noon + 30s) == 6);
  CHECK(most_available(numbers, noon + 30s, noon + 30s) == -2);
  CHECK(most_available({}, noon, noon) == 0);
}

TEST_CASE("demo: the bound is that of the shop in the middle, so that a stuck one does not stretch it") {
  std::vector<lockstep::actors::channel_status> channels(3);
  channels[0].lag_p99 = 100ms;
  channels[1].lag_p99 = 60s;
  channels[2].lag_p99 = 20ms;
  CHECK(staleness_bound(channels, 500ms) == 2'500ms);
  CHECK(staleness_bound({}, 0ms) == 1s);
}

TEST_CASE("demo: a sale from a number that a stuck push left behind is not explained") {
  const temporary_folder folder;
  demo_options chosen;
  chosen.orders = folder.write("log.csv", small_log(10));
  chosen.speed = *parse_speed("1s");
  const auto log = load_log(chosen);
  REQUIRE(log.has_value());
  auto started = demo_run::start(chosen, *log);
  REQUIRE(started.has_value());
  auto& run = **started;
  REQUIRE(run.replay_log([] { return false; }));
  run.settle();
  auto& in = run.in();
  const auto oversold = [&](std::chrono::milliseconds staleness_max) {
    demo_result judged;
    judged.verified = verify(in, *log, run.selling(), staleness_max).value();
    return find_check(judged, "oversold cases are explained");
  };
  const auto already = oversold(0ms).wrong; // the shops race for few units

  // The market hears of nothing any more; the shop for the web sells all there is.
  constexpr std::size_t market = 1;
  REQUIRE(in.node().order_channel(in.account(market), lockstep::actors::channel_order::pause).has_value());
  const auto rows = in.shopping()[market]->shown();
  const auto most = std::ranges::max_element(rows, {}, &shown_row::available);
  REQUIRE(most->available > 0);
  const auto sku = static_cast<std::uint32_t>(most->inventory_item - item_of(0));
  log_event sale;
  sale.web_shop = true;
  sale.lines = {{1, sku, most->available}};
  REQUIRE(run.selling().sell(sale).size() == 1);
  const auto id = in.node().catalogue()->find_code(most->sku)->id;
  const auto left = [&] { return in.figures().ask({id}).value().front().available; };
  const auto trade_shows = [&] {
    const auto all = in.shopping()[2]->shown();
    return std::ranges::find(all, most->sku, &shown_row::sku)->available;
  };
  REQUIRE(comes_true([&] { return left() == 0 && trade_shows() == 0; }));

  // Customers whose invoices lead them to the market buy the same units once more.
  sale.web_shop = false;
  bool sold = false;
  for (int i = 0; i < 100 && !sold; ++i) {
    sale.invoice = fmt::format("{}", i);
    const auto placed = run.selling().sell(sale);
    sold = !placed.empty() && run.selling().lines().back().shop == market;
  }
  REQUIRE(sold);
  REQUIRE(comes_true([&] { return left() < 0; }));

  const auto stale = oversold(0ms);
  REQUIRE(stale.wrong == already + 1);
  const auto cases = verify(in, *log, run.selling(), 0ms).value().oversold; // all: the examples are the first few
  CHECK(std::ranges::any_of(cases, [&](const auto& each) {
    return each.sku == sku && each.shop == market &&
           each.story.find(fmt::format("sold {0} when it showed {0}", most->available)) != std::string::npos;
  }));
  const auto within_an_hour = oversold(1h);
  INFO((within_an_hour.examples.empty() ? "" : within_an_hour.examples.front()));
  CHECK(within_an_hour.wrong == 0);

  REQUIRE(in.node().order_channel(in.account(market), lockstep::actors::channel_order::resume).has_value());
  run.settle();
  const auto mended = run.judge();
  REQUIRE(mended.has_value());
  CHECK(find_check(*mended, "listings agree").wrong == 0);
}

TEST_CASE("demo: what it cannot do is said before anything is started") {
  const temporary_folder folder;
  CHECK(run_program({"demo", "--speed", "fast"}).code == 2);
  CHECK(run_program({"demo", "--orders", folder.path("missing.csv")}).code == 1);
  const auto other = run_program({"demo", "--orders", folder.write("other.csv", "a,b\n1,2\n")});
  CHECK(other.code == 1);
  CHECK(other.err.find("no order log") != std::string::npos);
  const auto empty = run_program({"demo", "--orders", folder.write("empty.csv", small_log(0))});
  CHECK(empty.code == 1);
  CHECK(empty.err.find("no order in the log") != std::string::npos);
}
