// A question whose answer is fetched later: the server works on it while we do on something else.
#pragma once

#include "storage/postgres/connection.hpp"

#include <optional>
#include <tuple>
#include <utility>

namespace lockstep::storage::postgres {

// The connection is free again when this is gone.
class asked_ahead {
 public:
  asked_ahead(connection& db, const statement& query, const parameters& given)
      : db_(db), open_(db.queue(query, given).has_value()) {}

  ~asked_ahead() {
    if (open_) std::ignore = db_.take();
  }

  asked_ahead(const asked_ahead&) = delete;
  asked_ahead& operator=(const asked_ahead&) = delete;

  // Nothing: it failed, and is to be asked anew. A missed deadline is an answer: to ask anew would miss
  // another.
  [[nodiscard]] std::optional<answer<rows>> take() {
    if (!std::exchange(open_, false)) return std::nullopt;
    auto found = db_.take();
    if (!found && !db_.timed_out()) return std::nullopt;
    return found;
  }

 private:
  connection& db_;
  bool open_;
};

} // namespace lockstep::storage::postgres
