// What a client may ask of the console, and what happens to one that asks for more.
#include "actors/console_command.hpp"
#include "tests/actors/console_rig.hpp"
#include "tests/catch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using namespace lockstep;
using namespace lockstep::tests;
using actors::console_prompt;

namespace {

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
