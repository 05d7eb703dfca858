// A PostgreSQL server of our own: made in a temporary folder, reached through 127.0.0.1 and a Unix socket
// there, gone with this process however that ends.
#pragma once

#include "tests/storage/samples.hpp"

#include <libpq-fe.h>

#include <memory>
#include <string>

#include <sys/types.h>

namespace lockstep::storage::samples {

class postgres_server {
 public:
  postgres_server();
  ~postgres_server();
  postgres_server(const postgres_server&) = delete;
  postgres_server& operator=(const postgres_server&) = delete;

  // The one that tests share; started when first asked for.
  static postgres_server& shared();

  // A store's URL in a new schema of the shared database, through `port` when a gate stands between. `user`
  // must exist.
  [[nodiscard]] std::string url(const std::string& schema, int port,
                                const std::string& user = "lockstep") const;

  [[nodiscard]] int port() const { return port_; }

  // A schema nobody has used, for `user`.
  std::string new_schema(const std::string& user = "lockstep");

  // As the superuser, statement by statement; the first value of the last one's rows. Fails the test on an
  // error.
  std::string ask(const std::string& sql, const std::string& database = "lockstep");

  enum class stop_mode { fast, immediate };
  void stop(stop_mode mode);
  void start();

 private:
  void wait_until_ready() const;

  struct close {
    void operator()(PGconn* handle) const { PQfinish(handle); }
  };

  temporary_folder folder_;
  std::unique_ptr<PGconn, close> admin_;
  int port_ = 0;
  pid_t process_ = -1;
  int schemas_ = 0;
};

} // namespace lockstep::storage::samples
