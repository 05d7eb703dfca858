// The console over a real socket, with an engine of plain values behind it.
#include "actors/console.hpp"

#include "actors/console_command.hpp"
#include "engine/limits.hpp"
#include "tests/actors/console_client.hpp"
#include "tests/actors/console_fake.hpp"
#include "tests/catch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <random>

using namespace lockstep;
using namespace lockstep::tests;
using actors::console;
using actors::console_prompt;

namespace {

struct served {
  explicit served(std::chrono::milliseconds login = limits::console_login_timeout,
                  std::chrono::milliseconds answer = limits::console_answer_timeout,
                  std::chrono::milliseconds close = limits::console_close_timeout) {
    auto context = engine.context();
    context.login_timeout = login;
    context.answer_timeout = answer;
    context.close_timeout = close;
    open = *console::open(actors.system, std::move(context));
  }

  console_client client() const { return console_client{open->port()}; }

  console_client logged_in() const {
    auto made = client();
    made.log_in("secret");
    return made;
  }

  fake_engine engine;
  console_system actors;
  std::unique_ptr<console> open;
};

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// Control characters other than line feeds would steer the reader's terminal.
bool harmless(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\n' || (byte >= 0x20 && byte != 0x7F);
  });
}

struct tail_count {
  std::uint64_t shown = 0, dropped = 0;
};

// Reads "1,234 facts shown, 56 dropped" from the last line before the prompt.
tail_count end_of_tail(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), ','), text.end());
  const auto words = text.rfind(" facts shown ");
  REQUIRE(words != std::string::npos);
  const auto line = text.rfind('\n', words);
  tail_count count;
  REQUIRE(std::sscanf(text.c_str() + line + 1, "%lu facts shown %lu dropped", &count.shown, &count.dropped) ==
          2);
  return count;
}

// The server notices on its own time that a client has gone: asks again until there is a place, within a
// bound.
bool has_place(const served& here) {
  for (int attempts = 0; attempts < 10'000; ++attempts) {
    auto client = here.client();
    if (contains(client.read_until("\n"), "Token")) return true;
  }
  return false;
}

} // namespace

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
  here.engine.open_incidents.push_back({fake_engine::mug, {}});
  here.engine.differences.push_back({fake_engine::mug, engine::listing_id{1}, 5, 4, "one sold"});
  storage::batch batch{.number = 1, .facts = {mug_fact(1), mug_fact(2)}, .snapshots = {}, .records = {}};
  REQUIRE(here.engine.store->commit(batch).status == storage::commit_status::committed);

  const std::vector<std::pair<std::string, std::string>> table{
      {"help", "channel release-brake NAME"},
      {"status", "serving"},
      {"top", "12.5"},
      {"top 3", "MUG"},
      {"sku show MUG", "42"},
      {"sku history MUG", "order 1001"},
      {"sku history MUG 1", "2  "},
      {"sku release MUG", "MUG: released"},
      {"sku release MUG", "error: the SKU is not quarantined"},
      {"sku release PLATE", "no SKU has the code \"PLATE\""},
      {"sku show PLATE", "no SKU has the code \"PLATE\""},
      {"sku history PLATE", "no SKU has the code \"PLATE\""},
      {"channel list", "eu"},
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
      {"incidents", "MUG"},
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

TEST_CASE("tail shows facts as they are committed and ends with any line") {
  served here;
  auto client = here.logged_in();
  client.send("tail\n");
  client.read_until("Enter ends it\n");
  here.engine.commit({mug_fact(1), mug_fact(2)});
  const auto shown = client.read_until("v2 ") + client.read_until("\n");
  CHECK(contains(shown, "MUG"));
  CHECK(contains(shown, "ordered"));
  CHECK(contains(shown, "order 1001"));
  CHECK(contains(client.ask(""), "2 facts shown, 0 dropped"));
  here.engine.wait_for_listener(false);
  CHECK(contains(client.ask("status"), "state"));
}

TEST_CASE("nobody listens for facts any more when the tailing client has gone") {
  served here;
  {
    auto client = here.logged_in();
    client.send("tail\n");
    here.engine.wait_for_listener();
  }
  here.engine.wait_for_listener(false);
  CHECK(contains(here.logged_in().ask("status"), "state"));
}

TEST_CASE("a tail that is not read drops facts with a count, and every fact is shown or counted") {
  served here;
  console_client slow{here.open->port(), 4'096};
  slow.log_in("secret");
  slow.send("tail\n");
  slow.read_until("Enter ends it\n");

  constexpr std::uint64_t commits = 40, facts_per_commit = 2'000;
  engine::version version = 0;
  for (std::uint64_t i = 0; i < commits; ++i) {
    std::vector<storage::sku_fact> facts;
    for (std::uint64_t j = 0; j < facts_per_commit; ++j)
      facts.push_back(mug_fact(++version));
    here.engine.commit(std::move(facts));
  }
  // Another connection's answer proves that the console still serves.
  auto other = here.logged_in();
  CHECK(contains(other.ask("status"), "state"));

  slow.send("\n");
  const auto heard = slow.read_until(console_prompt);
  const auto count = end_of_tail(heard);
  CHECK(count.dropped > 0);
  CHECK(count.shown + count.dropped == commits * facts_per_commit);
  CHECK(heard.size() < 2 * limits::console_buffer_bytes_max + 8 * 1024 * 1024);

  // It has caught up: what comes now is shown again.
  slow.send("tail\n");
  slow.read_until("Enter ends it\n");
  here.engine.commit({mug_fact(++version)});
  slow.read_until("order 1001");
  CHECK(contains(slow.ask(""), "1 facts shown, 0 dropped"));
}

TEST_CASE("a tail that was slow hears how many facts it missed") {
  served here;
  console_client slow{here.open->port(), 4'096};
  slow.log_in("secret");
  slow.send("tail\n");
  slow.read_until("Enter ends it\n");
  engine::version version = 0;
  for (int i = 0; i < 200; ++i) {
    std::vector<storage::sku_fact> facts;
    for (int j = 0; j < 500; ++j)
      facts.push_back(mug_fact(++version));
    here.engine.commit(std::move(facts));
  }
  slow.read_until("facts dropped: this reader is slower than they come\n");
}

TEST_CASE("garbage is answered with harmless text") {
  served here;
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random{seed};
  auto client = here.logged_in();
  for (int i = 0; i < 200; ++i) {
    std::string line(random() % 200, '\0');
    for (auto& byte : line)
      byte = static_cast<char>(random());
    std::replace(line.begin(), line.end(), '\n', ' ');
    CHECK(harmless(client.ask(fmt::format("x{}", line)))); // never `tail`, which would not answer
  }
  CHECK_FALSE(contains(client.ask("\x1b[2Jhelp"), "\x1b"));
}

TEST_CASE("a line that is too long ends the connection, before and after the token") {
  served here;
  const std::string endless(limits::console_line_bytes_max + 1, 'x');
  auto stranger = here.client();
  stranger.send(endless);
  CHECK(contains(stranger.read_to_end(), "line too long"));

  auto client = here.logged_in();
  CHECK(contains(client.ask(endless.substr(1)), "unknown command"));
  client.send(endless);
  CHECK(contains(client.read_to_end(), "line too long"));
}

TEST_CASE("a client that floods a waiting console is sent away, and the console serves on") {
  served here;
  here.engine.answers_at_once = false;
  auto client = here.logged_in();
  client.send("sku show MUG\n");
  const auto asked = here.engine.wait_for_submission();
  std::string flood;
  while (flood.size() <= limits::console_ahead_bytes_max)
    flood += "bogus\n";
  client.send(flood);
  CHECK(contains(client.read_to_end(), "too much sent ahead"));
  here.engine.answer(asked, 17);
  CHECK(contains(here.logged_in().ask("help"), "sku show"));
}

TEST_CASE("a client that asks and never reads is sent away, and the console serves on") {
  served here{limits::console_login_timeout, limits::console_answer_timeout, std::chrono::milliseconds{20}};
  console_client deaf{here.open->port(), 4'096};
  deaf.log_in("secret");
  std::string questions;
  for (int i = 0; i < 1'000; ++i)
    questions += "help\n";
  // The server ends it by itself: sending fails at last, whatever the kernel holds in between.
  CHECK(deaf.send_until_refused(questions));
  CHECK(contains(here.logged_in().ask("help"), "sku show"));
}

TEST_CASE("a page of commands sent at once is answered whole when the answers are read") {
  served here;
  auto client = here.logged_in();
  std::string questions;
  constexpr int count = 10'000; // their answers are many times what is kept for a connection
  while (questions.size() < 5 * count)
    questions += "help\n";
  client.send(questions);
  int answers = 0;
  for (; answers < count; ++answers)
    client.read_until(console_prompt);
  CHECK(answers == count);
  CHECK(contains(client.ask("status"), "state"));
}

TEST_CASE("connections beyond the limit are told so, and a freed place is given again") {
  served here;
  std::vector<console_client> clients;
  for (std::size_t i = 0; i < limits::console_connections_max; ++i)
    clients.push_back(here.logged_in());
  for (int i = 0; i < 3; ++i) {
    auto refused = here.client();
    CHECK(contains(refused.read_to_end(), "too many console connections"));
  }
  for (auto& client : clients)
    CHECK(contains(client.ask("status"), "state"));
  clients.back().send("quit\n");
  clients.back().read_to_end();
  clients.pop_back();
  CHECK(has_place(here));
}

TEST_CASE("a client that neither reads nor closes loses its place all the same") {
  served here{limits::console_login_timeout, limits::console_answer_timeout, std::chrono::milliseconds{20}};
  console_client deaf{here.open->port(), 4'096};
  deaf.log_in("secret");
  deaf.send("tail\n");
  here.engine.wait_for_listener();
  // More than the kernel takes for a reader, so that the last words stay here.
  for (int i = 0; i < 200; ++i)
    here.engine.commit(std::vector<storage::sku_fact>(1'000, mug_fact(1)));
  deaf.send("\nquit\n"); // and the socket stays open

  std::vector<console_client> others;
  for (std::size_t i = 1; i < limits::console_connections_max; ++i)
    others.push_back(here.logged_in());
  CHECK(has_place(here));
}

TEST_CASE("closing the console ends every connection, also of clients that neither read nor close") {
  served here;
  auto idle = here.client();
  auto client = here.logged_in();
  console_client stuck{here.open->port(), 4'096};
  stuck.log_in("secret");
  stuck.send("tail\n");
  here.engine.wait_for_listener();
  for (int i = 0; i < 20; ++i)
    here.engine.commit(std::vector<storage::sku_fact>(1'000, mug_fact(1)));
  here.open->close();
  client.read_to_end();
  idle.read_to_end();
  here.engine.wait_for_listener(false);
}
