// The same generated history goes through the reference model and a real store; every reader function must
// agree, also after the store was closed and opened again in the middle.
#include "tests/catch.hpp"
#include "tests/storage/postgres_server.hpp"
#include "tests/storage/samples.hpp"

#include "storage/memory/memory_store.hpp"
#include "storage/postgres/postgres_store.hpp"
#include "storage/sqlite/sqlite_store.hpp"

#include <fmt/format.h>
#include <rapidcheck.h>

#include <functional>
#include <map>

namespace lockstep::storage {
namespace {

constexpr std::int64_t skus = 4;

std::string any_text() {
  return *rc::gen::element<std::string>("", "plain", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\xa6",
                                        "it's \"quoted\"; --", "back\\slash\tand\nbreak",
                                        std::string(20'000, 'x'));
}

engine::uuid any_uuid() {
  return samples::uuid(*rc::gen::inRange<std::uint8_t>(0, 4));
}

std::int64_t any_number() {
  return *rc::gen::element<std::int64_t>(0, 1, -1, 127, -129, 70'000, 1'000'000'000'000, INT64_MAX,
                                         INT64_MIN);
}

// Times mostly go forward; another SKU's fact may be a little late.
class history {
 public:
  batch next_batch() {
    batch made{.number = ++number_, .facts = {}, .snapshots = {}, .records = {}};
    const auto facts = *rc::gen::inRange(0, 12);
    for (int i = 0; i < facts; ++i)
      made.facts.push_back(next_fact());
    const auto snapshots = *rc::gen::inRange(0, 3);
    for (int i = 0; i < snapshots; ++i)
      made.snapshots.push_back(next_snapshot());
    const auto records = *rc::gen::inRange(0, 4);
    for (int i = 0; i < records; ++i)
      made.records.push_back(next_record());
    return made;
  }

  void writer_changed() { number_ = 0; }

 private:
  sku_fact next_fact() {
    const auto of = *rc::gen::inRange<std::int64_t>(1, skus + 1);
    clock_ += *rc::gen::inRange<std::int64_t>(-3, 10);
    engine::fact fact{.version = ++versions_[of],
                      .at = samples::time(clock_),
                      .kind = static_cast<engine::fact_kind>(*rc::gen::inRange(1, 30)),
                      .location = engine::location_id{*rc::gen::inRange(-1, 3)},
                      .account = engine::account_id{*rc::gen::inRange(0, 70'000)},
                      .units = any_number(),
                      .value = any_number(),
                      .available = any_number(),
                      .expires_at = samples::time(any_number()),
                      .reservation = any_uuid(),
                      .key = any_uuid(),
                      .content = static_cast<std::uint64_t>(any_number()),
                      .reference = any_text(),
                      .note = any_text()};
    return {samples::sku(of), std::move(fact)};
  }

  snapshot next_snapshot() {
    const auto of = *rc::gen::inRange<std::int64_t>(1, skus + 1);
    const auto newest = versions_[of];
    return {samples::sku(of), *rc::gen::inRange<engine::version>(0, newest + 1), samples::time(clock_),
            any_text()};
  }

  record next_record() {
    const auto id = *rc::gen::inRange<std::int32_t>(1, 4);
    switch (*rc::gen::inRange(0, 11)) {
    case 0: {
      engine::product made{samples::sku(id), any_text(), any_text(), {}};
      for (auto left = *rc::gen::inRange(0, 3); left > 0; --left)
        made.identifiers.push_back({any_text(), any_text()});
      for (auto left = *rc::gen::inRange(0, 3); left > 0; --left)
        made.tags.push_back(any_tag());
      for (auto left = *rc::gen::inRange(0, 3); left > 0; --left)
        made.substitutes.push_back(samples::sku(any_number()));
      return made;
    }
    case 1:
      return engine::account{engine::account_id{id}, any_text(), any_text(),
                             static_cast<engine::account_mode>(*rc::gen::inRange(0, 3)), any_sourcing()};
    case 2:
      return engine::listing{engine::listing_id{id},
                             engine::account_id{id},
                             samples::sku(id),
                             any_text(),
                             any_text(),
                             any_text(),
                             any_rule()};
    case 3:
      return publication{engine::listing_id{id},
                         any_number(),
                         any_number(),
                         any_number(),
                         any_number(),
                         samples::time(any_number()),
                         *rc::gen::arbitrary<bool>(),
                         any_text()};
    case 4:
      return dead_letter{*rc::gen::inRange(0, 4),
                         samples::time(clock_),
                         engine::account_id{id},
                         any_text(),
                         any_text(),
                         any_text(),
                         any_text(),
                         *rc::gen::arbitrary<bool>()};
    case 5: {
      engine::bundle made{samples::sku(id), ++revisions_[id], {}, {{samples::sku(8), any_number()}}};
      for (std::int64_t part = 4; part < 8; ++part)
        if (*rc::gen::arbitrary<bool>()) made.components.push_back({samples::sku(part), any_number()});
      return made;
    }
    case 6:
      return watermark{engine::account_id{id}, *rc::gen::element<std::string>("orders", "x"),
                       samples::time(clock_)};
    case 7:
      return engine::account_rule{engine::account_id{id}, *rc::gen::element<std::string>("", "hot", "\xc3\xa9 x"),
                                  any_rule()};
    case 8:
      return engine::location{engine::location_id{id}, any_text(), any_text(), *rc::gen::inRange(-2, 3)};
    case 9:
      return proposal{{samples::sku(id), any_code()},
                      {any_text(), any_text()},
                      any_text(),
                      any_text(),
                      samples::time(any_number()),
                      static_cast<proposal_state>(*rc::gen::inRange(0, 3))};
    default:
      return quarantined{samples::sku(id), samples::time(clock_), any_text(), *rc::gen::arbitrary<bool>()};
    }
  }

  // What databases order in ways of their own.
  static engine::identifier any_code() {
    const auto text = [] { return *rc::gen::element<std::string>("", "B", "a", "a b", "\xc3\xa9"); };
    return {text(), text()};
  }

  static std::string any_tag() { return *rc::gen::element<std::string>("hot", "it's \"cold\"; --", "\xc3\xa9 x"); }

  // Each member one time in two.
  static engine::listing_rule any_rule() {
    const auto states = [] { return *rc::gen::arbitrary<bool>(); };
    engine::listing_rule rule;
    if (states()) rule.buffer = engine::margin{any_number(), states()};
    if (states()) rule.cap = any_number();
    if (states()) rule.minimum = any_number();
    if (states()) rule.share = static_cast<std::int8_t>(*rc::gen::inRange(0, 101));
    if (states()) rule.sells = states();
    if (states()) rule.sells_ahead = states();
    return rule;
  }

  static std::optional<engine::sourcing_rule> any_sourcing() {
    if (*rc::gen::arbitrary<bool>()) return std::nullopt;
    engine::sourcing_rule rule;
    for (auto left = *rc::gen::inRange(0, 3); left > 0; --left)
      rule.locations.push_back(engine::location_id{*rc::gen::inRange(0, 4)});
    rule.pick = static_cast<engine::sourcing_rule::choice>(*rc::gen::inRange(0, 2));
    rule.may_split = *rc::gen::arbitrary<bool>();
    return rule;
  }

  std::map<std::int64_t, engine::version> versions_;
  std::map<std::int32_t, engine::composition_revision> revisions_; // none is ever told twice
  std::int64_t clock_ = 1'700'000'000'000'000;
  batch_number number_ = 0;
};

// Reader by reader the same; rapidcheck shows the first line that differs.
void compare(store& model, store& real) {
  const auto from_model = model.open_reader();
  const auto from_real = real.open_reader();
  RC_ASSERT(from_model.has_value());
  RC_ASSERT(from_real.has_value());
  const auto expected = samples::content_of(**from_model, skus + 1);
  const auto found = samples::content_of(**from_real, skus + 1);
  RC_ASSERT(expected.size() == found.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    RC_ASSERT(expected[i] == found[i]);
}

using opener = std::function<result<std::unique_ptr<store>>()>;

void check_histories_agree(const opener& open) {
  const auto content = make_memory();
  auto model = open_memory(content);
  auto real = open();
  RC_ASSERT(real.has_value());
  history made;
  for (auto steps = *rc::gen::inRange(1, 8); steps > 0; --steps) {
    const auto next = made.next_batch();
    RC_ASSERT(model->commit(next).status == commit_status::committed);
    const auto done = (*real)->commit(next);
    RC_ASSERT(done.what == "");
    RC_ASSERT(done.status == commit_status::committed);
    if (*rc::gen::inRange(0, 3) == 0) {
      real->reset();
      real = open();
      RC_ASSERT(real.has_value());
      model = open_memory(content);
      made.writer_changed();
      RC_ASSERT(model->current_epoch() == (*real)->current_epoch());
    }
  }
  compare(*model, **real);
}

void check_verdicts_agree(const opener& open) {
  auto model = open_memory(make_memory());
  auto real = open();
  RC_ASSERT(real.has_value());
  for (auto steps = *rc::gen::inRange(1, 12); steps > 0; --steps) {
    batch next{.number = *rc::gen::inRange<batch_number>(0, 6), .facts = {}, .snapshots = {}, .records = {}};
    for (auto left = *rc::gen::inRange(0, 4); left > 0; --left)
      next.facts.push_back(samples::small_fact(*rc::gen::inRange(1, 3), *rc::gen::inRange(1, 5)));
    if (*rc::gen::inRange(0, 3) == 0)
      next.snapshots.push_back({samples::sku(1), *rc::gen::inRange(0, 4), samples::time(1), "body"});
    const auto expected = model->commit(next);
    const auto found = (*real)->commit(next);
    RC_ASSERT(expected.status == found.status);
    RC_ASSERT(expected.what == found.what);
    RC_ASSERT(*model->find_batch(next.number) == *(*real)->find_batch(next.number));
  }
  compare(*model, **real);
}

// A new store of the kind, opened as often as asked.
struct sqlite_place {
  samples::temporary_folder folder;
  // A short tail, so that heads come from milestones as often as from the tail.
  row_number tail_rows_max = *rc::gen::inRange(1, 20);

  opener open() {
    return [this] {
      return open_sqlite(
          {.path = folder.file("store.db"), .checkpoint_bytes = 256 * 1024, .tail_rows_max = tail_rows_max});
    };
  }
};

// The same schema each time, emptied: making one takes longer than a history.
struct postgres_place {
  postgres_place() {
    samples::postgres_server::shared().ask(
        fmt::format("SET search_path = {}; DELETE FROM writer; DELETE FROM ledger;"
                    "DELETE FROM ledger_archive; DELETE FROM stock;"
                    "DELETE FROM product; DELETE FROM product_identifier; DELETE FROM account;"
                    "DELETE FROM account_location; DELETE FROM location;"
                    "DELETE FROM listing; DELETE FROM rule; DELETE FROM publication; DELETE FROM dead_letter;"
                    "DELETE FROM bundle_part; DELETE FROM watermark; DELETE FROM quarantine;"
                    "DELETE FROM proposal",
                    schema()));
  }

  static const std::string& schema() {
    static const auto made = [] {
      auto name = samples::postgres_server::shared().new_schema();
      REQUIRE(open_postgres({.url = url(name)}));
      return name;
    }();
    return made;
  }

  static std::string url(const std::string& of) {
    auto& server = samples::postgres_server::shared();
    return server.url(of, server.port());
  }

  static opener open() {
    // Facts move to the archive while the history goes on.
    const postgres::archive_options at_once{.after = std::chrono::days{1},
                                            .rest = std::chrono::milliseconds{1}};
    return [at_once] { return open_postgres({.url = url(schema()), .archive = at_once}); };
  }
};

// `one_in`: of the histories generated. A server's sessions cost more than all else here.
template <class Place>
void check_agreement(int one_in) {
  int made = 0;
  CHECK(rc::check("histories agree", [&] {
    if (++made % one_in != 0) return;
    Place place;
    check_histories_agree(place.open());
  }));
  CHECK(rc::check("which batches are wrong, and that none of one is kept", [&] {
    if (++made % one_in != 0) return;
    Place place;
    check_verdicts_agree(place.open());
  }));
}

} // namespace

TEST_CASE("the reference model and SQLite agree on every history, across reopening") {
  check_agreement<sqlite_place>(1);
}

TEST_CASE("the reference model and PostgreSQL agree on every history, across reopening") {
  check_agreement<postgres_place>(4);
}

} // namespace lockstep::storage
