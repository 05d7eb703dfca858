#include "actors/recovery.hpp"

#include "engine/limits.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

namespace lockstep::actors {

namespace {

// The mark is a watermark of the engine itself: how far everything is settled. Time zero: a process is
// running.
constexpr engine::account_id engine_itself{0};
constexpr const char* clean_end_stream = "clean-end";

// A line's facts name it as their reservation; so do shipments of holds, whose key is known already.
bool speaks_of_line(engine::fact_kind kind) {
  return kind == engine::fact_kind::ordered || kind == engine::fact_kind::cancelled ||
         kind == engine::fact_kind::cancelled_by_id || kind == engine::fact_kind::shipped;
}

// Longer holds than a day are found by an index (reader::unsettled()), others by reading what the last process did
// in its last day. It may have died before it recorded the end of one: hence the hour.
constexpr std::chrono::hours short_hold_known{25};

// Holds as the facts tell them, until they become orders or end.
class open_holds {
 public:
  void take(const storage::stored_fact& stored) {
    switch (stored.fact.kind) {
    case engine::fact_kind::held:
    case engine::fact_kind::extended: open_.insert_or_assign(stored.fact.reservation, stored.sku); break;
    case engine::fact_kind::confirmed:
    case engine::fact_kind::released:
    case engine::fact_kind::expired: open_.erase(stored.fact.reservation); break;
    default: break;
    }
  }

  [[nodiscard]] std::vector<engine::sku_id> skus() const {
    std::vector<engine::sku_id> all;
    all.reserve(open_.size());
    for (const auto& [hold, sku] : open_)
      all.push_back(sku);
    std::ranges::sort(all);
    all.erase(std::ranges::unique(all).begin(), all.end());
    return all;
  }

 private:
  boost::unordered_flat_map<engine::uuid, engine::sku_id, engine::uuid_hash> open_;
};

bool remember(const storage::stored_fact& stored, core& into) {
  const auto& happened = stored.fact;
  const auto& sku = stored.sku;
  if (const auto opened = engine::incident_of(happened)) into.committed.open(sku, *opened);
  if (happened.kind == engine::fact_kind::resolved) into.committed.resolve(sku, happened.value);
  const bool key_kept =
      happened.key.is_nil() ||
      into.keys.restore(happened.key, sku, {happened.content, happened.version, happened.available},
                        happened.at);
  const bool line_kept =
      !speaks_of_line(happened.kind) || happened.reservation.is_nil() ||
      into.keys.restore(happened.reservation, sku, {0, happened.version, happened.available}, happened.at,
                        engine::revision_of(happened.location));
  return key_kept && line_kept;
}

engine::result<void> remember_quarantined(storage::reader& from, core& into) {
  return from.each_quarantined([&into](const storage::quarantined& item) {
    into.skus.slot(item.sku).quarantined.store(!item.released);
    if (!item.released) ++into.counts.quarantined;
  });
}

engine::result<void> remember_dead_letters(storage::reader& from, core& into) {
  std::int64_t after = 0;
  for (;;) {
    const auto page = from.dead_letters(after, limits::page_size_max);
    if (!page) return page.error();
    for (const auto& letter : *page) {
      std::ignore = into.letters.claim(letter);
      into.letters.committed(letter);
    }
    if (page->size() < limits::page_size_max) return {};
    after = page->back().id;
  }
}

// Remembers the first that could not be put.
struct keeper {
  engine::catalogue& into;
  engine::result<void> done{};

  template <class Item>
  void operator()(Item item) {
    auto put = into.put(std::move(item));
    if (!put && done) done = std::move(put);
  }
};

} // namespace

engine::result<void> load_products(storage::reader& from, engine::catalogue& into) {
  keeper keep{into};
  if (auto read = from.each_product(std::ref(keep)); !read) return read;
  if (auto read = from.each_bundle(std::ref(keep)); !read) return read;
  return keep.done;
}

engine::result<void> load_listings(storage::reader& from, engine::catalogue& into) {
  keeper keep{into};
  if (auto read = from.each_account(std::ref(keep)); !read) return read;
  if (auto read = from.each_location(std::ref(keep)); !read) return read;
  if (auto read = from.each_listing(std::ref(keep)); !read) return read;
  if (auto read = from.each_rule(std::ref(keep)); !read) return read;
  return keep.done;
}

engine::result<std::vector<storage::publication>> load_publications(storage::reader& from) {
  std::vector<storage::publication> out;
  const auto read =
      from.each_publication([&](storage::publication shown) { out.push_back(std::move(shown)); });
  if (!read) return read.error();
  return out;
}

publications_by_account by_account(std::vector<storage::publication> published,
                                   const engine::catalogue& known) {
  publications_by_account out;
  for (auto& shown : published)
    if (const auto* listed = known.find(shown.listing)) out[listed->account].push_back(std::move(shown));
  return out;
}

engine::result<std::optional<engine::time_point>> newest_fact_at(storage::reader& from) {
  const auto found = from.statistics();
  if (!found) return found.error();
  std::optional<engine::time_point> newest;
  auto scanned = from.scan(found->facts - 1, [&](const storage::stored_fact& stored) {
    newest = stored.fact.at;
    return true;
  });
  if (!scanned) return scanned.error();
  return newest;
}

namespace {

// Where the facts begin that tell every short hold which had not ended when the last process did; the window's first
// row unless nothing ran for long.
engine::result<storage::row_number> first_with_open_hold(storage::reader& from, engine::time_point window,
                                                         storage::row_number first_of_window) {
  const auto newest = newest_fact_at(from);
  if (!newest) return newest.error();
  if (!*newest || **newest - short_hold_known >= window) return first_of_window;
  return from.first_row_at(**newest - short_hold_known);
}

} // namespace

engine::result<std::vector<engine::sku_id>> remember_window(storage::reader& from, core& into) {
  const auto window = into.clock.now() - into.options.key_retention;
  const auto first = from.first_row_at(window);
  if (!first) return first.error();
  const auto first_held = first_with_open_hold(from, window, *first);
  if (!first_held) return first_held.error();
  bool room = true;
  open_holds held;
  auto scanned = from.scan_briefly(*first_held - 1, [&](const storage::stored_fact& stored) {
    held.take(stored);
    return room = stored.row < *first || remember(stored, into);
  });
  if (!scanned) return scanned.error();
  if (!room)
    return engine::make_error(
        engine::error_code::limit,
        fmt::format("the retention window has more than {} keys: raise the bound or shorten the "
                    "retention",
                    into.options.keys_max));
  if (auto read = remember_quarantined(from, into); !read) return read.error();
  if (auto read = from.each_bundle([&](engine::bundle each) { into.skus.compose(std::move(each)); }); !read)
    return read.error();
  if (auto read = remember_dead_letters(from, into); !read) return read.error();
  return held.skus();
}

engine::result<bool> ended_clean(storage::reader& from) {
  const auto mark = from.load_watermark(engine_itself, clean_end_stream);
  if (!mark) return mark.error();
  return mark->has_value() && (**mark).at != engine::time_point{};
}

storage::record clean_end_mark(bool clean, engine::time_point now) {
  return storage::watermark{engine_itself, clean_end_stream, clean ? now : engine::time_point{}};
}

} // namespace lockstep::actors
