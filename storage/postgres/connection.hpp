// libpq with owners, errors and deadlines: one connection, used by one thread. Nothing here waits longer than
// the answer time-out while not a byte moves, either way: a slow network is none that is silent. A connection
// that missed that deadline, or was lost, is broken for good.
#pragma once

#include "engine/error.hpp"
#include "engine/types.hpp"

#include <libpq-fe.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::storage::postgres {

using engine::error;
using engine::result;

// Values for $1, $2, ... in order.
class parameters {
 public:
  parameters& add(std::int64_t number);
  parameters& add(std::string text); // without NUL
  parameters& add_bytes(std::string bytes);
  parameters& add_null();
  parameters& add(const std::optional<std::int64_t>& number) { return number ? add(*number) : add_null(); }

  template <class... Values>
  static parameters of(Values&&... values) {
    parameters made;
    (made.add(std::forward<Values>(values)), ...);
    return made;
  }

 private:
  friend class connection;
  struct wire_form;

  struct value {
    std::optional<std::string> text;
    bool binary = false;
  };

  std::vector<value> values_;
};

// What a statement answered: rows in binary form, columns from 0.
class rows {
 public:
  explicit rows(PGresult* answered) : answered_(answered) {}

  [[nodiscard]] int size() const { return PQntuples(answered_.get()); }

  [[nodiscard]] bool is_null(int row, int column) const {
    return PQgetisnull(answered_.get(), row, column) == 1;
  }

  // 2, 4 or 8 bytes, or a boolean; 0 for NULL.
  [[nodiscard]] std::int64_t integer(int row, int column) const;
  // Text or bytes; empty for NULL. Valid as long as this.
  [[nodiscard]] std::string_view text(int row, int column) const;

  [[nodiscard]] PGresult* handle() const { return answered_.get(); }

 private:
  struct clear {
    void operator()(PGresult* answered) const { PQclear(answered); }
  };

  std::unique_ptr<PGresult, clear> answered_;
};

struct statement {
  const char* name;
  const char* sql;
};

// What went wrong, and whether the server said so and lives on: then the transaction is rolled back for
// certain.
struct failure {
  error what;
  std::string sqlstate; // empty: nothing was heard
  bool told_by_server = false;
};

template <class T>
using answer = boost::system::result<T, failure>;

[[noreturn]] inline void throw_exception_from_error(const failure& failed,
                                                    const boost::source_location& where) {
  engine::throw_exception_from_error(failed.what, where);
}

class connection {
 public:
  enum class purpose { write, read };

  // Tries the URL's hosts in turn. unavailable: none let us in; malformed: no such URL; refused: a server or
  // database that cannot hold a store.
  [[nodiscard]] static result<connection> open(const std::string& url, purpose wanted,
                                               std::chrono::milliseconds answer_timeout);

  // False: it was lost or missed a deadline; open another.
  [[nodiscard]] bool usable() const;

  [[nodiscard]] bool timed_out() const { return timed_out_; }

  // For a statement that takes as long as the tables are large.
  void set_answer_timeout(std::chrono::milliseconds answer_timeout) { answer_timeout_ = answer_timeout; }

  [[nodiscard]] int server_process() const { return PQbackendPID(handle_.get()); }

  [[nodiscard]] int socket() const { return PQsocket(handle_.get()); }

  [[nodiscard]] answer<void> prepare(std::span<const statement> statements);
  [[nodiscard]] answer<rows> run(const statement& prepared, const parameters& values);

  // Its two halves: queue() outside of begin_queue() sends, and this waits for the answer.
  [[nodiscard]] answer<rows> take() { return drain(); }

  // One statement, not prepared.
  [[nodiscard]] answer<rows> ask(const char* sql, const parameters& values = {});
  // Statements without parameters, separated by semicolons; their rows are dropped.
  [[nodiscard]] answer<void> execute(const std::string& sql);

  // Several prepared statements, answered together: begin, queue any number, finish. The first failure is
  // told.
  [[nodiscard]] answer<void> begin_queue();
  [[nodiscard]] answer<void> queue(const statement& prepared, const parameters& values);
  [[nodiscard]] answer<void> finish_queue();

  // COPY: `sql` ends in a COPY FROM STDIN, perhaps with statements after it. Then chunks, then the end, and
  // the answer to all of it. After a failure there is nothing to end.
  [[nodiscard]] answer<void> begin_copy(const std::string& sql);
  [[nodiscard]] answer<void> copy(std::string_view bytes);
  [[nodiscard]] answer<void> end_copy();

 private:
  struct close {
    void operator()(PGconn* handle) const { PQfinish(handle); }
  };

  connection(PGconn* handle, std::chrono::milliseconds answer_timeout)
      : handle_(handle), answer_timeout_(answer_timeout) {}

  // Until bytes may be read, or written.
  [[nodiscard]] answer<void> wait(bool also_writable);
  [[nodiscard]] answer<void> flush();
  // Null after the last one.
  [[nodiscard]] answer<rows> next();
  // Everything that is still to come; the last rows, or the first failure.
  [[nodiscard]] answer<rows> drain();
  [[nodiscard]] answer<void> lost();
  [[nodiscard]] failure judge(const rows& answered);

  std::unique_ptr<PGconn, close> handle_;
  std::chrono::milliseconds answer_timeout_;
  bool timed_out_ = false;
};

} // namespace lockstep::storage::postgres
