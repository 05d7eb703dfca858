#include "storage/postgres/postgres_store.hpp"

#include "storage/content_check.hpp"
#include "storage/postgres/fact_row.hpp"
#include "storage/postgres/postgres_reader.hpp"
#include "storage/postgres/record_writer.hpp"
#include "storage/postgres/schema.hpp"
#include "storage/postgres/server_url.hpp"
#include "storage/postgres/sku_versions.hpp"
#include "storage/postgres/tenure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace lockstep::storage {
namespace postgres {
namespace {

// The ledger keys facts by a 32-bit number: half the key of every row.
std::optional<commit_result> number_objection(const batch& content) {
  const auto too_large = [](engine::sku_id sku) {
    return static_cast<std::int64_t>(sku) > std::numeric_limits<std::int32_t>::max() ||
           static_cast<std::int64_t>(sku) < 0;
  };
  const auto fact = std::ranges::find_if(content.facts, too_large, &sku_fact::sku);
  const auto taken = std::ranges::find_if(content.snapshots, too_large, &snapshot::sku);
  if (fact == content.facts.end() && taken == content.snapshots.end()) return std::nullopt;
  const auto sku = fact != content.facts.end() ? fact->sku : taken->sku;
  return commit_result{commit_status::refused, fmt::format("SKU {}: its number does not fit in 31 bits",
                                                           static_cast<std::int64_t>(sku))};
}

commit_status status_of(engine::error_code code) {
  switch (code) {
  case engine::error_code::refused: return commit_status::refused;
  case engine::error_code::corrupt:
  case engine::error_code::fenced: return commit_status::fenced;
  default: return commit_status::unavailable;
  }
}

class postgres_store final : public store {
 public:
  explicit postgres_store(const postgres_options& options) : options_(options) {}

  // What open_postgres() does. Whatever fails leaves no trace but a schema.
  [[nodiscard]] result<void> start() {
    auto opened = open_session();
    if (!opened) return opened.error();
    if (auto prepared = prepare(*opened); !prepared) return prepared;
    const auto taken = take_epoch(*opened);
    if (!taken) return taken.error();
    if (auto summed = sum_up(*opened); !summed) return summed;
    epoch_ = taken->epoch;
    if (auto begun = begin(std::move(*opened), *taken); !begun) return begun;
    if (options_.archive)
      archiver_ = std::make_unique<archiver>(options_.url, epoch_, *options_.archive, upkeep_);
    return {};
  }

  epoch current_epoch() const override { return epoch_; }

  commit_result commit(const batch& content) override {
    if (in_doubt_) return {commit_status::unknown, "find_batch() was not asked about the batch before"};
    if (auto ready = connect(); !ready) return {status_of(ready.error().code), shown(ready.error().what)};
    if (content.facts.empty() && content.snapshots.empty() && content.records.empty()) return check_epoch();
    if (auto no = objection(content, last_batch_)) return *no;
    if (auto no = number_objection(content)) return *no;
    if (auto known = versions_.learn(*db_, content); !known) return give_up(known.error());
    if (auto no = versions_.stage(content)) return *no;
    auto done = transact(content);
    // Without a connection, the next one reads anew where the store stands.
    if (db_ && done.status == commit_status::committed)
      publish(content);
    else if (db_)
      versions_.abandon(content);
    return done;
  }

  // The session that asks holds the lock, so the one that committed has ended: what it left is final.
  result<bool> find_batch(batch_number number) override {
    if (auto ready = connect(); !ready) {
      const bool over = ready.error().code == engine::error_code::fenced;
      if (over && number <= last_batch_) return true;
      return engine::make_error(ready.error().code, shown(ready.error().what));
    }
    const auto found = read_writer(*db_, epoch_);
    if (!found) {
      db_.reset();
      return found.error();
    }
    in_doubt_ = false;
    return number <= found->batch;
  }

  result<std::unique_ptr<reader>> open_reader() override {
    return postgres::open_reader(options_.url, options_.answer_timeout, upkeep_);
  }

 private:
  [[nodiscard]] commit_result transact(const batch& content) {
    const auto last_row = last_row_ + static_cast<row_number>(content.facts.size());
    const auto latest = latest_with(content);
    const auto begin = fmt::format("BEGIN; SELECT claim_batch({}, {}, {}, {})", epoch_, content.number,
                                   last_row, stored(latest));
    answer<void> done;
    bool commit_sent = false;
    if (content.snapshots.empty() && content.records.empty()) {
      done = copy(content, begin + "; ", commit_sent);
    } else {
      done = db_->execute(begin);
      if (done) done = write_records(content);
      if (done && content.facts.empty()) {
        commit_sent = true;
        done = db_->execute("COMMIT");
      } else if (done) {
        done = copy(content, "", commit_sent);
      }
    }
    if (done) return {};
    return judge(done.error(), content.number, commit_sent);
  }

  // COMMIT goes out with the COPY and is carried out at the COPY's end.
  [[nodiscard]] answer<void> copy(const batch& content, const std::string& before, bool& commit_sent) {
    auto done = db_->begin_copy(before + "COPY ledger (" LOCKSTEP_LEDGER_COLUMNS
                                         ") FROM STDIN (FORMAT binary); COMMIT");
    buffer_.clear();
    append_copy_header(buffer_);
    place(content);
    for (const auto& [item, at] : placed_) {
      append_copy_row(buffer_, *item, at);
      if (buffer_.size() < limits::store_copy_bytes) continue;
      if (done) done = db_->copy(buffer_);
      buffer_.clear();
    }
    append_copy_trailer(buffer_);
    if (done) done = db_->copy(buffer_);
    if (!done) return done;
    commit_sent = true;
    return db_->end_copy();
  }

  // Numbered in commit order, sent in the order of the key: neighbours in its index are found in the
  // processor's caches.
  void place(const batch& content) {
    placed_.clear();
    row_place next{last_row_, epoch_, content.number, {}};
    auto latest = latest_;
    for (const auto& item : content.facts) {
      latest = std::max(latest, item.fact.at);
      next.late = latest - item.fact.at;
      ++next.row;
      placed_.push_back({&item, next});
    }
    std::ranges::stable_sort(placed_, {}, [](const placed_fact& each) { return each.item->sku; });
  }

  [[nodiscard]] answer<void> write_records(const batch& content) {
    auto done = db_->begin_queue();
    for (const auto& taken : content.snapshots)
      if (done) done = queue_snapshot(*db_, taken);
    for (const auto& item : content.records)
      if (done) done = queue_record(*db_, item);
    if (done) done = db_->finish_queue();
    return done;
  }

  // An ERROR of the server means rolled back. A connection that ended is as good as that until COMMIT was on
  // its way; from then on nobody knows.
  [[nodiscard]] commit_result judge(const failure& failed, batch_number number, bool commit_sent) {
    if (!failed.told_by_server && commit_sent) {
      db_.reset();
      in_doubt_ = true;
      return {commit_status::unknown, shown(failed.what.what)};
    }
    if (failed.told_by_server && !db_->execute("ROLLBACK")) db_.reset();
    const auto code = failed.what.code;
    if (code != engine::error_code::conflict && code != engine::error_code::fenced) return give_up(failed);
    return find_out_who(number, failed.what.what);
  }

  // A key or a batch is there already: ours, or another writer's.
  [[nodiscard]] commit_result find_out_who(batch_number number, const std::string& what) {
    in_doubt_ = true;
    const auto found = find_batch(number);
    if (!found)
      return {found.error().code == engine::error_code::fenced ? commit_status::fenced
                                                               : commit_status::unknown,
              what};
    if (*found) return {};
    return {commit_status::fenced,
            shown(fmt::format("the ledger holds facts this writer does not know: {}", what))};
  }

  // Nothing was written. A connection that may be broken, or that leads to a server without writes, is not
  // kept.
  [[nodiscard]] commit_result give_up(const failure& failed) {
    if (!failed.told_by_server || failed.sqlstate == "25006") db_.reset();
    return {status_of(failed.what.code), shown(failed.what.what)};
  }

  // The next batch would find out by itself; one without content must not be answered by a writer that was
  // replaced.
  [[nodiscard]] commit_result check_epoch() {
    const auto found = read_writer(*db_, epoch_);
    if (!found) {
      db_.reset();
      return {status_of(found.error().code), shown(found.error().what)};
    }
    if (!found->current) return {commit_status::fenced, fenced_text()};
    return {};
  }

  void publish(const batch& content) {
    last_row_ += static_cast<row_number>(content.facts.size());
    latest_ = latest_with(content);
    last_batch_ = content.number;
  }

  [[nodiscard]] engine::time_point latest_with(const batch& content) const {
    auto latest = latest_;
    for (const auto& item : content.facts)
      latest = std::max(latest, item.fact.at);
    return latest;
  }

  // A new connection in place of one that was dropped. What it finds in the store counts: a batch in doubt
  // may be there.
  [[nodiscard]] result<void> connect() {
    if (db_ && db_->usable()) return {};
    db_.reset();
    auto opened = connection::open(options_.url, connection::purpose::write, options_.answer_timeout);
    if (!opened) return opened.error();
    auto found = read_writer(*opened, epoch_);
    if (!found) return found.error();
    if (found->current) {
      if (auto settled = take_over_from_former(*opened); !settled) return settled;
      found = read_writer(*opened, epoch_);
      if (!found) return found.error();
    }
    if (found->batch < last_batch_)
      return engine::make_error(
          engine::error_code::fenced,
          fmt::format("the server holds batch {} and had acknowledged batch {}: it was replaced by one "
                      "that lacks what was acknowledged",
                      found->batch, last_batch_));
    last_batch_ = found->batch;
    if (!found->current) return engine::make_error(engine::error_code::fenced, fenced_text());
    return begin(std::move(*opened), *found);
  }

  // A COMMIT that waited for a standby when its session ended is visible here, and not there yet. A
  // transaction that follows it waits for the same standby, so what is found afterwards is as durable as what
  // was answered.
  [[nodiscard]] result<void> take_over_from_former(connection& opened) {
    if (auto locked = take_lock(opened, session_); !locked) return locked;
    const auto own = session_of(opened);
    if (!own) return own.error();
    session_ = *own;
    const auto settled =
        opened.execute(fmt::format("UPDATE writer SET batch = batch WHERE epoch = {}", epoch_));
    if (!settled) return settled.error().what;
    return {};
  }

  [[nodiscard]] result<void> prepare(connection& opened) {
    if (options_.must_exist) {
      const auto known = read_steps(opened);
      if (!known) return known.error();
      if (!known->front().taken_at)
        return engine::make_error(engine::error_code::refused, "there is no store in this database");
    }
    return prepare_schema(opened, options_.answer_timeout);
  }

  // Where the last writer ended at once, the end of the ledger is not summed up yet and each read would go
  // through it. Reads are slower when it cannot be done now (a vacuum holds the table); no reason not to
  // start, and the archiver tries again.
  [[nodiscard]] result<void> sum_up(connection& opened) {
    opened.set_answer_timeout(migration_timeout);
    const auto summed = opened.ask("SELECT summarize_ledger()");
    opened.set_answer_timeout(options_.answer_timeout);
    if (summed) return {};
    if (!opened.usable()) return summed.error().what;
    upkeep_->summary.set("the end of the ledger is not summed up, reads of it are slow: " +
                         summed.error().what.what);
    return {};
  }

  [[nodiscard]] result<connection> open_session() {
    auto opened = connection::open(options_.url, connection::purpose::write, options_.answer_timeout);
    if (!opened) return opened.error();
    if (auto locked = take_lock(*opened, std::nullopt); !locked) return locked.error();
    return opened;
  }

  // The connection is ours to write with from here.
  [[nodiscard]] result<void> begin(connection opened, const writer_row& found) {
    const auto own = session_of(opened);
    if (!own) return own.error();
    if (auto prepared = opened.prepare(record_statements()); !prepared) return prepared.error().what;
    session_ = *own;
    db_ = std::move(opened);
    versions_.forget();
    last_batch_ = found.batch;
    last_row_ = found.last_row;
    latest_ = found.latest;
    return {};
  }

  struct placed_fact {
    const sku_fact* item;
    row_place at;
  };

  [[nodiscard]] std::string fenced_text() const {
    return fmt::format("epoch {} is over, another writer has opened the store", epoch_);
  }

  [[nodiscard]] std::string shown(std::string_view what) const {
    const auto url = without_password(options_.url);
    if (what.starts_with(url)) return std::string{what};
    return fmt::format("{}: {}", url, what);
  }

  const postgres_options options_;
  std::optional<connection> db_; // nothing: dropped after an error, connect() makes the next one
  std::optional<session> session_;
  sku_versions versions_;
  std::vector<placed_fact> placed_; // of the batch being committed
  std::string buffer_;              // what of it is sent next
  epoch epoch_ = 0;
  batch_number last_batch_ = 0;
  row_number last_row_ = 0;
  engine::time_point latest_ = engine::time_point::min();
  bool in_doubt_ = false;
  const std::shared_ptr<upkeep> upkeep_ = std::make_shared<upkeep>();
  std::unique_ptr<archiver> archiver_;
};

} // namespace
} // namespace postgres

namespace {

error naming(std::string_view url, error failed) {
  const auto shown = postgres::without_password(url);
  if (failed.what.find(shown) == failed.what.npos) failed.what = fmt::format("{}: {}", shown, failed.what);
  return failed;
}

result<void> migrate(const std::string& url, const std::string& writer) {
  auto opened =
      postgres::connection::open(url, postgres::connection::purpose::write, limits::store_answer_timeout);
  if (!opened) return opened.error();
  if (auto locked = postgres::take_lock(*opened, std::nullopt); !locked) return locked;
  if (auto prepared = postgres::prepare_schema(*opened, limits::store_answer_timeout); !prepared)
    return prepared;
  return writer.empty() ? result<void>{} : postgres::grant_writer(*opened, writer);
}

result<std::vector<schema_step>> steps(const std::string& url) {
  auto opened =
      postgres::connection::open(url, postgres::connection::purpose::read, limits::store_answer_timeout);
  if (!opened) return opened.error();
  return postgres::read_steps(*opened);
}

} // namespace

result<std::unique_ptr<store>> open_postgres(const postgres_options& options) {
  auto opened = std::make_unique<postgres::postgres_store>(options);
  if (auto started = opened->start(); !started) return naming(options.url, started.error());
  return opened;
}

result<std::vector<schema_step>> read_postgres_schema(const std::string& url) {
  auto found = steps(url);
  if (!found) return naming(url, found.error());
  return found;
}

result<void> migrate_postgres(const std::string& url, const std::string& writer) {
  if (auto done = migrate(url, writer); !done) return naming(url, done.error());
  return {};
}

} // namespace lockstep::storage
