#include "storage/postgres/postgres_reader.hpp"

#include "storage/account_rows.hpp"
#include "storage/bundle_rows.hpp"
#include "storage/postgres/asked_ahead.hpp"
#include "storage/postgres/fact_row.hpp"
#include "storage/postgres/one_or_all.hpp"
#include "storage/postgres/reader_statements.hpp"
#include "storage/postgres/record_row.hpp"
#include "storage/postgres/server_url.hpp"
#include "storage/product_columns.hpp"
#include "storage/those_asked.hpp"

#include "engine/limits.hpp"

#include <boost/uuid/uuid_io.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace lockstep::storage::postgres {
namespace {

class postgres_reader final : public reader {
 public:
  postgres_reader(std::string url, std::chrono::milliseconds answer_timeout,
                  std::shared_ptr<const upkeep> told)
      : url_(std::move(url)), answer_timeout_(answer_timeout), told_(std::move(told)) {}

  [[nodiscard]] result<void> connect() {
    if (db_ && db_->usable()) return {};
    db_.reset();
    auto opened = connection::open(url_, connection::purpose::read, answer_timeout_);
    if (!opened) return opened.error();
    if (auto prepared = opened->prepare(reader_statements); !prepared) return prepared.error().what;
    db_ = std::move(*opened);
    return {};
  }

  result<std::optional<snapshot>> load_snapshot(engine::sku_id sku) override {
    return one<snapshot>(run(snapshot_of, number(sku)), [sku](const rows& found, int row) {
      return snapshot{sku, found.integer(row, 0), time_at(found, row, 1), text_at(found, row, 2)};
    });
  }

  result<std::vector<stored_fact>> facts_after(engine::sku_id sku, engine::version after,
                                               std::size_t limit) override {
    auto page = all<stored_fact>(run(facts_upward, number(sku), after, bounded(limit)), read_fact);
    if (!page || goes_on_from(after, *page)) return page;
    return all<stored_fact>(run(all_upward, number(sku), after, bounded(limit)), read_fact);
  }

  result<std::vector<sku_past>> load(std::span<const engine::sku_id> skus, std::size_t limit) override {
    sku_pasts pasts{skus};
    const auto snapshots = run(snapshots_of_many, array_of(skus));
    if (!snapshots) return snapshots.error();
    pasts.add_snapshots(*snapshots);
    const auto facts = run(facts_of_many, array_of(skus), pasts.versions(), bounded(limit));
    if (!facts) return facts.error();
    pasts.add_facts(*facts);
    auto loaded = pasts.take();
    if (auto filled = fill_holes(skus, loaded, limit); !filled) return filled.error();
    return loaded;
  }

  result<std::vector<engine::sku_id>> unsettled(std::span<const engine::sku_id> skus,
                                                engine::time_point held_to) override {
    const auto found = all<engine::sku_id>(
        run(all_unsettled, stored(held_to)),
        [](const rows& answered, int row) { return static_cast<engine::sku_id>(answered.integer(row, 0)); });
    if (!found) return found.error();
    return those_asked(*found, skus);
  }

  result<std::optional<engine::time_point>> began(engine::sku_id sku, const engine::uuid& key) override {
    const auto found = run(matter_began, number(sku), to_string(key));
    if (!found) return found.error();
    if (found->is_null(0, 0)) return std::optional<engine::time_point>{};
    return std::optional{time_at(*found, 0, 0)};
  }

  result<std::vector<stored_fact>> history(engine::sku_id sku, engine::version before,
                                           std::size_t limit) override {
    const auto below = before == 0 ? std::numeric_limits<engine::version>::max() : before;
    auto page = all<stored_fact>(run(facts_downward, number(sku), below, bounded(limit)), read_fact);
    if (!page || goes_down_from(before, *page, limit)) return page;
    return all<stored_fact>(run(all_downward, number(sku), below, bounded(limit)), read_fact);
  }

  result<std::vector<stored_fact>> history_between(engine::time_point from, engine::time_point to,
                                                   row_number after, std::size_t limit) override {
    const auto first = first_row_at(from);
    if (!first) return first.error();
    const auto end = first_row_at(to);
    if (!end) return end.error();
    const auto begin = std::max(after, *first - 1);
    return piece(begin, std::min(*end - 1, begin + bounded(limit)));
  }

  result<void> scan(row_number after, const std::function<bool(const stored_fact&)>& visit) override {
    return scan_pieces(facts_between, all_between, read_fact, after, visit);
  }

  result<void> scan_briefly(row_number after, const std::function<bool(const stored_fact&)>& visit) override {
    return scan_pieces(brief_between, all_brief_between, read_brief_fact, after, visit);
  }

  // The search runs in the server: one round trip instead of one per step.
  result<row_number> first_row_at(engine::time_point from) override {
    const auto found = run(first_row, stored(from));
    if (!found) return found.error();
    return found->integer(0, 0);
  }

  result<void> each_product(const std::function<void(engine::product)>& visit) override {
    std::optional<engine::product> current;
    auto done = each_piece(all_products, [&](const rows& found, int row) {
      const auto id = static_cast<engine::sku_id>(found.integer(row, 0));
      if (current && current->id != id) visit(std::exchange(current, std::nullopt).value());
      if (!current)
        current = engine::product{id, text_at(found, row, 1), text_at(found, row, 2), {},
                                  tags_of(found.text(row, 5)), substitutes_of(found.text(row, 6))};
      if (!found.is_null(row, 3))
        current->identifiers.push_back({text_at(found, row, 3), text_at(found, row, 4)});
    });
    if (done && current) visit(*std::move(current));
    return done;
  }

  result<void> each_account(const std::function<void(engine::account)>& visit) override {
    account_rows gathered{visit};
    auto done = each(run(all_accounts), [&](const rows& found, int row) {
      std::optional<std::int64_t> location;
      if (!found.is_null(row, 6)) location = found.integer(row, 6);
      gathered.add({found.integer(row, 0), found.text(row, 1), found.text(row, 2), found.text(row, 3),
                    found.text(row, 4), found.integer(row, 5) != 0, location});
    });
    return done ? gathered.end(without_password(url_)) : done;
  }

  result<void> each_location(const std::function<void(engine::location)>& visit) override {
    return each(run(all_locations), [&](const rows& found, int row) {
      visit({static_cast<engine::location_id>(found.integer(row, 0)), text_at(found, row, 1),
             text_at(found, row, 2), static_cast<std::int32_t>(found.integer(row, 3))});
    });
  }

  result<void> each_listing(const std::function<void(engine::listing)>& visit) override {
    return each_piece(all_listings, [&](const rows& found, int row) {
      visit(read_listing(found, row));
    });
  }

  result<void> each_rule(const std::function<void(engine::account_rule)>& visit) override {
    return each(run(all_rules), [&](const rows& found, int row) {
      visit({static_cast<engine::account_id>(found.integer(row, 0)), text_at(found, row, 1),
             rule_at(found, row, 2)});
    });
  }

  result<void> each_bundle(const std::function<void(engine::bundle)>& visit) override {
    bundle_rows gathered{visit};
    auto done = each(run(all_bundles), [&](const rows& found, int row) {
      gathered.add({found.integer(row, 0), found.integer(row, 1), found.integer(row, 2),
                    found.integer(row, 3), found.integer(row, 4)});
    });
    if (done) gathered.end();
    return done;
  }

  result<void> each_publication(const std::function<void(publication)>& visit) override {
    return each_piece(all_publications,
                      [&](const rows& found, int row) { visit(read_publication(found, row)); });
  }

  result<void> each_quarantined(const std::function<void(quarantined)>& visit) override {
    return each(run(all_quarantined), [&](const rows& found, int row) {
      visit({static_cast<engine::sku_id>(found.integer(row, 0)), time_at(found, row, 1),
             text_at(found, row, 2), found.integer(row, 3) != 0});
    });
  }

  result<void> each_proposal(const std::function<void(proposal)>& visit) override {
    proposal::name after{};
    for (;;) {
      const auto page = proposals(proposals_after, after, limits::store_scan_rows);
      if (!page) return page.error();
      for (const auto& each : *page)
        visit(each);
      if (page->size() < limits::store_scan_rows) return {};
      after = page->back().of;
    }
  }

  result<std::vector<proposal>> open_proposals(const proposal::name& after, std::size_t limit) override {
    return proposals(open_proposals_after, after, limit);
  }

  result<std::optional<proposal>> load_proposal(const proposal::name& of) override {
    return one<proposal>(run(proposal_at, number(of.sku), of.code.scheme, of.code.value), read_proposal);
  }

  result<std::optional<watermark>> load_watermark(engine::account_id account,
                                                  std::string_view stream) override {
    return one<watermark>(run(watermark_of, number(account), std::string{stream}),
                          [&](const rows& found, int row) {
                            return watermark{account, std::string{stream}, time_at(found, row, 0)};
                          });
  }

  result<std::vector<dead_letter>> dead_letters(std::int64_t after, std::size_t limit) override {
    return all<dead_letter>(run(letters_after, after, bounded(limit)), read_letter);
  }

  result<std::optional<dead_letter>> load_dead_letter(std::int64_t id) override {
    return one<dead_letter>(run(letter_at, id), read_letter);
  }

  result<store_statistics> statistics() override {
    const auto last = newest_row();
    if (!last) return last.error();
    const auto size = run(size_on_disk);
    if (!size) return size.error();
    const auto careless = run(carelessness);
    if (!careless) return careless.error();
    return store_statistics{
        .facts = *last, .bytes = size->integer(0, 0), .trouble = told_->with(careless->text(0, 0))};
  }

 private:
  result<std::vector<proposal>> proposals(const statement& query, const proposal::name& after, std::size_t limit) {
    return all<proposal>(run(query, number(after.sku), after.code.scheme, after.code.value, bounded(limit)),
                         read_proposal);
  }

  // Beside a writer: between our two questions it took a snapshot, and what that left behind was moved.
  [[nodiscard]] result<void> fill_holes(std::span<const engine::sku_id> skus, std::vector<sku_past>& loaded,
                                        std::size_t limit) {
    for (std::size_t place = 0; place < loaded.size(); ++place) {
      auto& [newest, facts] = loaded[place];
      const auto after = newest ? newest->version : 0;
      if (goes_on_from(after, facts)) continue;
      auto whole = facts_after(skus[place], after, limit);
      if (!whole) return whole.error();
      facts = std::move(*whole);
    }
    return {};
  }

  static std::int64_t bounded(std::size_t limit) {
    return static_cast<std::int64_t>(std::min<std::size_t>(limit, std::numeric_limits<std::int32_t>::max()));
  }

  // In pieces: nobody keeps a long transaction open. While one is visited the server makes the next. As large
  // as a batch, whose rows lie in the order of the key: smaller ones would read them more than once.
  template <class Read>
  result<void> scan_pieces(const statement& piece, const statement& whole, const Read& read, row_number after,
                           const std::function<bool(const stored_fact&)>& visit) {
    const auto last = newest_row();
    if (!last) return last.error();
    const auto end_of = [&](row_number begin) {
      return std::min(*last, begin + static_cast<row_number>(limits::facts_per_batch_max));
    };
    auto next = std::max<row_number>(after, 0);
    for (std::optional<asked_ahead> ahead; next < *last; next = end_of(next)) {
      auto early = ahead ? ahead->take() : std::nullopt;
      ahead.reset();
      auto found = early ? settle(std::move(*early)) : run(piece, next, end_of(next));
      if (found && found->size() < end_of(next) - next) found = run(whole, next, end_of(next));
      if (!found) return found.error();
      if (const auto begin = end_of(next); begin < *last)
        ahead.emplace(*db_, piece, parameters::of(begin, end_of(begin)));
      for (const int row : in_row_order(*found, next, end_of(next)))
        if (!visit(read(*found, row))) return {};
    }
    return {};
  }

  // A reader changes nothing, so what a lost connection left unanswered is asked again; what took too long
  // would take as long once more. Then the connection is given up at once, because the server works on until
  // it is.
  template <class... Values>
  result<rows> run(const statement& query, Values... values) {
    const auto given = parameters::of(std::move(values)...);
    const bool was_open = db_.has_value();
    if (auto ready = connect(); !ready) return ready.error();
    auto found = db_->run(query, given);
    if (!found && !db_->usable() && !db_->timed_out() && was_open) {
      if (auto ready = connect(); !ready) return ready.error();
      found = db_->run(query, given);
    }
    return settle(std::move(found));
  }

  result<rows> settle(answer<rows> found) {
    if (found) return std::move(*found);
    if (!db_->usable()) db_.reset();
    auto failed = found.error().what;
    if (!failed.what.starts_with("postgres"))
      failed.what = fmt::format("{}: {}", without_password(url_), failed.what);
    return failed;
  }

  template <class Visit>
  static result<void> each(const result<rows>& found, const Visit& visit) {
    if (!found) return found.error();
    for (int row = 0; row < found->size(); ++row)
      visit(*found, row);
    return {};
  }

  // By the number in the first column, so that millions of rows are never one answer in memory. While a piece
  // is visited the server makes the next. A product with its identifiers is several rows of one piece.
  template <class Visit>
  result<void> each_piece(const statement& query, const Visit& visit) {
    const auto limit = static_cast<std::int64_t>(limits::store_scan_rows);
    auto after = std::numeric_limits<std::int64_t>::min();
    for (std::optional<asked_ahead> ahead;;) {
      auto early = ahead ? ahead->take() : std::nullopt;
      ahead.reset();
      const auto found = early ? settle(std::move(*early)) : run(query, after, limit);
      if (!found) return found.error();
      const bool more = found->size() >= limit;
      if (more) {
        after = found->integer(found->size() - 1, 0);
        ahead.emplace(*db_, query, parameters::of(after, limit));
      }
      for (int row = 0; row < found->size(); ++row)
        visit(*found, row);
      if (!more) return {};
    }
  }

  result<std::vector<stored_fact>> piece(row_number after, row_number last) {
    const auto found = between(after, last);
    if (!found) return found.error();
    std::vector<stored_fact> facts;
    for (const int row : in_row_order(*found, after, last))
      facts.push_back(read_fact(*found, row));
    return facts;
  }

  result<rows> between(row_number after, row_number last) {
    auto found = run(facts_between, after, last);
    if (!found || found->size() >= last - after) return found;
    return run(all_between, after, last);
  }

  result<row_number> newest_row() {
    const auto found = run(last_row);
    if (!found) return found.error();
    return found->size() == 0 ? 0 : found->integer(0, 0);
  }

  const std::string url_;
  const std::chrono::milliseconds answer_timeout_;
  const std::shared_ptr<const upkeep> told_;
  std::optional<connection> db_; // nothing: lost, the next call opens another
};

} // namespace

result<std::unique_ptr<reader>> open_reader(const std::string& url, std::chrono::milliseconds answer_timeout,
                                            std::shared_ptr<const upkeep> told) {
  auto opened = std::make_unique<postgres_reader>(url, answer_timeout, std::move(told));
  if (auto ready = opened->connect(); !ready) return ready.error();
  return opened;
}

} // namespace lockstep::storage::postgres
