#include "storage/sqlite/pending_facts.hpp"

#include <algorithm>
#include <new>

namespace lockstep::storage::sqlite {
namespace {

// In the order of the table `fact`.
enum column : int {
  row,
  sku,
  version,
  previous,
  epoch,
  batch,
  at,
  late,
  kind,
  location,
  account,
  units,
  value,
  available,
  expires_at,
  reservation,
  key,
  content,
  reference,
  note
};

constexpr const char* declaration =
    "CREATE TABLE pending_fact (row, sku, version, previous, epoch, batch, at, late, kind, location, account,"
    " units, value, available, expires_at, reservation, key, content, reference, note)";

struct table : sqlite3_vtab {
  pending_facts* source = nullptr;
};

struct cursor : sqlite3_vtab_cursor {
  pending_facts* source = nullptr;
  std::size_t position = 0;
};

cursor& self(sqlite3_vtab_cursor* base) {
  return *static_cast<cursor*>(base);
}

bool at_end(const cursor& at) {
  return at.position == at.source->facts.size();
}

void note_time(cursor& at) {
  if (!at_end(at)) at.source->latest = std::max(at.source->latest, at.source->facts[at.position].fact.at);
}

int connect(sqlite3* db, void* source, int, const char* const*, sqlite3_vtab** made, char**) {
  auto* opened = new (std::nothrow) table{};
  if (!opened) return SQLITE_NOMEM;
  opened->source = static_cast<pending_facts*>(source);
  *made = opened;
  return sqlite3_declare_vtab(db, declaration);
}

int disconnect(sqlite3_vtab* base) {
  delete static_cast<table*>(base);
  return SQLITE_OK;
}

// The one plan there is: from the first fact to the last.
int plan(sqlite3_vtab*, sqlite3_index_info*) {
  return SQLITE_OK;
}

int open_cursor(sqlite3_vtab* base, sqlite3_vtab_cursor** made) {
  auto* opened = new (std::nothrow) cursor{};
  if (!opened) return SQLITE_NOMEM;
  opened->source = static_cast<table*>(base)->source;
  *made = opened;
  return SQLITE_OK;
}

int close_cursor(sqlite3_vtab_cursor* base) {
  delete static_cast<cursor*>(base);
  return SQLITE_OK;
}

int rewind_cursor(sqlite3_vtab_cursor* base, int, const char*, int, sqlite3_value**) {
  self(base).position = 0;
  note_time(self(base));
  return SQLITE_OK;
}

int next(sqlite3_vtab_cursor* base) {
  ++self(base).position;
  note_time(self(base));
  return SQLITE_OK;
}

int is_at_end(sqlite3_vtab_cursor* base) {
  return at_end(self(base)) ? 1 : 0;
}

int row_id(sqlite3_vtab_cursor* base, sqlite3_int64* id) {
  *id = static_cast<sqlite3_int64>(self(base).position);
  return SQLITE_OK;
}

void answer(sqlite3_context* to, std::int64_t number) {
  sqlite3_result_int64(to, number);
}

void answer(sqlite3_context* to, engine::time_point time) {
  sqlite3_result_int64(to, time.time_since_epoch().count());
}

// Nil is NULL. The batch outlives the statement, so nothing is copied.
void answer(sqlite3_context* to, const engine::uuid& id) {
  if (id.is_nil())
    sqlite3_result_null(to);
  else
    sqlite3_result_blob(to, id.data, static_cast<int>(id.size()), SQLITE_STATIC);
}

void answer(sqlite3_context* to, const std::string& text) {
  sqlite3_result_text64(to, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

int read_column(sqlite3_vtab_cursor* base, sqlite3_context* to, int number) {
  const auto& at_row = self(base);
  const auto& source = *at_row.source;
  const auto& [of, fact] = source.facts[at_row.position];
  switch (number) {
  case row: break; // NULL: SQLite takes the next row number
  case sku: answer(to, static_cast<std::int64_t>(of)); break;
  case version: answer(to, fact.version); break;
  case previous: answer(to, source.previous[at_row.position]); break;
  case epoch: answer(to, source.epoch); break;
  case batch: answer(to, source.batch); break;
  case at: answer(to, fact.at); break;
  case late: answer(to, (source.latest - fact.at).count()); break;
  case kind: answer(to, static_cast<std::int64_t>(fact.kind)); break;
  case location: answer(to, static_cast<std::int64_t>(fact.location)); break;
  case account: answer(to, static_cast<std::int64_t>(fact.account)); break;
  case units: answer(to, fact.units); break;
  case value: answer(to, fact.value); break;
  case available: answer(to, fact.available); break;
  case expires_at: answer(to, fact.expires_at); break;
  case reservation: answer(to, fact.reservation); break;
  case key: answer(to, fact.key); break;
  case content: answer(to, static_cast<std::int64_t>(fact.content)); break;
  case reference: answer(to, fact.reference); break;
  case note: answer(to, fact.note); break;
  default: return SQLITE_ERROR;
  }
  return SQLITE_OK;
}

// Without xCreate the table exists on its own and only for reading.
constexpr sqlite3_module make_module() {
  sqlite3_module made{};
  made.xConnect = connect;
  made.xDisconnect = disconnect;
  made.xBestIndex = plan;
  made.xOpen = open_cursor;
  made.xClose = close_cursor;
  made.xFilter = rewind_cursor;
  made.xNext = next;
  made.xEof = is_at_end;
  made.xColumn = read_column;
  made.xRowid = row_id;
  return made;
}

constexpr sqlite3_module module = make_module();

} // namespace

result<void> register_pending_facts(connection& db, pending_facts& source) {
  if (sqlite3_create_module(db.handle(), "pending_fact", &module, &source) != SQLITE_OK)
    return last_error(db.handle());
  return {};
}

} // namespace lockstep::storage::sqlite
