#include "storage/postgres/server_url.hpp"

#include "engine/limits.hpp"

#include <fmt/format.h>

#include <libpq-fe.h>

#include <algorithm>
#include <memory>

namespace lockstep::storage::postgres {
namespace {

constexpr std::string_view hidden = "***";

// The text between user and host: the last @ before the path, because a password may hold an unescaped one.
void hide_user_password(std::string& url) {
  const auto begin = url.find("://");
  if (begin == url.npos) return;
  const auto authority = begin + 3;
  const auto at = url.substr(0, url.find('?', authority)).rfind('@');
  if (at == url.npos || at < authority) return;
  const auto colon = url.find(':', authority);
  if (colon < at) url.replace(colon + 1, at - colon - 1, hidden);
}

void hide_word(std::string& url, std::string_view name) {
  for (auto at = url.find(name); at != url.npos; at = url.find(name, at)) {
    at += name.size();
    const auto end = std::min(url.find_first_of("&#", at), url.size());
    url.replace(at, end - at, hidden);
  }
}

// libpq quotes what it does not understand, which may be the password.
std::string without_quotations(std::string_view text) {
  std::string kept;
  bool quoted = false;
  for (const char each : text) {
    if (each == '"') quoted = !quoted;
    if (!quoted && each != '"' && each != '\n') kept += each;
  }
  return kept;
}

// Whatever the server, the database or the role has set for everybody: a DBA's time-outs are meant for
// people. Of a statement's time: it would end a COMMIT's wait for a standby with success, and a read over a
// slow network. Of an idle session's: the writer's holds its lock. Of a transaction's: servers before 17 know
// none.
constexpr const char* no_time_outs = "SET statement_timeout = 0; SET idle_session_timeout = 0;"
                                     "SELECT set_config('transaction_timeout', '0', false)"
                                     " WHERE current_setting('transaction_timeout', true) IS NOT NULL;";

} // namespace

std::string without_password(std::string_view url) {
  std::string shown{url};
  hide_user_password(shown);
  hide_word(shown, "password="); // sslpassword= too
  return shown;
}

engine::result<void> check_url(const std::string& url) {
  const auto malformed = [&](std::string_view why) {
    return engine::make_error(
        engine::error_code::malformed,
        fmt::format("store '{}': {}; use postgresql://user@host/database", without_password(url), why));
  };
  // libpq would take the rest of the password for the host, and name it in errors.
  if (std::ranges::count(url.substr(0, url.find('?')), '@') > 1)
    return malformed("an @ in a user's name or password is written %40");
  char* why = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed{
      PQconninfoParse(url.c_str(), &why), PQconninfoFree};
  const std::unique_ptr<char, decltype(&PQfreemem)> owned{why, PQfreemem};
  if (!parsed) return malformed(without_quotations(why != nullptr ? why : "out of memory"));
  return {};
}

// Keepalives and TCP's own time-out end a connection whose other end has vanished; the deadlines of
// `connection` end one whose other end is there and silent.
connect_words::connect_words(const std::string& url, bool for_writing)
    : connect_timeout_(fmt::format("{}", std::chrono::seconds{limits::store_connect_timeout}.count())),
      answer_timeout_(fmt::format("{}", std::chrono::milliseconds{limits::store_answer_timeout}.count())) {
  const std::pair<const char*, const char*> words[]{
      {"connect_timeout", connect_timeout_.c_str()},
      {"keepalives_idle", "10"},
      {"keepalives_interval", "5"},
      {"keepalives_count", "3"},
      {"tcp_user_timeout", answer_timeout_.c_str()},
      {"application_name", "lockstep"},
      {"dbname", url.c_str()},
      {"client_encoding", "UTF8"},
      // A standby is behind: readers go to the primary too, but may when it takes no writes.
      {"target_session_attrs", for_writing ? "read-write" : "primary"},
  };
  for (const auto& [name, value] : words) {
    names_.push_back(name);
    values_.push_back(value);
  }
  names_.push_back(nullptr);
  values_.push_back(nullptr);
}

std::string session_settings(bool for_writing, std::chrono::milliseconds answer_timeout) {
  using std::chrono::milliseconds;
  // Shorter than an answer, so that the server can still say what it waited for.
  const auto lock_timeout = std::min<milliseconds>(answer_timeout / 2, limits::store_lock_timeout);
  const auto settings =
      no_time_outs + fmt::format("SET lock_timeout = {};"
                                 "SET idle_in_transaction_session_timeout = {};"
                                 "SET default_transaction_isolation = 'read committed';"
                                 "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5;"
                                 "SET tcp_keepalives_count = 3; SET jit = off;",
                                 lock_timeout.count(),
                                 milliseconds{limits::store_open_transaction_max}.count());
  // Committed means durable, whatever the server's or role's default; remote_apply says even more.
  if (for_writing)
    return settings + "SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit')"
                      " WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false)";
  // Every query of a reader has an index; a table without statistics must not talk the planner out of it, nor
  // into workers, whose processes cost more than a piece of a scan.
  return settings + "SET default_transaction_read_only = on; SET enable_seqscan = off; SET work_mem = '64MB';"
                    "SET max_parallel_workers_per_gather = 0";
}

} // namespace lockstep::storage::postgres
