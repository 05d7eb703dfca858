// A place for a PostgreSQL store: a schema of its own on the server that tests share, and ways to look into
// it.
#pragma once

#include "tests/storage/postgres_server.hpp"

#include "storage/postgres/connection.hpp"
#include "storage/postgres/postgres_store.hpp"

#include <fmt/format.h>

#include <string>

template <class T>
struct Catch::StringMaker<boost::system::result<T, lockstep::storage::postgres::failure>> {
  static std::string convert(const boost::system::result<T, lockstep::storage::postgres::failure>& shown) {
    return shown ? "success" : shown.error().what.what;
  }
};

namespace lockstep::storage::samples {

struct postgres_place {
  postgres_place() : schema(server.new_schema()) {}

  [[nodiscard]] std::string url(const std::string& role = "lockstep") const {
    return server.url(schema, server.port(), role);
  }

  [[nodiscard]] result<std::unique_ptr<store>>
  open(const std::optional<postgres::archive_options>& archive = std::nullopt,
       const std::string& role = "lockstep") const {
    return open_within(std::chrono::seconds{10}, archive, role);
  }

  // With a deadline of its own, for who waits for a lock: half of it.
  [[nodiscard]] result<std::unique_ptr<store>>
  open_within(std::chrono::milliseconds answer_timeout,
              const std::optional<postgres::archive_options>& archive = std::nullopt,
              const std::string& role = "lockstep") const {
    return open_postgres({.url = url(role), .answer_timeout = answer_timeout, .archive = archive});
  }

  // As the superuser.
  std::string ask(const std::string& sql) const {
    return server.ask(fmt::format("SET search_path = {}; {}", schema, sql));
  }

  [[nodiscard]] postgres::connection session(const std::string& role = "lockstep") const {
    auto opened =
        postgres::connection::open(url(role), postgres::connection::purpose::write, std::chrono::seconds{5});
    REQUIRE(opened);
    return std::move(*opened);
  }

  // SQLSTATE of a statement that must fail.
  [[nodiscard]] std::string refusal(const std::string& sql, const std::string& role = "lockstep") const {
    auto opened = session(role);
    const auto done = opened.execute(sql);
    INFO(sql);
    REQUIRE_FALSE(done);
    return done.error().sqlstate;
  }

  // Until a query's first value is the wanted one; 20 s are longer than anything here takes.
  void wait_for(const std::string& sql, const std::string& wanted) const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    auto found = ask(sql);
    while (found != wanted && std::chrono::steady_clock::now() < until)
      found = ask(sql);
    INFO(sql);
    REQUIRE(found == wanted);
  }

  postgres_server& server = postgres_server::shared();
  std::string schema;
};

} // namespace lockstep::storage::samples
