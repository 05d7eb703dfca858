#include "storage/sqlite/sqlite_reader.hpp"

#include "storage/account_mode.hpp"
#include "storage/sqlite/fact_row.hpp"

#include "engine/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>

namespace lockstep::storage::sqlite {
namespace {

constexpr int reader_cache_kib = 4 * 1024;

std::int64_t number(auto id) {
  return static_cast<std::int64_t>(id);
}

struct statements {
  statement fact_at;
  statement previous_of;
  statement milestone_from;
  statement facts_between;
  statement latest_from;
  statement snapshot_of;
  statement watermark_of;
  statement letters_after;
  statement letter_at;
};

result<statements> prepare_all(connection& db) {
  statements made;
  const auto facts = fmt::format("SELECT {} FROM fact WHERE row ", fact_columns);
  const std::string letters =
      "SELECT id, at, account, kind, reference, reason, body, replayed FROM dead_letter ";
  const std::pair<statement*, std::string> queries[]{
      {&made.fact_at, facts + "= ?"},
      {&made.previous_of, "SELECT previous, sku, version FROM fact WHERE row = ?"},
      {&made.milestone_from,
       "SELECT version, row FROM milestone WHERE sku = ? AND version >= ? ORDER BY version LIMIT 1"},
      {&made.facts_between, facts + "> ? AND row <= ? ORDER BY row LIMIT ?"},
      {&made.latest_from, "SELECT row, at + late FROM fact WHERE row >= ? ORDER BY row LIMIT 1"},
      {&made.snapshot_of, "SELECT version, at, body FROM snapshot WHERE sku = ?"},
      {&made.watermark_of, "SELECT at FROM watermark WHERE account = ? AND stream = ?"},
      {&made.letters_after, letters + "WHERE id > ? AND replayed = 0 ORDER BY id LIMIT ?"},
      {&made.letter_at, letters + "WHERE id = ?"},
  };
  for (const auto& [target, sql] : queries) {
    auto prepared = db.prepare(sql);
    if (!prepared) return prepared.error();
    *target = std::move(*prepared);
  }
  return made;
}

dead_letter read_letter(const statement& row) {
  return {.id = row.integer(0),
          .at = time_at(row, 1),
          .account = static_cast<engine::account_id>(row.integer(2)),
          .kind = std::string{row.text(3)},
          .reference = std::string{row.text(4)},
          .reason = std::string{row.text(5)},
          .body = std::string{row.text(6)},
          .replayed = row.integer(7) != 0};
}

std::int64_t bytes_of(const std::string& path) {
  std::error_code none;
  const auto size = std::filesystem::file_size(path, none);
  return none ? 0 : static_cast<std::int64_t>(size);
}

class sqlite_reader final : public reader {
 public:
  sqlite_reader(std::shared_ptr<const shared_parts> shared, connection db, statements prepared)
      : shared_(std::move(shared)), db_(std::move(db)), run_(std::move(prepared)) {}

  result<std::optional<snapshot>> load_snapshot(engine::sku_id sku) override {
    auto& query = run_.snapshot_of.bind_all(number(sku));
    return one<snapshot>(query, [sku](const statement& row) {
      return snapshot{sku, row.integer(0), time_at(row, 1), std::string{row.blob(2)}};
    });
  }

  // Down the chain from the first milestone at or after the page's end, so that paging through a long history
  // costs the same for each page.
  result<std::vector<stored_fact>> facts_after(engine::sku_id sku, engine::version after,
                                               std::size_t limit) override {
    const auto newest = shared_->heads.newest(sku).version;
    const auto low = std::max<engine::version>(after, 0);
    const auto count = std::min<engine::version>(newest - low, bounded(limit));
    auto page = chain(sku, low + count, low);
    if (page) std::ranges::reverse(*page);
    return page;
  }

  result<std::vector<stored_fact>> history(engine::sku_id sku, engine::version before,
                                           std::size_t limit) override {
    const auto newest = shared_->heads.newest(sku).version;
    const auto top = before == 0 ? newest : std::min(before - 1, newest);
    return chain(sku, top, std::max<engine::version>(0, top - bounded(limit)));
  }

  result<std::vector<stored_fact>> history_between(engine::time_point from, engine::time_point to,
                                                   row_number after, std::size_t limit) override {
    const auto first = first_row_at(from);
    if (!first) return first.error();
    const auto end = first_row_at(to);
    if (!end) return end.error();
    return rows(std::max(after, *first - 1), *end - 1, limit);
  }

  // In pieces, and the visitor runs between them: nobody holds the log while somebody reads slowly. Rows
  // never change, so what is visited is what was committed when the scan began.
  result<void> scan(row_number after, const std::function<bool(const stored_fact&)>& visit) override {
    const auto last = last_row();
    if (!last) return last.error();
    for (auto next = std::max<row_number>(after, 0); next < *last;) {
      const auto piece = rows(next, *last, limits::store_scan_rows);
      if (!piece) return piece.error();
      for (const auto& fact : *piece)
        if (!visit(fact)) return {};
      if (piece->empty()) break;
      next = piece->back().row;
    }
    return {};
  }

  // The first row of which at + late is not before `from`.
  result<row_number> first_row_at(engine::time_point from) override {
    const auto last = last_row();
    if (!last) return last.error();
    row_number low = 1;
    row_number high = *last + 1;
    while (low < high) {
      const auto middle = low + (high - low) / 2;
      const auto latest = latest_at(middle);
      if (!latest) return latest.error();
      if (*latest < from)
        low = middle + 1;
      else
        high = middle;
    }
    return low;
  }

  result<void> each_product(const std::function<void(engine::product)>& visit) override {
    std::optional<engine::product> current;
    const auto add = [&](const statement& row) {
      const auto id = static_cast<engine::sku_id>(row.integer(0));
      if (current && current->id != id) visit(std::exchange(current, std::nullopt).value());
      if (!current) current = engine::product{id, std::string{row.text(1)}, std::string{row.text(2)}, {}};
      if (!row.is_null(3))
        current->identifiers.push_back({std::string{row.text(3)}, std::string{row.text(4)}});
    };
    auto done = each("SELECT p.id, p.code, p.title, i.scheme, i.value FROM product p"
                     " LEFT JOIN product_identifier i ON i.product = p.id ORDER BY p.id, i.position",
                     add);
    if (done && current) visit(*std::move(current));
    return done;
  }

  result<void> each_account(const std::function<void(engine::account)>& visit) override {
    std::string unknown;
    std::optional<engine::account> current;
    auto done = each(
        "SELECT a.id, a.name, a.marketplace, a.mode, a.sourcing_pick, a.sourcing_split, l.location"
        " FROM account a LEFT JOIN account_location l ON l.account = a.id ORDER BY a.id, l.position",
        [&](const statement& row) {
          const auto id = static_cast<engine::account_id>(row.integer(0));
          if (current && current->id != id) visit(std::exchange(current, std::nullopt).value());
          const auto mode = mode_of(row.text(3));
          if (!mode) unknown = row.text(3);
          if (!current)
            current = engine::account{id, std::string{row.text(1)}, std::string{row.text(2)},
                                      mode.value_or(engine::account_mode::observe),
                                      sourcing_of(row.text(4), row.integer(5) != 0)};
          if (current->sourcing && !row.is_null(6))
            current->sourcing->locations.push_back(static_cast<engine::location_id>(row.integer(6)));
        });
    if (done && current) visit(*std::move(current));
    if (done && !unknown.empty())
      return engine::make_error(engine::error_code::corrupt,
                                fmt::format("{}: account mode '{}'", shared_->path, unknown));
    return done;
  }

  result<void> each_location(const std::function<void(engine::location)>& visit) override {
    return each("SELECT id, code, title, priority FROM location ORDER BY id", [&](const statement& row) {
      visit({static_cast<engine::location_id>(row.integer(0)), std::string{row.text(1)},
             std::string{row.text(2)}, static_cast<std::int32_t>(row.integer(3))});
    });
  }

  result<void> each_listing(const std::function<void(engine::listing)>& visit) override {
    return each(
        "SELECT id, account, sku, item, variant, location, cap, buffer, sells_ahead FROM listing ORDER BY id",
        [&](const statement& row) {
          visit({.id = static_cast<engine::listing_id>(row.integer(0)),
                 .account = static_cast<engine::account_id>(row.integer(1)),
                 .sku = static_cast<engine::sku_id>(row.integer(2)),
                 .item = std::string{row.text(3)},
                 .variant = std::string{row.text(4)},
                 .location = std::string{row.text(5)},
                 .rule = {row.integer(6), row.integer(7), row.integer(8) != 0}});
        });
  }

  result<void> each_publication(const std::function<void(publication)>& visit) override {
    return each(
        "SELECT listing, counter, sku_version, quantity, expected, at, uncertain, parked FROM publication"
        " ORDER BY listing",
        [&](const statement& row) {
          visit({.listing = static_cast<engine::listing_id>(row.integer(0)),
                 .counter = row.integer(1),
                 .sku_version = row.integer(2),
                 .quantity = row.integer(3),
                 .expected = row.integer(4),
                 .at = time_at(row, 5),
                 .uncertain = row.integer(6) != 0,
                 .parked = std::string{row.text(7)}});
        });
  }

  result<void> each_quarantined(const std::function<void(quarantined)>& visit) override {
    return each("SELECT sku, at, reason, released FROM quarantined ORDER BY sku", [&](const statement& row) {
      visit({static_cast<engine::sku_id>(row.integer(0)), time_at(row, 1), std::string{row.text(2)},
             row.integer(3) != 0});
    });
  }

  result<std::optional<watermark>> load_watermark(engine::account_id account,
                                                  std::string_view stream) override {
    auto& query = run_.watermark_of.bind_all(number(account), stream);
    return one<watermark>(query, [&](const statement& row) {
      return watermark{account, std::string{stream}, time_at(row, 0)};
    });
  }

  result<std::vector<dead_letter>> dead_letters(std::int64_t after, std::size_t limit) override {
    return all<dead_letter>(run_.letters_after.bind_all(after, bounded(limit)), read_letter);
  }

  result<std::optional<dead_letter>> load_dead_letter(std::int64_t id) override {
    return one<dead_letter>(run_.letter_at.bind_all(id), read_letter);
  }

  result<store_statistics> statistics() override {
    const auto last = last_row();
    if (!last) return last.error();
    return store_statistics{.facts = *last,
                            .bytes = bytes_of(shared_->path) + bytes_of(shared_->path + "-wal"),
                            .trouble = shared_->checkpoint_trouble.get()};
  }

 private:
  static std::int64_t bounded(std::size_t limit) {
    return static_cast<std::int64_t>(std::min<std::size_t>(limit, std::numeric_limits<std::int32_t>::max()));
  }

  template <class Value, class Read>
  static result<std::optional<Value>> one(statement& query, const Read& read) {
    const auto row = query.step();
    if (!row) return row.error();
    std::optional<Value> found;
    if (*row) found = read(query);
    query.reset();
    return found;
  }

  template <class Value, class Read>
  static result<std::vector<Value>> all(statement& query, const Read& read) {
    std::vector<Value> found;
    for (;;) {
      const auto row = query.step();
      if (!row) return row.error();
      if (!*row) return found;
      found.push_back(read(query));
    }
  }

  // For what is read once, on start.
  template <class Visit>
  result<void> each(std::string_view sql, const Visit& visit) {
    auto query = db_.prepare(sql);
    if (!query) return query.error();
    for (;;) {
      const auto row = query->step();
      if (!row) return row.error();
      if (!*row) return {};
      visit(*query);
    }
  }

  result<std::vector<stored_fact>> rows(row_number after, row_number last, std::size_t limit) {
    return all<stored_fact>(run_.facts_between.bind_all(after, last, bounded(limit)), read_fact);
  }

  result<row_number> last_row() { return db_.number("SELECT max(row) FROM fact"); }

  result<engine::time_point> latest_at(row_number row) {
    auto& query = run_.latest_from.bind_all(row);
    const auto found = one<engine::time_point>(query, [](const statement& at) { return time_at(at, 1); });
    if (!found) return found.error();
    return found->value_or(engine::time_point::max());
  }

  // Facts of a SKU with low < version <= top, descending.
  result<std::vector<stored_fact>> chain(engine::sku_id sku, engine::version top, engine::version low) {
    std::vector<stored_fact> page;
    if (top <= low) return page;
    page.reserve(static_cast<std::size_t>(top - low));
    const auto row = row_of(sku, top);
    if (!row) return row.error();
    auto next = *row;
    for (auto version = top; version > low; --version) {
      auto& query = run_.fact_at.bind_all(next);
      const auto found = query.step();
      if (!found) return found.error();
      if (!*found) return broken(sku, version);
      page.push_back(read_fact(query));
      next = query.integer(previous_column);
      query.reset();
      if (page.back().sku != sku || page.back().fact.version != version) return broken(sku, version);
    }
    return page;
  }

  // Row of a version that exists: down the chain from the nearest place known.
  result<row_number> row_of(engine::sku_id sku, engine::version version) {
    auto& query = run_.milestone_from.bind_all(number(sku), version);
    const auto milestone = one<place>(query, [](const statement& row) {
      return place{row.integer(1), row.integer(0)};
    });
    if (!milestone) return milestone.error();
    auto at = milestone->value_or(shared_->heads.newest(sku));
    while (at.version > version) {
      const auto previous = run_.previous_of.bind_all(at.row).step();
      if (!previous) return previous.error();
      if (!*previous) return broken(sku, at.version);
      at = {run_.previous_of.integer(0), at.version - 1};
      run_.previous_of.reset();
    }
    return at.row;
  }

  [[nodiscard]] error broken(engine::sku_id sku, engine::version version) const {
    return engine::make_error(
        engine::error_code::corrupt,
        fmt::format("{}: the chain of SKU {} breaks at version {}", shared_->path, number(sku), version));
  }

  std::shared_ptr<const shared_parts> shared_;
  connection db_;
  statements run_;
};

} // namespace

result<std::unique_ptr<reader>> open_reader(std::shared_ptr<const shared_parts> shared) {
  auto db = connection::open(shared->path);
  if (!db) return db.error();
  if (auto set =
          db->execute(fmt::format("PRAGMA query_only = ON; PRAGMA cache_size = -{}", reader_cache_kib));
      !set)
    return set.error();
  auto prepared = prepare_all(*db);
  if (!prepared) return prepared.error();
  return std::make_unique<sqlite_reader>(std::move(shared), std::move(*db), std::move(*prepared));
}

} // namespace lockstep::storage::sqlite
