#include "storage/copy_store.hpp"

#include "engine/limits.hpp"
#include "storage/rule_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace lockstep::storage {

namespace {

// The mark is a watermark of the engine itself; time zero: no copy is under way.
constexpr engine::account_id engine_itself{0};
constexpr const char* copy_stream = "copy";

// What an account's order poll keeps under its name.
constexpr const char* orders_stream = "orders";

record copy_mark(engine::time_point at) {
  return watermark{engine_itself, copy_stream, at};
}

result<std::vector<stored_fact>> page_after(reader& from, row_number after) {
  std::vector<stored_fact> page;
  const auto scanned = from.scan(after, [&](const stored_fact& row) {
    page.push_back(row);
    return page.size() < limits::facts_per_batch_max;
  });
  if (!scanned) return scanned.error();
  return page;
}

// Everything but facts and snapshots that a copy carries, in an order that is the same for every store.
result<void> each_record(reader& from, const std::function<void(record)>& visit) {
  std::vector<engine::account_id> accounts;
  if (auto read = from.each_product(visit); !read) return read;
  if (auto read = from.each_account([&](engine::account item) {
        accounts.push_back(item.id);
        visit(std::move(item));
      });
      !read)
    return read;
  if (auto read = from.each_location(visit); !read) return read;
  if (auto read = from.each_listing(visit); !read) return read;
  if (auto read = from.each_rule(visit); !read) return read;
  if (auto read = from.each_bundle(visit); !read) return read;
  if (auto read = from.each_publication(visit); !read) return read;
  if (auto read = from.each_quarantined(visit); !read) return read;
  if (auto read = from.each_proposal(visit); !read) return read;
  for (const auto account : accounts) {
    auto mark = from.load_watermark(account, orders_stream);
    if (!mark) return mark.error();
    if (*mark) visit(std::move(**mark));
  }
  for (std::int64_t after = 0;;) {
    auto page = from.dead_letters(after, limits::page_size_max);
    if (!page) return page.error();
    if (page->empty()) return {};
    after = page->back().id;
    for (auto& letter : *page)
      visit(std::move(letter));
  }
}

class copier {
 public:
  copier(reader& from, store& to, const copy_progress& progress)
      : from_(from), to_(to), progress_(progress) {}

  result<copied> run(engine::time_point now) {
    if (auto done = write({copy_mark(now)}); !done) return done.error();
    if (auto done = copy_facts(); !done) return done.error();
    if (auto done = copy_snapshots(); !done) return done.error();
    if (auto done = copy_records(); !done) return done.error();
    total_.batches = number_;
    return total_;
  }

 private:
  result<void> copy_facts() {
    for (row_number after = 0;;) {
      auto page = page_after(from_, after);
      if (!page) return page.error();
      if (page->empty()) return {};
      after = page->back().row;
      batch next;
      for (auto& row : *page) {
        skus_.insert(row.sku);
        next.facts.push_back({row.sku, std::move(row.fact)});
      }
      if (auto done = commit(std::move(next)); !done) return done;
      total_.facts += static_cast<std::int64_t>(page->size());
      progress_(page->size());
    }
  }

  result<void> copy_snapshots() {
    batch next;
    std::size_t bytes = 0;
    for (const auto sku : skus_) {
      auto found = from_.load_snapshot(sku);
      if (!found) return found.error();
      if (!*found) continue;
      bytes += (*found)->body.size();
      next.snapshots.push_back(std::move(**found));
      ++total_.snapshots;
      if (next.snapshots.size() < limits::facts_per_batch_max && bytes < limits::stored_value_bytes_max)
        continue;
      if (auto done = commit(std::exchange(next, {})); !done) return done;
      bytes = 0;
    }
    return commit(std::move(next));
  }

  result<void> copy_records() {
    std::vector<record> records;
    if (auto read = each_record(from_, [&](record item) { records.push_back(std::move(item)); }); !read)
      return read;
    total_.records = static_cast<std::int64_t>(records.size());
    return write(std::move(records));
  }

  result<void> write(std::vector<record> records) {
    for (std::size_t done = 0; done < records.size(); done += limits::facts_per_batch_max) {
      const auto end = std::min(records.size(), done + limits::facts_per_batch_max);
      batch next;
      std::move(records.begin() + static_cast<std::ptrdiff_t>(done),
                records.begin() + static_cast<std::ptrdiff_t>(end), std::back_inserter(next.records));
      if (auto written = commit(std::move(next)); !written) return written;
    }
    return {};
  }

  result<void> commit(batch next) {
    next.number = ++number_;
    const auto outcome = to_.commit(next);
    if (outcome.status == commit_status::committed) return {};
    return engine::make_error(
        outcome.status == commit_status::refused ? engine::error_code::refused
                                                 : engine::error_code::unavailable,
        fmt::format("the copy is not complete: {}; empty the target and copy again", outcome.what));
  }

  reader& from_;
  store& to_;
  const copy_progress& progress_;
  copied total_;
  batch_number number_ = 0;
  std::set<engine::sku_id> skus_;
};

result<void> differs(const std::string& where) {
  return engine::make_error(engine::error_code::corrupt,
                            fmt::format("the copy differs: {}; do not use the target", where));
}

result<void> same_snapshot(reader& from, reader& to, engine::sku_id sku) {
  const auto here = from.load_snapshot(sku);
  if (!here) return here.error();
  const auto there = to.load_snapshot(sku);
  if (!there) return there.error();
  const bool same = here->has_value() == there->has_value() &&
                    (!*here || ((**here).version == (**there).version && (**here).body == (**there).body));
  return same ? result<void>{}
              : differs(fmt::format("the snapshot of SKU {}", static_cast<std::int64_t>(sku)));
}

std::int64_t number(auto id) {
  return static_cast<std::int64_t>(id);
}

std::int64_t stored(engine::time_point at) {
  return at.time_since_epoch().count();
}

std::string in_words_of(const engine::listing_rule& rule) {
  std::string text;
  for (const auto& each : figures_of(rule))
    text += each ? fmt::format(" {}", *each) : " -";
  return text;
}

// A record with every member it has: two are the same when these are.
struct in_words {
  std::string operator()(const engine::product& item) const {
    auto text = fmt::format("product {} '{}' '{}'", number(item.id), item.code, item.title);
    for (const auto& [scheme, value] : item.identifiers)
      text += fmt::format(" {}='{}'", scheme, value);
    for (const auto& tag : item.tags)
      text += fmt::format(" tag '{}'", tag);
    for (const auto each : item.substitutes)
      text += fmt::format(" or {}", number(each));
    return text;
  }

  std::string operator()(const engine::account& item) const {
    auto text = fmt::format("account {} '{}' of {}, mode {}", number(item.id), item.name, item.marketplace,
                            number(item.mode));
    if (!item.sourcing) return text;
    text += fmt::format(", served by {} {} from", number(item.sourcing->pick), item.sourcing->may_split);
    for (const auto each : item.sourcing->locations)
      text += fmt::format(" {}", number(each));
    return text;
  }

  std::string operator()(const engine::location& item) const {
    return fmt::format("location {} '{}' '{}' {}", number(item.id), item.code, item.title, item.priority);
  }

  std::string operator()(const engine::listing& item) const {
    return fmt::format("listing {} of account {} and SKU {}: '{}' '{}' '{}'{}", number(item.id),
                       number(item.account), number(item.sku), item.item, item.variant, item.location,
                       in_words_of(item.rule));
  }

  std::string operator()(const engine::account_rule& item) const {
    return fmt::format("rule of account {} for '{}':{}", number(item.account), item.tag, in_words_of(item.rule));
  }

  std::string operator()(const engine::bundle& item) const {
    auto text = fmt::format("revision {} of bundle {}:", item.revision, number(item.id));
    for (const auto& each : item.components)
      text += fmt::format(" {}x{}", number(each.sku), each.per);
    text += ", leaves";
    for (const auto& each : item.leaves)
      text += fmt::format(" {}x{}", number(each.sku), each.per);
    return text;
  }

  std::string operator()(const publication& item) const {
    return fmt::format("publication {} of listing {}: {} {} {} {} {} '{}'", item.counter,
                       number(item.listing), item.sku_version, item.quantity, item.expected, stored(item.at),
                       item.uncertain, item.parked);
  }

  std::string operator()(const dead_letter& item) const {
    return fmt::format("dead letter {} of account {}: {} '{}' '{}' '{}' '{}'", item.id, number(item.account),
                       stored(item.at), item.kind, item.reference, item.reason, item.body);
  }

  std::string operator()(const proposal& item) const {
    return fmt::format("proposal of {} '{}' for SKU {}: asked {} '{}' of {}, '{}' {} {}", item.of.code.scheme,
                       item.of.code.value, number(item.of.sku), item.asked.scheme, item.asked.value, item.source,
                       item.title, stored(item.at), number(item.state));
  }

  std::string operator()(const watermark& item) const {
    return fmt::format("watermark '{}' of account {}: {}", item.stream, number(item.account),
                       stored(item.at));
  }

  std::string operator()(const quarantined& item) const {
    return fmt::format("quarantined SKU {}: {} '{}' {}", number(item.sku), stored(item.at), item.reason,
                       item.released);
  }
};

result<std::vector<std::string>> records_in_words(reader& from) {
  std::vector<std::string> lines;
  auto read = each_record(from, [&](const record& item) { lines.push_back(std::visit(in_words{}, item)); });
  if (!read) return read.error();
  return lines;
}

result<void> same_records(reader& from, reader& to) {
  const auto here = records_in_words(from);
  if (!here) return here.error();
  const auto there = records_in_words(to);
  if (!there) return there.error();
  const auto [left, right] = std::ranges::mismatch(*here, *there);
  if (left != here->end()) return differs(*left);
  return right == there->end() ? result<void>{} : differs(*right);
}

} // namespace

result<copied> copy_store(reader& from, store& to, engine::time_point now, const copy_progress& progress) {
  const auto target = to.open_reader();
  if (!target) return target.error();
  const auto first = page_after(**target, 0);
  if (!first) return first.error();
  if (!first->empty())
    return engine::make_error(engine::error_code::conflict,
                              "the target holds facts already: copy into an empty store");
  return copier{from, to, progress}.run(now);
}

result<void> check_copy(reader& from, reader& to, const copy_progress& progress) {
  std::set<engine::sku_id> skus;
  row_number here = 0;
  row_number there = 0;
  for (;;) {
    const auto left = page_after(from, here);
    if (!left) return left.error();
    const auto right = page_after(to, there);
    if (!right) return right.error();
    if (left->size() != right->size()) return differs("one store has more facts than the other");
    if (left->empty()) break;
    for (std::size_t i = 0; i < left->size(); ++i) {
      const auto& a = (*left)[i];
      const auto& b = (*right)[i];
      skus.insert(a.sku);
      if (a.sku != b.sku || a.fact != b.fact)
        return differs(fmt::format("fact {} of SKU {}", a.fact.version, static_cast<std::int64_t>(a.sku)));
    }
    here = left->back().row;
    there = right->back().row;
    progress(left->size());
  }
  for (const auto sku : skus)
    if (auto same = same_snapshot(from, to, sku); !same) return same;
  return same_records(from, to);
}

result<void> finish_copy(store& to, const copied& what) {
  const auto outcome = to.commit({what.batches + 1, {}, {}, {copy_mark({})}});
  if (outcome.status == commit_status::committed) return {};
  return engine::make_error(engine::error_code::unavailable,
                            fmt::format("the copy is whole and not marked so: {}", outcome.what));
}

result<bool> copy_unfinished(reader& of) {
  const auto mark = of.load_watermark(engine_itself, copy_stream);
  if (!mark) return mark.error();
  return mark->has_value() && (**mark).at != engine::time_point{};
}

} // namespace lockstep::storage
