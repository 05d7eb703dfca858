// The console on a real node over a memory store whose commits a test can hold back.
#include "actors/console_command.hpp"
#include "actors/node.hpp"
#include "storage/memory/memory_store.hpp"
#include "tests/actors/console_client.hpp"
#include "tests/catch.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>

using namespace lockstep;
using namespace lockstep::tests;
using actors::console_prompt;

namespace {

// Commits pass while it is open.
class gate {
 public:
  void set_open(bool open) {
    const std::lock_guard held{lock_};
    open_ = open;
    changed_.notify_all();
  }

  // On the persistence thread.
  void pass() {
    std::unique_lock held{lock_};
    ++waiting_;
    changed_.notify_all();
    changed_.wait(held, [this] { return open_; });
    --waiting_;
  }

  void wait_until_somebody_waits() {
    std::unique_lock held{lock_};
    if (!changed_.wait_for(held, std::chrono::seconds{20}, [this] { return waiting_ > 0; })) {
      throw std::runtime_error{"no commit came"};
    }
  }

 private:
  std::mutex lock_;
  std::condition_variable changed_;
  bool open_ = true;
  int waiting_ = 0;
};

class gated_store final : public storage::store {
 public:
  gated_store(std::unique_ptr<storage::store> below, gate& commits)
      : below_(std::move(below)), commits_(commits) {}

  storage::epoch current_epoch() const override { return below_->current_epoch(); }

  storage::commit_result commit(const storage::batch& content) override {
    commits_.pass();
    return below_->commit(content);
  }

  storage::result<bool> find_batch(storage::batch_number number) override {
    return below_->find_batch(number);
  }

  storage::result<std::unique_ptr<storage::reader>> open_reader() override { return below_->open_reader(); }

 private:
  std::unique_ptr<storage::store> below_;
  gate& commits_;
};

struct running_engine {
  running_engine() {
    actors::node_options options;
    options.fatal = [](int, const std::string&) {};
    auto store = std::make_unique<gated_store>(storage::open_memory(storage::make_memory()), commits);
    node = *actors::node::start(std::move(options), std::move(store));
    engine::product mug{.id = engine::sku_id{1}, .code = "MUG", .title = "A mug", .identifiers = {}};
    REQUIRE(node->record({mug}, {}).has_value());
    port = *node->open_console("127.0.0.1", 0, "secret", [this] { ++shutdowns; });
  }

  void receive(engine::quantity units) {
    actors::submission asked;
    asked.sku = engine::sku_id{1};
    asked.asked.body = engine::receive{.location = engine::main_location, .units = units, .note = "delivery"};
    REQUIRE(node->submit(std::move(asked)) == actors::admission::accepted);
  }

  console_client client() const {
    console_client made{port};
    made.log_in("secret");
    return made;
  }

  gate commits;
  std::atomic<int> shutdowns{0};
  std::unique_ptr<actors::node> node;
  std::uint16_t port = 0;
};

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("the console shows what a node holds") {
  running_engine engine;
  engine.receive(12'345);
  auto client = engine.client();
  CHECK(contains(client.ask("sku show MUG"), "12,345"));
  const auto history = client.ask("sku history MUG");
  CHECK(contains(history, "received"));
  CHECK(contains(history, "+12,345"));
  CHECK(contains(client.ask("status"), "accepting     yes"));
  const auto actors = client.ask("actors");
  CHECK(contains(actors, "sku              1        0\n"));
  CHECK(contains(actors, "persistence      1        0\n"));
  CHECK(contains(actors, "credits            0 of "));
  const auto journal = client.ask("journal");
  CHECK(contains(journal, "0 entries, the oldest for 0 us\n"));
  CHECK_FALSE(contains(journal, "last commit          never\n"));
  CHECK(contains(client.ask("incidents"), "no open incidents"));
  CHECK(contains(client.ask("channel list"), "no channels"));
  CHECK(contains(client.ask("tiers"), "no channels"));
  CHECK(contains(client.ask("snapshot"), "1 snapshots written"));
  CHECK(contains(client.ask("snapshot"), "0 snapshots written"));
  CHECK_FALSE(contains(client.ask("top"), "error"));
}

TEST_CASE("nothing is shown before it is durable") {
  running_engine engine;
  engine.receive(10);
  auto tailing = engine.client();
  tailing.send("tail\n");
  tailing.read_until("Enter ends it\n");
  auto asking = engine.client();
  CHECK(contains(asking.ask("sku show MUG"), "10"));
  auto watching = engine.client();
  CHECK(contains(watching.ask("sku history MUG"), "+10"));

  engine.commits.set_open(false);
  engine.receive(7);
  engine.commits.wait_until_somebody_waits();
  asking.send("sku show MUG\n");
  const auto history = watching.ask("sku history MUG");
  CHECK(contains(history, "+10"));
  CHECK_FALSE(contains(history, "+7"));
  CHECK_FALSE(asking.has_heard(console_prompt));
  CHECK_FALSE(tailing.has_heard("+7"));

  engine.commits.set_open(true);
  CHECK(contains(asking.read_until(console_prompt), "17"));
  CHECK(contains(tailing.read_until("+7"), "received"));
  CHECK(contains(watching.ask("sku history MUG"), "+7"));
}

TEST_CASE("shutdown at the console asks main, and the node drains with clients connected") {
  running_engine engine;
  engine.receive(1);
  auto client = engine.client();
  auto idle = engine.client();
  client.ask("shutdown");
  CHECK(contains(client.ask("shutdown"), "draining"));
  CHECK(engine.shutdowns == 1);
  CHECK(engine.node->drain(std::chrono::seconds{20}));
  client.read_to_end();
  idle.read_to_end();
}
