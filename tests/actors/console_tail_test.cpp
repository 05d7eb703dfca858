// Facts shown as they are committed, to readers that may be slow.
#include "actors/console_command.hpp"
#include "tests/actors/console_rig.hpp"
#include "tests/catch.hpp"

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

using namespace lockstep;
using namespace lockstep::tests;
using actors::console_prompt;

namespace {

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

} // namespace

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
