#include "storage/open_store.hpp"

#include "storage/memory/memory_store.hpp"
#include "storage/postgres/postgres_store.hpp"
#include "storage/postgres/server_url.hpp"
#include "storage/sqlite/sqlite_store.hpp"

#include <fmt/format.h>

namespace lockstep::storage {
namespace {

constexpr std::string_view sqlite_scheme = "sqlite:";

error not_a_store(std::string_view url, std::string_view why) {
  return engine::make_error(engine::error_code::malformed,
                            fmt::format("store '{}': {}; use sqlite:///absolute/path, sqlite:relative/path,"
                                        " postgresql://user@host/database or memory:",
                                        postgres::without_password(url), why));
}

result<std::unique_ptr<store>> open_file(std::string_view url) {
  auto path = url.substr(sqlite_scheme.size());
  if (path.starts_with("//")) {
    path.remove_prefix(2);
    if (!path.starts_with('/')) return not_a_store(url, "a host name means nothing to SQLite");
  }
  if (path.empty()) return not_a_store(url, "the path is missing");
  if (path.find('\0') != path.npos) return not_a_store("sqlite:", "the path holds a NUL");
  return open_sqlite({.path = std::string{path}});
}

} // namespace

result<std::unique_ptr<store>> open_store(std::string_view url) {
  if (url == "memory:") return open_memory(make_memory());
  if (url.starts_with(sqlite_scheme)) return open_file(url);
  if (url.starts_with("postgresql://")) return open_postgres({.url = std::string{url}});
  return not_a_store(url, "this program knows no such store");
}

bool has_password(std::string_view url) {
  return postgres::without_password(url) != url;
}

} // namespace lockstep::storage
