// What we ask of a PostgreSQL server, whichever URL leads to it:
// `postgresql://user@host,host/database?key=word`, with libpq's own key words (sslmode, passfile,
// connect_timeout, options, ...).
#pragma once

#include "engine/error.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::storage::postgres {

// `url` with its passwords taken out: fit for errors and logs.
[[nodiscard]] std::string without_password(std::string_view url);

// malformed: libpq cannot read it.
[[nodiscard]] engine::result<void> check_url(const std::string& url);

// Key words for PQconnectdbParams(). Those before the URL can be changed by it, those after cannot. Lives no
// longer than the URL.
class connect_words {
 public:
  connect_words(const std::string& url, bool for_writing);

  [[nodiscard]] const char* const* names() const { return names_.data(); }

  [[nodiscard]] const char* const* values() const { return values_.data(); }

 private:
  std::string connect_timeout_;
  std::string answer_timeout_;
  std::vector<const char*> names_;
  std::vector<const char*> values_;
};

// The first statements of every session.
[[nodiscard]] std::string session_settings(bool for_writing, std::chrono::milliseconds answer_timeout);

} // namespace lockstep::storage::postgres
