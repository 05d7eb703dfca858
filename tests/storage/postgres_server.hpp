// A PostgreSQL server of our own: made in a temporary folder, reached through 127.0.0.1 and a Unix socket
// there, gone with this process however that ends.
#pragma once

#include "tests/storage/samples.hpp"
#include "tests/storage/small_disk.hpp"

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

namespace lockstep::storage::samples {

class postgres_server {
 public:
  struct options {
    std::vector<std::string> settings{}; // "name=value" each; they win over those that all servers get
    const small_disk* disk = nullptr;    // where it keeps its data, or
    bool only_log_on_disk = false;       // nothing but its write-ahead log, in segments of a megabyte
  };

  explicit postgres_server(options chosen);

  postgres_server() : postgres_server(options{}) {}

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

  // A session of a tool or a person, as the superuser.
  using connection = std::unique_ptr<PGconn, void (*)(PGconn*)>;
  [[nodiscard]] connection connect(const std::string& user = "postgres") const;

  // What libpq needs to reach a database, as does --dbname of the server's programs.
  [[nodiscard]] std::string local_words(const std::string& database = "lockstep",
                                        const std::string& user = "postgres") const;

  enum class stop_mode { fast, immediate };
  void stop(stop_mode mode);
  // Asks for an end without a last word, and does not wait for it. From any thread.
  void crash() const;
  void start();
  // It lets people in.
  [[nodiscard]] bool responds() const;
  [[nodiscard]] std::string log() const;
  // The program has ended by itself.
  [[nodiscard]] bool gave_up();

  // A new database of the lockstep role, and a store's URL in a schema of it.
  void make_database(const std::string& name);
  [[nodiscard]] std::string url_in(const std::string& database, const std::string& schema) const;

  // A file that the server's programs may write.
  [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }

  // One of the server's programs, to its end; fails the test when that is not 0.
  void run_tool(const std::string& name, std::vector<std::string> words) const;

 private:
  struct close {
    void operator()(PGconn* handle) const { PQfinish(handle); }
  };

  void wait_until_ready() const;
  [[nodiscard]] pid_t run(std::vector<std::string> words, const std::string& log) const;
  [[nodiscard]] std::string data_folder() const;

  const options chosen_;
  temporary_folder folder_;
  std::unique_ptr<PGconn, close> admin_;
  int port_ = 0;
  pid_t process_ = -1;
  int schemas_ = 0;
};

} // namespace lockstep::storage::samples
