// Who gets in, and what a command answers.
#include "actors/console_command.hpp"
#include "tests/actors/console_rig.hpp"
#include "tests/catch.hpp"

#include <utility>
#include <vector>

using namespace lockstep;
using namespace lockstep::tests;
using actors::console;
using actors::console_prompt;

TEST_CASE("the console opens only with a token and on a free port") {
  served first;
  auto context = first.engine.context();
  context.port = first.open->port();
  CHECK(console::open(first.actors.system, context).error().code == engine::error_code::unavailable);
  context.port = 0;
  context.token.clear();
  CHECK(console::open(first.actors.system, context).error().code == engine::error_code::refused);
}

TEST_CASE("the right token opens the console") {
  served here;
  auto client = here.client();
  CHECK(contains(client.read_until("Token:\n"), "Lockstep"));
  CHECK(contains(client.ask("secret"), "Welcome"));
}

TEST_CASE("a line end of carriage return and line feed is accepted") {
  served here;
  auto client = here.client();
  client.log_in("secret\r");
  CHECK(contains(client.ask("help\r"), "sku show CODE"));
}

TEST_CASE("a wrong token may be corrected, and the third ends the connection") {
  served here;
  auto client = here.client();
  client.send("Secret\n");
  client.read_until("wrong token; token:\n");
  CHECK(contains(client.ask("secret"), "Welcome"));

  auto guesser = here.client();
  guesser.send("a\nsecrets\nsecre\nsecret\n");
  const auto heard = guesser.read_to_end();
  CHECK(contains(heard, "wrong token\n"));
  CHECK_FALSE(contains(heard, console_prompt));
}

TEST_CASE("no command is taken before the token") {
  served here;
  auto client = here.client();
  client.send("shutdown\nshutdown\nstatus\n");
  CHECK_FALSE(contains(client.read_to_end(), console_prompt));
  CHECK(here.engine.shutdowns == 0);
}

TEST_CASE("a client that sends no token in time is sent away") {
  served here{std::chrono::milliseconds{30}};
  auto client = here.client();
  CHECK(contains(client.read_to_end(), "no token in time"));
}

TEST_CASE("every command answers in harmless text that ends with the prompt") {
  served here;
  here.engine.statistics.state = "serving";
  here.engine.statistics.sku_actors = 12'345;
  here.engine.statistics.commits = 99;
  here.engine.channels.push_back({});
  here.engine.channels.front().name = "eu";
  here.engine.channels.front().real_time = 4;
  here.engine.hottest.push_back({fake_engine::mug, 12.5, 40});
  here.engine.open_incidents.push_back({fake_engine::mug, {.cause = engine::incident::kind::supply_late}});
  here.engine.composition = engine::bundle{fake_engine::mug, 3, {{engine::sku_id{8}, 2}}, {{engine::sku_id{8}, 2}}};
  here.engine.rules.all.share = std::int8_t{50};
  here.engine.differences.push_back({fake_engine::mug, engine::listing_id{1}, 5, 4, "one sold"});
  actors::listing_explanation explained;
  explained.steps.push_back({engine::publishing_step::share, 2, engine::rule_level::account});
  explained.why = "half of them";
  here.engine.explained.push_back({engine::account_id{1}, {explained}});
  storage::batch batch{.number = 1, .facts = {mug_fact(1), mug_fact(2)}, .snapshots = {}, .records = {}};
  REQUIRE(here.engine.store->commit(batch).status == storage::commit_status::committed);

  const std::vector<std::pair<std::string, std::string>> table{
      {"help", "channel release-brake NAME"},
      {"status", "serving"},
      {"top", "12.5"},
      {"top 3", "MUG"},
      {"sku show MUG", "42"},
      {"sku show MUG", "a bundle, revision 3"},
      {"sku history MUG", "order 1001"},
      {"sku history MUG 1", "2  "},
      {"sku release MUG", "MUG: released"},
      {"sku release MUG", "error: the SKU is not quarantined"},
      {"sku release PLATE", "no SKU has the code \"PLATE\""},
      {"sku show PLATE", "no SKU has the code \"PLATE\""},
      {"sku history PLATE", "no SKU has the code \"PLATE\""},
      {"explain MUG", "half of them"},
      {"explain PLATE", "no SKU has the code \"PLATE\""},
      {"lookup 036000291452", "MUG  woo_product:eu"},
      {"lookup 7", "no SKU bears it"},
      {"channel list", "eu"},
      {"channel rules eu", "50 %"},
      {"channel rules mars", "no channel is called \"mars\""},
      {"channel diff eu", "one sold"},
      {"channel diff mars", "no channel is called \"mars\""},
      {"channel activate eu", "eu: activated"},
      {"channel pause eu", "eu: paused"},
      {"channel resume eu", "eu: resumed"},
      {"channel flush eu", "eu: flushing"},
      {"channel release-brake eu", "eu: brake released"},
      {"actors", "12,345"},
      {"journal", "99"},
      {"tiers", "REAL TIME"},
      {"incidents", "supply late"},
      {"snapshot", "3 snapshots written"},
      {"", ""},
      {"chanel list", "did you mean \"channel list\"?"},
  };
  auto client = here.logged_in();
  for (const auto& [line, expected] : table) {
    CAPTURE(line);
    const auto answer = client.ask(line);
    CAPTURE(answer);
    CHECK(contains(answer, expected));
    CHECK(harmless(answer));
  }
  using actors::channel_order;
  std::vector<std::pair<engine::account_id, channel_order>> given;
  for (const auto order : {channel_order::activate, channel_order::pause, channel_order::resume,
                           channel_order::flush, channel_order::release_brake}) {
    given.emplace_back(fake_engine::shop, order);
  }
  CHECK(here.engine.orders() == given);
  CHECK(here.engine.snapshots == 1);
  client.send("quit\n");
  CHECK(contains(client.read_to_end(), "bye"));
}

TEST_CASE("lines sent ahead are answered one after the other, in their order") {
  served here;
  auto client = here.client();
  client.send("secret\nsku show MUG\nchannel pause eu\nsku show PLATE\nquit\n");
  const auto heard = client.read_to_end();
  const auto shown = heard.find("42"), paused = heard.find("paused"), unknown = heard.find("PLATE"),
             bye = heard.find("bye");
  REQUIRE(bye != std::string::npos);
  CHECK(shown < paused);
  CHECK(paused < unknown);
  CHECK(unknown < bye);
}

TEST_CASE("stock is shown when its answer is durable, not before") {
  served here;
  here.engine.answers_at_once = false;
  auto client = here.logged_in();
  client.send("sku show MUG\nhelp\n");
  const auto asked = here.engine.wait_for_submission();
  CHECK(std::get<engine::read_stock>(asked.asked.body).detail);
  here.engine.answer(asked, 17);
  const auto first = client.read_until(console_prompt);
  CHECK(contains(first, "17"));
  CHECK_FALSE(contains(first, "channel list"));
  CHECK(contains(client.read_until(console_prompt), "channel list"));
}

TEST_CASE("a question without an answer gives the console back, and its late answer is dropped") {
  served here{limits::console_login_timeout, std::chrono::milliseconds{200}};
  here.engine.answers_at_once = false;
  auto client = here.logged_in();
  CHECK(contains(client.ask("sku show MUG"), "no answer in time"));
  const auto late = here.engine.wait_for_submission();
  client.send("sku show MUG\n");
  const auto asked = here.engine.wait_for_submission();
  here.engine.answer(late, 17);
  here.engine.answer(asked, 18);
  const auto answer = client.read_until(console_prompt);
  CHECK(contains(answer, "available   18"));
  here.engine.answers_at_once = true;
  CHECK(contains(client.ask("sku show MUG"), "42"));
}

TEST_CASE("an engine that sheds load or drains says so") {
  served here;
  auto client = here.logged_in();
  here.engine.admits = actors::admission::overloaded;
  CHECK(contains(client.ask("sku show MUG"), "overloaded"));
  here.engine.admits = actors::admission::draining;
  CHECK(contains(client.ask("sku show MUG"), "shutting down"));
}

TEST_CASE("the answer of a client that has gone disturbs nobody") {
  served here;
  here.engine.answers_at_once = false;
  {
    auto gone = here.logged_in();
    gone.send("sku show MUG\n");
    const auto asked = here.engine.wait_for_submission();
    gone.close();
    here.engine.answer(asked, 17);
  }
  here.engine.answers_at_once = true;
  auto client = here.logged_in();
  CHECK(contains(client.ask("sku show MUG"), "42"));
}

TEST_CASE("shutdown happens only after the word") {
  served here;
  auto client = here.logged_in();
  CHECK(contains(client.ask("shutdown"), "type the word shutdown"));
  CHECK(contains(client.ask("yes"), "not shut down"));
  CHECK(here.engine.shutdowns == 0);
  CHECK(contains(client.ask("shutdown"), "type the word shutdown"));
  CHECK(contains(client.ask("shutdown"), "draining"));
  CHECK(contains(client.ask("status"), "state"));
  CHECK(here.engine.shutdowns == 1);
}
