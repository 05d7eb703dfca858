#include "storage/sqlite/sqlite_store.hpp"

#include "storage/content_check.hpp"
#include "storage/sqlite/checkpointer.hpp"
#include "storage/sqlite/fact_row.hpp"
#include "storage/sqlite/lock_file.hpp"
#include "storage/sqlite/pending_facts.hpp"
#include "storage/sqlite/record_writer.hpp"
#include "storage/sqlite/schema.hpp"
#include "storage/sqlite/sku_heads.hpp"
#include "storage/sqlite/sqlite_reader.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace lockstep::storage {
namespace sqlite {
namespace {

// The writer's connection and what is prepared on it. Dropped whole when its state is in doubt.
struct link {
  pending_facts pending; // before the connection, which reads it
  connection db;
  statement begin;
  statement claim;
  statement insert_facts;
  statement commit;
  statement rollback;
  record_writer records;
  std::int64_t log_pages = 0; // length of the write-ahead log after the last commit

  explicit link(connection opened) : db(std::move(opened)) {}
};

int note_log_pages(void* target, sqlite3*, const char*, int pages) {
  *static_cast<std::int64_t*>(target) = pages;
  return SQLITE_OK;
}

result<std::unique_ptr<link>> make_link(connection opened) {
  auto made = std::make_unique<link>(std::move(opened));
  auto& db = made->db;
  if (auto registered = register_pending_facts(db, made->pending); !registered) return registered.error();
  sqlite3_wal_hook(db.handle(), note_log_pages, &made->log_pages);
  const std::pair<statement*, std::string_view> statements[]{
      {&made->begin, "BEGIN IMMEDIATE"},
      // Changes no row once another writer has opened the store.
      {&made->claim, "UPDATE writer SET batch = ?2, tail_row = ?3"
                     " WHERE epoch = ?1 AND epoch = (SELECT max(epoch) FROM writer)"},
      {&made->insert_facts, "INSERT INTO fact SELECT * FROM pending_fact"},
      {&made->commit, "COMMIT"},
      {&made->rollback, "ROLLBACK"},
  };
  for (const auto& [target, sql] : statements) {
    auto prepared = db.prepare(sql);
    if (!prepared) return prepared.error();
    *target = std::move(*prepared);
  }
  auto records = record_writer::prepare(db);
  if (!records) return records.error();
  made->records = std::move(*records);
  return made;
}

commit_status status_of(engine::error_code code) {
  switch (code) {
  case engine::error_code::refused: return commit_status::refused;
  case engine::error_code::corrupt:
  case engine::error_code::fenced: return commit_status::fenced;
  default: return commit_status::unavailable;
  }
}

class sqlite_store final : public store {
 public:
  sqlite_store(const sqlite_options& options, lock_file lock, std::unique_ptr<link> writer)
      : options_(options), lock_(std::move(lock)),
        shared_(std::make_shared<shared_parts>(options.path, options.tail_rows_max)),
        link_(std::move(writer)) {}

  // What open_sqlite() does once the file is known to be ours.
  [[nodiscard]] result<void> start() {
    if (auto read = restore_heads(); !read) return read;
    if (auto taken = take_epoch(); !taken) return taken;
    auto started = checkpointer::start(options_.path, log_pages_max(), shared_->checkpoint_trouble);
    if (!started) return started.error();
    checkpointer_ = std::move(*started);
    return {};
  }

  epoch current_epoch() const override { return epoch_; }

  commit_result commit(const batch& content) override {
    if (in_doubt_) return {commit_status::unknown, "find_batch() was not asked about the batch before"};
    if (auto ready = connect(); !ready) return {status_of(ready.error().code), ready.error().what};
    if (content.facts.empty() && content.snapshots.empty() && content.records.empty()) return check_epoch();
    if (auto no = objection(content, last_batch_)) return *no;
    if (auto no = shared_->heads.stage(content, next_row_)) return *no;
    checkpointer_->enter();
    auto done = transact(content);
    const bool committed = done.status == commit_status::committed;
    checkpointer_->leave(committed ? std::optional{link_->log_pages} : std::nullopt);
    if (committed)
      publish(content);
    else
      shared_->heads.abandon();
    return done;
  }

  result<bool> find_batch(batch_number number) override {
    if (auto ready = connect(); !ready) return ready.error();
    const auto newest = newest_batch();
    if (!newest) return newest.error();
    in_doubt_ = false;
    return number <= *newest;
  }

  result<std::unique_ptr<reader>> open_reader() override { return sqlite::open_reader(shared_); }

 private:
  [[nodiscard]] commit_result transact(const batch& content) {
    if (auto written = write(content); !written) {
      roll_back();
      return {status_of(written.error().code), written.error().what};
    }
    if (auto durable = link_->commit.run(); !durable) return judge_failed_commit(durable.error());
    return {};
  }

  [[nodiscard]] result<void> write(const batch& content) {
    auto& pending = link_->pending;
    pending = {content.facts, shared_->heads.previous(), epoch_, content.number, latest_};
    auto done = link_->begin.run();
    if (done) done = claim(content.number);
    if (done && !content.facts.empty()) done = insert_facts(content.facts.size());
    for (const auto& taken : content.snapshots)
      if (done) done = link_->records.write(taken);
    for (const auto& reached : shared_->heads.milestones())
      if (done) done = link_->records.write(reached);
    for (const auto& item : content.records)
      if (done) done = link_->records.write(item);
    return done;
  }

  [[nodiscard]] result<void> claim(batch_number number) {
    auto done = link_->claim.bind_all(epoch_, number, shared_->heads.tail_row()).run();
    if (done && link_->db.rows_changed() != 1)
      return engine::make_error(engine::error_code::fenced, fenced_text());
    return done;
  }

  // SQLite gives the row numbers; they must be the ones that chains and milestones were built with.
  [[nodiscard]] result<void> insert_facts(std::size_t count) {
    auto done = link_->insert_facts.run();
    const auto expected = next_row_ + static_cast<row_number>(count) - 1;
    const auto last = sqlite3_last_insert_rowid(link_->db.handle());
    if (done && last != expected)
      return contradiction(fmt::format("the ledger ends at row {} instead of {}", last, expected));
    return done;
  }

  // SQLite rolls back by itself after some errors. A connection that cannot, or that saw an I/O error, is not
  // used again.
  void roll_back() {
    const auto code = link_->db.last_code();
    const bool rolled_back = !link_->db.in_transaction() || link_->rollback.run();
    if (!rolled_back ||
        (code != SQLITE_BUSY && code != SQLITE_FULL && code != SQLITE_TOOBIG && code != SQLITE_CONSTRAINT))
      link_.reset();
  }

  // A full disk stops COMMIT before its last page, so nothing is durable. After any other failure the log may
  // or may not hold the whole batch: a failed fsync() says nothing about what reached the disk, and asking
  // the same descriptor again would say less. The connection is dropped; find_batch() looks with a new one.
  [[nodiscard]] commit_result judge_failed_commit(const error& failure) {
    const auto code = link_->db.last_code();
    roll_back();
    if (code == SQLITE_FULL || code == SQLITE_BUSY) return {commit_status::unavailable, failure.what};
    link_.reset();
    in_doubt_ = true;
    return {commit_status::unknown, failure.what};
  }

  // The next batch would find out by itself; one without content must not be answered by a writer that was
  // replaced.
  [[nodiscard]] commit_result check_epoch() {
    const auto newest = link_->db.number("SELECT max(epoch) FROM writer");
    if (!newest) return {status_of(newest.error().code), newest.error().what};
    if (*newest != epoch_) return {commit_status::fenced, fenced_text()};
    return {};
  }

  [[nodiscard]] std::string fenced_text() const {
    return fmt::format("{}: epoch {} is over, another writer has opened the store", options_.path, epoch_);
  }

  void publish(const batch& content) {
    shared_->heads.publish();
    next_row_ += static_cast<row_number>(content.facts.size());
    latest_ = link_->pending.latest;
    last_batch_ = content.number;
  }

  // A new connection in place of one that was dropped. What it finds in the file counts: a batch in doubt may
  // be there.
  [[nodiscard]] result<void> connect() {
    if (link_) return {};
    auto opened = connection::open(options_.path);
    if (!opened) return opened.error();
    if (auto set = configure_writer(*opened, options_.checkpoint_bytes); !set) return set;
    auto made = make_link(std::move(*opened));
    if (!made) return made.error();
    link_ = std::move(*made);
    auto caught_up = read_tail(next_row_);
    if (caught_up) {
      const auto newest = newest_batch();
      if (newest)
        last_batch_ = *newest;
      else
        caught_up = newest.error();
    }
    if (!caught_up) link_.reset();
    return caught_up;
  }

  [[nodiscard]] result<void> restore_heads() {
    auto query = link_->db.prepare("SELECT sku, max(version), row FROM milestone GROUP BY sku");
    if (!query) return query.error();
    row_number newest = 0;
    for (;;) {
      const auto row = query->step();
      if (!row) return row.error();
      if (!*row) break;
      newest = std::max(newest, query->integer(2));
      shared_->heads.restore(
          {static_cast<engine::sku_id>(query->integer(0)), {query->integer(2), query->integer(1)}});
    }
    const auto tail = link_->db.number("SELECT max(tail_row) FROM writer");
    if (!tail) return tail.error();
    // One row more than the tail: it tells the latest time when the tail is empty.
    auto done = read_tail(std::max<row_number>(*tail - 1, 0));
    if (done && (newest >= next_row_ || *tail > next_row_))
      return contradiction(
          fmt::format("the ledger ends before row {}, which was stored", std::max(newest, *tail - 1)));
    return done;
  }

  [[nodiscard]] error contradiction(std::string_view what) const {
    return engine::make_error(engine::error_code::corrupt, fmt::format("{}: {}", options_.path, what));
  }

  [[nodiscard]] result<void> read_tail(row_number from) {
    auto query = link_->db.prepare(
        "SELECT row, sku, version, previous, at + late FROM fact WHERE row >= ? ORDER BY row");
    if (!query) return query.error();
    query->bind(1, from);
    for (;;) {
      const auto row = query->step();
      if (!row) return row.error();
      if (!*row) return {};
      const auto found = query->integer(0);
      if (!shared_->heads.restore(static_cast<engine::sku_id>(query->integer(1)), {found, query->integer(2)},
                                  query->integer(3)))
        return contradiction(fmt::format("row {} does not follow its SKU's newest fact", found));
      next_row_ = found + 1;
      latest_ = time_at(*query, 4);
    }
  }

  [[nodiscard]] result<void> take_epoch() {
    auto added = link_->db.execute(
        "INSERT INTO writer (epoch, opened_at, batch, tail_row)"
        " SELECT ifnull(max(epoch), 0) + 1, 1000000 * CAST(strftime('%s', 'now') AS INTEGER), 0,"
        " ifnull(max(tail_row), 1) FROM writer");
    if (!added) return added;
    epoch_ = sqlite3_last_insert_rowid(link_->db.handle());
    return {};
  }

  [[nodiscard]] result<std::int64_t> newest_batch() {
    return link_->db.number(fmt::format("SELECT batch FROM writer WHERE epoch = {}", epoch_));
  }

  [[nodiscard]] std::int64_t log_pages_max() const { return options_.checkpoint_bytes / page_bytes; }

  const sqlite_options options_;
  const lock_file lock_;
  const std::shared_ptr<shared_parts> shared_;
  std::unique_ptr<link> link_; // null: dropped after an error, connect() makes the next one
  epoch epoch_ = 0;
  batch_number last_batch_ = 0;
  row_number next_row_ = 1;
  engine::time_point latest_ = engine::time_point::min();
  bool in_doubt_ = false;
  std::unique_ptr<checkpointer> checkpointer_; // last: it stops before the rest goes
};

} // namespace
} // namespace sqlite

namespace {

error refused(const std::string& what) {
  return engine::make_error(engine::error_code::refused, what);
}

result<sqlite::connection> open_existing(const std::string& path) {
  std::error_code failure;
  if (!std::filesystem::exists(path, failure)) return refused(path + ": there is no such file");
  return sqlite::connection::open(path, sqlite::connection::file::exists);
}

} // namespace

result<std::unique_ptr<store>> open_sqlite(const sqlite_options& options) {
  std::error_code failure;
  auto settings = options;
  settings.path = std::filesystem::absolute(options.path, failure).lexically_normal().string();
  if (failure || options.path.empty()) return refused("the store has no path");
  auto db = options.must_exist
                ? open_existing(settings.path)
                : sqlite::connection::open(settings.path, sqlite::connection::file::may_be_new);
  if (!db) return refused(db.error().what);
  // Looked at before it is locked: beside a file of somebody else's not even the lock file is made.
  const auto version = sqlite::read_version(*db, settings.path);
  if (!version) return version.error();
  if (options.must_exist && *version == 0) return refused(settings.path + " holds no store");
  auto lock = sqlite::lock_file::acquire(settings.path + ".lock");
  if (!lock) return lock.error();
  if (auto prepared = sqlite::prepare_file(*db, settings.path); !prepared) return prepared.error();
  if (auto set = sqlite::configure_writer(*db, settings.checkpoint_bytes); !set) return set.error();
  auto writer = sqlite::make_link(std::move(*db));
  if (!writer) return writer.error();
  auto opened = std::make_unique<sqlite::sqlite_store>(settings, std::move(*lock), std::move(*writer));
  if (auto started = opened->start(); !started) return started.error();
  return opened;
}

result<std::vector<schema_step>> read_sqlite_schema(const std::string& path) {
  auto db = open_existing(path);
  if (!db) return refused(db.error().what);
  return sqlite::read_steps(*db, path);
}

} // namespace lockstep::storage
