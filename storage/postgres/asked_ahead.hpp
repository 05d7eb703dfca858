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

  // Nothing: it failed, and is to be asked anew.
  [[nodiscard]] std::optional<rows> take() {
    if (!std::exchange(open_, false)) return std::nullopt;
    auto found = db_.take();
    if (!found) return std::nullopt;
    return std::move(*found);
  }

 private:
  connection& db_;
  bool open_;
};

} // namespace lockstep::storage::postgres
