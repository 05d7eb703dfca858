#include "storage/sqlite/sqlite_reader.hpp"

#include "storage/account_rows.hpp"
#include "storage/bundle_rows.hpp"
#include "storage/sqlite/fact_chain.hpp"
#include "storage/sqlite/fact_row.hpp"
#include "storage/sqlite/one_or_all.hpp"
#include "storage/sqlite/reader_statements.hpp"
#include "storage/sqlite/record_row.hpp"
#include "storage/sqlite/rule_row.hpp"
#include "storage/product_columns.hpp"
#include "storage/those_asked.hpp"

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

std::int64_t bytes_of(const std::string& path) {
  std::error_code none;
  const auto size = std::filesystem::file_size(path, none);
  return none ? 0 : static_cast<std::int64_t>(size);
}

class sqlite_reader final : public reader {
 public:
  sqlite_reader(std::shared_ptr<const shared_parts> shared, connection db, statements prepared,
                fact_chain chain)
      : shared_(std::move(shared)), db_(std::move(db)), run_(std::move(prepared)), chain_(std::move(chain)) {}

  result<std::optional<snapshot>> load_snapshot(engine::sku_id sku) override {
    auto& query = run_.snapshot_of.bind_all(number(sku));
    return one<snapshot>(query, [sku](const statement& row) {
      return snapshot{sku, row.integer(0), time_at(row, 1), std::string{row.blob(2)}};
    });
  }

  result<std::vector<stored_fact>> facts_after(engine::sku_id sku, engine::version after,
                                               std::size_t limit) override {
    return chain_.upward(sku, shared_->heads.newest(sku), after, bounded(limit));
  }

  // In one read transaction: one for each row costs as much as the row. The heads are taken before it begins,
  // so that it sees the rows they name.
  result<std::vector<sku_past>> load(std::span<const engine::sku_id> skus, std::size_t limit) override {
    const auto heads = heads_of(skus);
    return in_one_view([&]() -> result<std::vector<sku_past>> {
      std::vector<sku_past> found(skus.size());
      for (std::size_t i = 0; i < skus.size(); ++i) {
        auto newest = load_snapshot(skus[i]);
        if (!newest) return newest.error();
        auto facts = chain_.upward(skus[i], heads[i], *newest ? (*newest)->version : 0, bounded(limit));
        if (!facts) return facts.error();
        found[i] = {std::move(*newest), std::move(*facts)};
      }
      return found;
    });
  }

  result<std::vector<engine::sku_id>> unsettled(std::span<const engine::sku_id> skus,
                                                engine::time_point held_to) override {
    const auto found = all<engine::sku_id>(run_.unsettled.bind_all(stored(held_to)), [](const statement& row) {
      return static_cast<engine::sku_id>(row.integer(0));
    });
    if (!found) return found.error();
    return those_asked(*found, skus);
  }

  result<std::optional<engine::time_point>> began(engine::sku_id sku, const engine::uuid& key) override {
    auto& query = run_.began.bind_all(number(sku));
    query.bind_blob(2, {reinterpret_cast<const char*>(key.data), sizeof key.data});
    return one<engine::time_point>(query, [](const statement& row) { return time_at(row, 0); });
  }

  result<std::vector<stored_fact>> history(engine::sku_id sku, engine::version before,
                                           std::size_t limit) override {
    const auto newest = shared_->heads.newest(sku);
    const auto top = before == 0 ? newest.version : std::min(before - 1, newest.version);
    return chain_.downward(sku, newest, top, std::max<engine::version>(0, top - bounded(limit)));
  }

  result<std::vector<stored_fact>> history_between(engine::time_point from, engine::time_point to,
                                                   row_number after, std::size_t limit) override {
    const auto first = first_row_at(from);
    if (!first) return first.error();
    const auto end = first_row_at(to);
    if (!end) return end.error();
    auto& rows = run_.facts_between.bind_all(std::max(after, *first - 1), *end - 1, bounded(limit));
    return all<stored_fact>(rows, read_fact);
  }

  result<void> scan(row_number after, const std::function<bool(const stored_fact&)>& visit) override {
    return scan_pieces(run_.facts_between, read_fact, after, visit);
  }

  result<void> scan_briefly(row_number after, const std::function<bool(const stored_fact&)>& visit) override {
    return scan_pieces(run_.brief_between, read_brief_fact, after, visit);
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
      if (!current)
        current = engine::product{id, std::string{row.text(1)}, std::string{row.text(2)}, {},
                                  tags_of(row.text(5)), substitutes_of(row.text(6))};
      if (!row.is_null(3))
        current->identifiers.push_back({std::string{row.text(3)}, std::string{row.text(4)}});
    };
    auto done = each("SELECT p.id, p.code, p.title, i.scheme, i.value, p.tags, p.substitutes FROM product p"
                     " LEFT JOIN product_identifier i ON i.product = p.id ORDER BY p.id, i.position",
                     add);
    if (done && current) visit(*std::move(current));
    return done;
  }

  result<void> each_account(const std::function<void(engine::account)>& visit) override {
    account_rows gathered{visit};
    auto done = each(
        "SELECT a.id, a.name, a.marketplace, a.mode, a.sourcing_pick, a.sourcing_split, l.location"
        " FROM account a LEFT JOIN account_location l ON l.account = a.id ORDER BY a.id, l.position",
        [&](const statement& row) {
          std::optional<std::int64_t> location;
          if (!row.is_null(6)) location = row.integer(6);
          gathered.add({row.integer(0), row.text(1), row.text(2), row.text(3), row.text(4),
                        row.integer(5) != 0, location});
        });
    return done ? gathered.end(shared_->path) : done;
  }

  result<void> each_location(const std::function<void(engine::location)>& visit) override {
    return each("SELECT id, code, title, priority FROM location ORDER BY id", [&](const statement& row) {
      visit({static_cast<engine::location_id>(row.integer(0)), std::string{row.text(1)},
             std::string{row.text(2)}, static_cast<std::int32_t>(row.integer(3))});
    });
  }

  result<void> each_listing(const std::function<void(engine::listing)>& visit) override {
    return each(
        "SELECT id, account, sku, item, variant, location, " LOCKSTEP_RULE_COLUMNS " FROM listing ORDER BY id",
        [&](const statement& row) {
          visit({.id = static_cast<engine::listing_id>(row.integer(0)),
                 .account = static_cast<engine::account_id>(row.integer(1)),
                 .sku = static_cast<engine::sku_id>(row.integer(2)),
                 .item = std::string{row.text(3)},
                 .variant = std::string{row.text(4)},
                 .location = std::string{row.text(5)},
                 .rule = rule_at(row, 6)});
        });
  }

  result<void> each_rule(const std::function<void(engine::account_rule)>& visit) override {
    return each("SELECT account, tag, " LOCKSTEP_RULE_COLUMNS " FROM rule ORDER BY account, tag",
                [&](const statement& row) {
                  visit({static_cast<engine::account_id>(row.integer(0)), std::string{row.text(1)}, rule_at(row, 2)});
                });
  }

  result<void> each_bundle(const std::function<void(engine::bundle)>& visit) override {
    bundle_rows gathered{visit};
    auto done = each("SELECT bundle, revision, is_leaf, sku, per FROM bundle_part"
                     " ORDER BY bundle, revision, is_leaf, sku",
                     [&](const statement& row) {
                       gathered.add({row.integer(0), row.integer(1), row.integer(2), row.integer(3), row.integer(4)});
                     });
    if (done) gathered.end();
    return done;
  }

  result<void> each_publication(const std::function<void(publication)>& visit) override {
    return each(
        "SELECT listing, counter, sku_version, quantity, expected, at, uncertain, parked FROM publication"
        " ORDER BY listing",
        [&](const statement& row) { visit(read_publication(row)); });
  }

  result<void> each_quarantined(const std::function<void(quarantined)>& visit) override {
    return each("SELECT sku, at, reason, released FROM quarantined ORDER BY sku", [&](const statement& row) {
      visit({static_cast<engine::sku_id>(row.integer(0)), time_at(row, 1), std::string{row.text(2)},
             row.integer(3) != 0});
    });
  }

  result<void> each_proposal(const std::function<void(proposal)>& visit) override {
    return each(fmt::format("{} ORDER BY sku, scheme, value", all_proposals),
                [&](const statement& row) { visit(read_proposal(row)); });
  }

  result<std::vector<proposal>> open_proposals(const proposal::name& after, std::size_t limit) override {
    return all<proposal>(run_.open_proposals.bind_all(number(after.sku), after.code.scheme, after.code.value,
                                                      bounded(limit)),
                         read_proposal);
  }

  result<std::optional<proposal>> load_proposal(const proposal::name& of) override {
    return one<proposal>(run_.proposal_at.bind_all(number(of.sku), of.code.scheme, of.code.value), read_proposal);
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

  // In pieces, and the visitor runs between them: nobody holds the log while somebody reads slowly. Rows
  // never change, so what is visited is what was committed when the scan began.
  template <class Read>
  result<void> scan_pieces(statement& query, const Read& read, row_number after,
                           const std::function<bool(const stored_fact&)>& visit) {
    const auto last = last_row();
    if (!last) return last.error();
    for (auto next = std::max<row_number>(after, 0); next < *last;) {
      const auto piece =
          all<stored_fact>(query.bind_all(next, *last, bounded(limits::store_scan_rows)), read);
      if (!piece) return piece.error();
      for (const auto& fact : *piece)
        if (!visit(fact)) return {};
      if (piece->empty()) break;
      next = piece->back().row;
    }
    return {};
  }

  result<row_number> last_row() { return db_.number("SELECT max(row) FROM fact"); }

  result<engine::time_point> latest_at(row_number row) {
    auto& query = run_.latest_from.bind_all(row);
    const auto found = one<engine::time_point>(query, [](const statement& at) { return time_at(at, 1); });
    if (!found) return found.error();
    return found->value_or(engine::time_point::max());
  }

  [[nodiscard]] std::vector<place> heads_of(std::span<const engine::sku_id> skus) const {
    std::vector<place> heads;
    heads.reserve(skus.size());
    for (const auto sku : skus)
      heads.push_back(shared_->heads.newest(sku));
    return heads;
  }

  template <class Read>
  auto in_one_view(const Read& read) -> decltype(read()) {
    if (auto begun = run_.begin.run(); !begun) return begun.error();
    auto found = read();
    // It has written nothing: an end that fails loses nothing.
    std::ignore = run_.end.run();
    return found;
  }

  std::shared_ptr<const shared_parts> shared_;
  connection db_;
  statements run_;
  fact_chain chain_;
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
  auto chain = fact_chain::open(*db, shared->path);
  if (!chain) return chain.error();
  return std::make_unique<sqlite_reader>(std::move(shared), std::move(*db), std::move(*prepared),
                                         std::move(*chain));
}

} // namespace lockstep::storage::sqlite
