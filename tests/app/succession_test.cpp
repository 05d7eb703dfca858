// Two daemons and one store: the second is kept out while the first lives, though it stands still; one that
// lost its place while it stood still commits nothing when it wakes.
#include "tests/app/served_engine.hpp"
#include "tests/storage/postgres_server.hpp"

#include <filesystem>

using namespace lockstep;
using namespace lockstep::tests;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using storage::samples::postgres_server;

namespace {

// A store, and how somebody takes it from a process that stands still.
struct contested_store {
  explicit contested_store(bool postgres)
      : schema(postgres ? server.new_schema() : ""),
        here(postgres ? server.url(schema, server.port()) : std::string{}) {}

  [[nodiscard]] std::string refusal() const {
    return schema.empty() ? "is held by process" : "the store is held by server process";
  }

  // A person who believes that the first has ended: its session, or the file that says that it lives.
  void take_away() {
    if (schema.empty())
      std::filesystem::remove(here.folder().path("lockstep.db.lock"));
    else
      server.ask("SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'"
                 " AND classid = 1280005972 AND objid = '" +
                 schema + "'::regnamespace");
  }

  postgres_server& server = postgres_server::shared();
  std::string schema;
  installation here;
};

void check_kept_out(const contested_store& store) {
  background_program second{store.here.run_words()};
  CHECK(second.wait() == 69);
  CHECK_THAT(second.log(), Contains("\"id\":\"start-failed\"") && Contains(store.refusal()));
}

} // namespace

TEST_CASE("a second engine is kept out in words while the first lives, and while it stands still") {
  const contested_store store{GENERATE(false, true)};
  served_engine first{store.here};
  first.stock("A", 5);
  check_kept_out(store);
  first.program().signal(SIGSTOP);
  check_kept_out(store);
  first.program().signal(SIGCONT);
  CHECK(first.receive("A", 5, "after").status == 201);
  CHECK(first.figure("A", "available") == 10);
  first.program().signal(SIGKILL);
  CHECK(first.program().wait() == -SIGKILL);
  served_engine second{store.here};
  CHECK(second.figure("A", "available") == 10);
  second.stop();
}

TEST_CASE(
    "an engine that stood still while another took its place commits nothing, says so and ends with 75") {
  contested_store store{GENERATE(false, true)};
  served_engine first{store.here};
  first.stock("A", 5);
  first.program().signal(SIGSTOP);
  // It will find these as soon as it wakes: a fact, and a record.
  auto fact = first.connect();
  fact.send(first.text("POST", "/v1/receipts", R"({"sku":"A","units":100})", "too late"));
  auto record = first.connect();
  record.send(first.text("PUT", "/v1/products/LATE", "{}"));
  store.take_away();

  served_engine second{store.here};
  CHECK(second.receive("A", 2, "rightful").status == 201);
  first.program().signal(SIGCONT);
  CHECK(first.program().wait() == 75);
  CHECK_THAT(first.program().log(), Contains("another process has taken the store over"));
  CHECK(fact.read().status / 100 != 2);
  CHECK(record.read().status / 100 != 2);

  CHECK(second.receive("A", 3, "still here").status == 201);
  CHECK(second.receive("A", 100, "too late").status == 201); // told again, to the one that counts
  second.program().signal(SIGKILL);
  CHECK(second.program().wait() == -SIGKILL);
  served_engine third{store.here};
  CHECK(third.figure("A", "available") == 110);
  CHECK(third.figure("A", "version") == 4);
  CHECK(third.ask("GET", "/v1/products/LATE").status == 404);
  third.stop();
}
