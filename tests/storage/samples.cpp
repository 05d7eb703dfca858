#include "tests/storage/samples.hpp"

#include "engine/codec.hpp"
#include "storage/rule_columns.hpp"

#include <boost/uuid/uuid_io.hpp>

#include <fmt/format.h>

#include <cstdlib>

namespace lockstep::storage::samples {
namespace {

std::int64_t number(auto id) {
  return static_cast<std::int64_t>(id);
}

std::int64_t micros(engine::time_point at) {
  return at.time_since_epoch().count();
}

using samples::text_of;

std::string text_of(const engine::listing_rule& rule) {
  std::string text;
  for (const auto& each : figures_of(rule))
    text += each ? fmt::format(" {}", *each) : " -";
  return text;
}

std::string text_of(const snapshot& s) {
  return fmt::format("snapshot {} {} {} {}", number(s.sku), s.version, micros(s.at), s.body);
}

std::string text_of(const dead_letter& d) {
  return fmt::format("letter {} {} {} {} {} {} {} {}", d.id, micros(d.at), number(d.account), d.kind,
                     d.reference, d.reason, d.body, d.replayed);
}

std::string text_of(const proposal& p) {
  return fmt::format("proposal {} {} {}, {} {}, {} {} {} {}", number(p.of.sku), p.of.code.scheme, p.of.code.value,
                     p.asked.scheme, p.asked.value, p.source, p.title, micros(p.at), number(p.state));
}

// Lines of one reader, whatever it answers.
class description {
 public:
  void add(std::string line) { lines.push_back(std::move(line)); }

  template <class T>
  void add(std::string_view what, const result<std::vector<T>>& page) {
    add(fmt::format("{}:", what));
    if (!page) return add(page.error().what);
    for (const auto& item : *page)
      add("  " + text_of(item));
  }

  void expect(const result<void>& done) {
    if (!done) add(done.error().what);
  }

  std::vector<std::string> lines;
};

void describe_sku(description& told, reader& from, std::int64_t number_of_sku) {
  const auto of = sku(number_of_sku);
  const auto taken = from.load_snapshot(of);
  told.add(!taken ? taken.error().what : *taken ? text_of(**taken) : "no snapshot");
  for (const std::size_t limit : {0U, 1U, 3U, 1'000U})
    for (const engine::version from_version : {0, 1, 2, 5, 9, 40}) {
      told.add(fmt::format("SKU {} after {} limit {}", number_of_sku, from_version, limit),
               from.facts_after(of, from_version, limit));
      told.add(fmt::format("SKU {} before {} limit {}", number_of_sku, from_version, limit),
               from.history(of, from_version, limit));
    }
}

// What load() promises of facts.
std::vector<stored_fact> as_folded(std::vector<stored_fact> facts) {
  for (auto& [row, of, each] : facts) {
    row = 0;
    each.available = 0;
    each.content = 0;
    each.reference.clear();
    each.note.clear();
  }
  return facts;
}

// Downward, so that the answer's order is the question's.
void describe_many(description& told, reader& from, std::int64_t skus) {
  std::vector<engine::sku_id> all;
  for (auto of = skus; of > 0; --of)
    all.push_back(sku(of));
  for (const std::size_t limit : {0U, 1U, 3U, 1'000U}) {
    const auto pasts = from.load(all, limit);
    told.add(pasts ? fmt::format("{} pasts, limit {}", pasts->size(), limit) : pasts.error().what);
    for (std::size_t i = 0; pasts && i < pasts->size(); ++i) {
      const auto& [newest, facts] = (*pasts)[i];
      told.add(newest ? text_of(*newest) : "no snapshot");
      told.add(fmt::format("{} facts of SKU {}", facts.size(), number(all[i])),
               result<std::vector<stored_fact>>{as_folded(facts)});
    }
  }
  for (const auto held_to : {engine::time_point{}, time(5), time(1'000'000)})
    for (const auto& asked : {std::span<const engine::sku_id>{all}, std::span<const engine::sku_id>{}}) {
      const auto found = from.unsettled(asked, held_to);
      told.add(fmt::format("unsettled of {}, {}", asked.size(), found ? "read" : found.error().what));
      for (std::size_t i = 0; found && i < found->size(); ++i)
        told.add(fmt::format("  {}", number((*found)[i])));
    }
}

void describe_times(description& told, reader& from, const std::vector<engine::time_point>& times) {
  for (const auto begin : times) {
    const auto first = from.first_row_at(begin);
    told.add(fmt::format("first at {}: {}", micros(begin), first ? *first : -1));
    for (const auto end : times) {
      told.add("between", from.history_between(begin, end, 0, 1'000));
      told.add("between, a page", from.history_between(begin, end, 3, 2));
    }
  }
}

void describe_catalogue(description& told, reader& from) {
  told.expect(from.each_product([&](const engine::product& p) {
    told.add(fmt::format("product {} {} {}", number(p.id), p.code, p.title));
    for (const auto& [scheme, value] : p.identifiers)
      told.add(fmt::format("  {}={}", scheme, value));
    for (const auto& tag : p.tags)
      told.add(fmt::format("  tag {}", tag));
    for (const auto each : p.substitutes)
      told.add(fmt::format("  substitute {}", number(each)));
  }));
  told.expect(from.each_account([&](const engine::account& a) {
    told.add(fmt::format("account {} {} {} {}", number(a.id), a.name, a.marketplace, number(a.mode)));
    if (!a.sourcing) return;
    told.add(fmt::format("  {} {}", number(a.sourcing->pick), a.sourcing->may_split));
    for (const auto each : a.sourcing->locations)
      told.add(fmt::format("  location {}", number(each)));
  }));
  told.expect(from.each_location([&](const engine::location& l) {
    told.add(fmt::format("location {} {} {} {}", number(l.id), l.code, l.title, l.priority));
  }));
  told.expect(from.each_bundle([&](const engine::bundle& b) {
    told.add(fmt::format("bundle {} {}", number(b.id), b.revision));
    for (const auto& [sku, per] : b.components)
      told.add(fmt::format("  {}x{}", number(sku), per));
    for (const auto& [sku, per] : b.leaves)
      told.add(fmt::format("  leaf {}x{}", number(sku), per));
  }));
  told.expect(from.each_listing([&](const engine::listing& l) {
    told.add(fmt::format("listing {} {} {} {} {} {}{}", number(l.id), number(l.account), number(l.sku), l.item,
                         l.variant, l.location, text_of(l.rule)));
  }));
  told.expect(from.each_rule([&](const engine::account_rule& r) {
    told.add(fmt::format("rule {} '{}'{}", number(r.account), r.tag, text_of(r.rule)));
  }));
}

void describe_channels(description& told, reader& from) {
  told.expect(from.each_publication([&](const publication& p) {
    told.add(fmt::format("publication {} {} {} {} {} {} {} {}", number(p.listing), p.counter, p.sku_version,
                         p.quantity, p.expected, micros(p.at), p.uncertain, p.parked));
  }));
  told.expect(from.each_quarantined([&](const quarantined& q) {
    told.add(fmt::format("quarantined {} {} {} {}", number(q.sku), micros(q.at), q.reason, q.released));
  }));
  for (const std::int32_t account : {1, 2, 3}) {
    const auto mark = from.load_watermark(engine::account_id{account}, "orders");
    told.add(mark && *mark ? fmt::format("watermark {} {}", account, micros((*mark)->at)) : "no watermark");
    const auto letter = from.load_dead_letter(account);
    told.add(letter && *letter ? text_of(**letter) : "no letter");
  }
  told.add("letters", from.dead_letters(0, 1'000));
  told.add("letters, a page", from.dead_letters(1, 1));
}

void describe_proposals(description& told, reader& from, std::int64_t skus) {
  told.expect(from.each_proposal([&](const proposal& p) { told.add(text_of(p)); }));
  std::vector<proposal::name> names{{}, {sku(1), {"a", "B"}}};
  for (std::int64_t of = 1; of < skus; ++of)
    names.push_back({sku(of), {}});
  for (const auto& name : names) {
    for (const std::size_t limit : {1U, 1'000U})
      told.add("open proposals", from.open_proposals(name, limit));
    const auto found = from.load_proposal(name);
    told.add(found && *found ? text_of(**found) : "no proposal");
  }
}

} // namespace

// In memory where possible: a killed process loses nothing of it, and lost power is simulated (see
// fault_disk.hpp).
temporary_folder::temporary_folder() {
  const std::filesystem::path shared_memory{"/dev/shm"};
  const auto parent = is_directory(shared_memory) ? shared_memory : std::filesystem::temp_directory_path();
  auto pattern = (parent / "lockstep-storage-XXXXXX").string();
  if (!mkdtemp(pattern.data())) std::abort();
  path_ = pattern;
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

sku_fact full_fact(std::int64_t of, engine::version version, std::int64_t at) {
  const auto byte = static_cast<std::uint8_t>(version * 7 + of);
  return {sku(of),
          {.version = version,
           .at = time(at + version),
           .kind = static_cast<engine::fact_kind>(1 + version % 29),
           .location = engine::location_id{static_cast<std::int32_t>(version % 3)},
           .account = engine::account_id{static_cast<std::int32_t>(version % 5)},
           .units = version * 11 - 50,
           .value = -version,
           .available = 1'000'000'000'000 - version,
           .expires_at = version % 2 ? time(at + 60'000'000) : time(0),
           .reservation = version % 3 ? uuid(byte) : engine::uuid{},
           .key = version % 4 ? uuid(static_cast<std::uint8_t>(byte + 1)) : engine::uuid{},
           .content = 0xffff'0000'0000'0000ULL + static_cast<std::uint64_t>(version),
           .reference = fmt::format("order-{}:{}", of, version),
           .note = version % 5 ? "" : "counted by hand, shelf 4 \xc3\xa9"}};
}

sku_fact small_fact(std::int64_t of, engine::version version, std::string reference) {
  sku_fact made{sku(of), {}};
  made.fact.version = version;
  made.fact.at = time(1'000 + version);
  made.fact.kind = engine::fact_kind::received;
  made.fact.units = 1;
  made.fact.reference = std::move(reference);
  return made;
}

snapshot counted_snapshot(std::int64_t of, engine::version version, engine::time_point at) {
  engine::sku_state state;
  state.version = version;
  state.last_at = at;
  state.stock.push_back({engine::main_location, version, 0});
  state.has_number = true;
  return {sku(of), version, at, engine::encode_snapshot(state)};
}

std::string text_of(const engine::fact& f) {
  return fmt::format("v{} at {} kind {} loc {} acc {} units {} value {} available {} expires {} res {} key "
                     "{} content {} '{}' '{}'",
                     f.version, micros(f.at), number(f.kind), number(f.location), number(f.account), f.units,
                     f.value, f.available, micros(f.expires_at), to_string(f.reservation), to_string(f.key),
                     f.content, f.reference, f.note);
}

std::string text_of(const stored_fact& stored) {
  return fmt::format("row {} SKU {} {}", stored.row, number(stored.sku), text_of(stored.fact));
}

std::vector<std::string> content_of(reader& from, std::int64_t skus) {
  description told;
  std::vector<engine::time_point> times{engine::time_point::min(), engine::time_point::max()};
  told.expect(from.scan(0, [&](const stored_fact& row) {
    told.add(text_of(row));
    if (times.size() < 6) times.insert(times.end(), {row.fact.at, row.fact.at + engine::duration{1}});
    return true;
  }));
  told.expect(from.scan(3, [&](const stored_fact& row) {
    told.add("from 3: " + text_of(row));
    return row.row < 7;
  }));
  told.expect(from.scan_briefly(1, [&](stored_fact row) {
    row.fact.account = {};
    row.fact.expires_at = {};
    row.fact.reference.clear();
    row.fact.note.clear();
    told.add("briefly: " + text_of(row));
    return row.row < 9;
  }));
  for (std::int64_t of = 1; of <= skus; ++of)
    describe_sku(told, from, of);
  describe_many(told, from, skus);
  describe_times(told, from, times);
  describe_catalogue(told, from);
  describe_channels(told, from);
  describe_proposals(told, from, skus);
  const auto figures = from.statistics();
  told.add(figures ? fmt::format("facts {} trouble '{}'", figures->facts, figures->trouble)
                   : figures.error().what);
  return std::move(told.lines);
}

std::vector<stored_fact> ledger_of(store& from) {
  auto opened = from.open_reader();
  REQUIRE(opened);
  std::vector<stored_fact> rows;
  const auto done = (*opened)->scan(0, [&](const stored_fact& row) {
    rows.push_back(row);
    return true;
  });
  REQUIRE(done);
  return rows;
}

} // namespace lockstep::storage::samples
