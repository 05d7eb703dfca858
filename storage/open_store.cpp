#include "storage/open_store.hpp"

#include "storage/memory/memory_store.hpp"
#include "storage/migrate_store.hpp"
#include "storage/postgres/postgres_store.hpp"
#include "storage/postgres/server_url.hpp"
#include "storage/sqlite/sqlite_store.hpp"

#include <fmt/format.h>

namespace lockstep::storage {
namespace {

constexpr std::string_view sqlite_scheme = "sqlite:";
constexpr std::string_view postgres_scheme = "postgresql://";

error not_a_store(std::string_view url, std::string_view why) {
  return engine::make_error(engine::error_code::malformed,
                            fmt::format("store '{}': {}; use sqlite:///absolute/path, sqlite:relative/path,"
                                        " postgresql://user@host/database or memory:",
                                        postgres::without_password(url), why));
}

// The path of `sqlite:` and what may follow it.
result<std::string> path_of(std::string_view url) {
  auto path = url.substr(sqlite_scheme.size());
  if (path.starts_with("//")) {
    path.remove_prefix(2);
    if (!path.starts_with('/')) return not_a_store(url, "a host name means nothing to SQLite");
  }
  if (path.empty()) return not_a_store(url, "the path is missing");
  if (path.find('\0') != path.npos) return not_a_store("sqlite:", "the path holds a NUL");
  return std::string{path};
}

} // namespace

result<std::unique_ptr<store>> open_store(std::string_view url, const store_options& options) {
  if (url == "memory:") return open_memory(make_memory());
  if (url.starts_with(sqlite_scheme)) {
    auto path = path_of(url);
    if (!path) return path.error();
    return open_sqlite({.path = std::move(*path), .must_exist = options.must_exist});
  }
  if (url.starts_with(postgres_scheme)) {
    postgres_options settings{.url = std::string{url}, .must_exist = options.must_exist};
    if (options.archive_after) settings.archive = postgres::archive_options{.after = *options.archive_after};
    return open_postgres(settings);
  }
  return not_a_store(url, "this program knows no such store");
}

result<std::vector<schema_step>> read_schema(std::string_view url) {
  if (url.starts_with(postgres_scheme)) return read_postgres_schema(std::string{url});
  if (!url.starts_with(sqlite_scheme)) return not_a_store(url, "it has no schema");
  const auto path = path_of(url);
  if (!path) return path.error();
  return read_sqlite_schema(*path);
}

result<void> migrate_store(std::string_view url, const std::string& writer) {
  if (url.starts_with(postgres_scheme)) return migrate_postgres(std::string{url}, writer);
  if (!writer.empty())
    return engine::make_error(engine::error_code::malformed,
                              fmt::format("{}: only PostgreSQL has roles", postgres::without_password(url)));
  const auto opened = open_store(url);
  if (!opened) return opened.error();
  return {};
}

bool has_password(std::string_view url) {
  return postgres::without_password(url) != url;
}

} // namespace lockstep::storage
