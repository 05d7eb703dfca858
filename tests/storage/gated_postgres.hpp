// A PostgreSQL store in a schema of its own, reached through a gate, and what the persistence actor does with
// it.
#pragma once

#include "storage/postgres/postgres_store.hpp"
#include "tests/storage/numbered_batches.hpp"
#include "tests/storage/postgres_server.hpp"
#include "tests/storage/tcp_gate.hpp"

#include <functional>

namespace lockstep::storage::samples {

struct gated_postgres {
  explicit gated_postgres(std::chrono::milliseconds answer_timeout = std::chrono::seconds{20},
                          postgres_server& of = postgres_server::shared())
      : server(of), gate(server.port()), schema(server.new_schema()), timeout(answer_timeout),
        opened(open()) {}

  [[nodiscard]] std::unique_ptr<store> open() const {
    auto made = open_postgres({.url = server.url(schema, gate.port()), .answer_timeout = timeout});
    REQUIRE(made);
    return std::move(*made);
  }

  // As another process would after this one.
  void reopen() {
    opened.reset();
    opened = open();
  }

  // What the persistence actor does with one batch: again when unavailable, look up when unknown. Gives back
  // the first verdict.
  commit_status deliver(
      const batch& content, const std::function<void()>& heal = [] {}) const {
    auto first = commit_status::committed;
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
      const auto done = opened->commit(content);
      if (done.status == commit_status::committed) return first;
      if (first == commit_status::committed) first = done.status;
      INFO(done.what);
      REQUIRE((done.status == commit_status::unavailable || done.status == commit_status::unknown));
      heal();
      if (done.status != commit_status::unknown) continue;
      auto found = opened->find_batch(content.number);
      for (int again = 0; !found && again < attempts_max; ++again)
        found = opened->find_batch(content.number);
      REQUIRE(found);
      if (*found) return first;
    }
    FAIL("the store does not commit any more");
    return first;
  }

  // Straight from the server: what another process would find. Number of batches, each whole and once.
  [[nodiscard]] std::int64_t batches_stored() const { return check_whole(ledger_of(*opened)); }

  // On a busy machine a session may be ended several times before it comes to its commit.
  static constexpr int attempts_max = 100;

  postgres_server& server;
  tcp_gate gate;
  const std::string schema;
  const std::chrono::milliseconds timeout;
  std::unique_ptr<store> opened;
};

} // namespace lockstep::storage::samples
