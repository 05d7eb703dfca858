#include "storage/sqlite/record_writer.hpp"

#include "storage/account_mode.hpp"
#include "storage/proposal_columns.hpp"
#include "storage/rule_columns.hpp"
#include "storage/sqlite/fact_row.hpp"
#include "storage/product_columns.hpp"

#include <utility>

namespace lockstep::storage::sqlite {
namespace {

template <class Id>
std::int64_t number(Id id) {
  return static_cast<std::int64_t>(id);
}

statement& bind_rule(statement& into, int first, const rule_figures& rule) {
  for (const auto& each : rule)
    into.bind(first++, each);
  return into;
}

} // namespace

result<record_writer> record_writer::prepare(connection& db) {
  record_writer made;
  const std::pair<statement*, std::string_view> statements[]{
      {&made.product_, "INSERT OR REPLACE INTO product (id, code, title, tags, substitutes)"
                       " VALUES (?, ?, ?, ?, ?)"},
      {&made.forget_identifiers_, "DELETE FROM product_identifier WHERE product = ?"},
      {&made.identifier_,
       "INSERT INTO product_identifier (product, position, scheme, value) VALUES (?, ?, ?, ?)"},
      {&made.relist_, "UPDATE publication SET uncertain = 1 WHERE listing = ?1 AND EXISTS"
                      " (SELECT 1 FROM listing WHERE id = ?1 AND (sku <> ?2 OR"
                      " (" LOCKSTEP_RULE_COLUMNS ") IS NOT (?3, ?4, ?5, ?6, ?7, ?8, ?9)))"},
      {&made.account_, "INSERT OR REPLACE INTO account"
                       " (id, name, marketplace, mode, sourcing_pick, sourcing_split) VALUES (?, ?, ?, ?, ?, ?)"},
      {&made.forget_sources_, "DELETE FROM account_location WHERE account = ?"},
      {&made.source_, "INSERT INTO account_location (account, position, location) VALUES (?, ?, ?)"},
      {&made.location_, "INSERT OR REPLACE INTO location (id, code, title, priority) VALUES (?, ?, ?, ?)"},
      {&made.listing_,
       "INSERT OR REPLACE INTO listing (id, account, sku, item, variant, location, " LOCKSTEP_RULE_COLUMNS ")"
       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      {&made.forget_rule_, "DELETE FROM rule WHERE account = ? AND tag = ?"},
      {&made.rule_, "INSERT INTO rule (account, tag, " LOCKSTEP_RULE_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      {&made.bundle_part_,
       "INSERT OR REPLACE INTO bundle_part (bundle, revision, is_leaf, sku, per) VALUES (?, ?, ?, ?, ?)"},
      {&made.publication_, "INSERT OR REPLACE INTO publication"
                           " (listing, counter, sku_version, quantity, expected, at, uncertain, parked)"
                           " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
      {&made.new_letter_, "INSERT INTO dead_letter (at, account, kind, reference, reason, body, replayed)"
                          " VALUES (?, ?, ?, ?, ?, ?, ?)"},
      {&made.letter_,
       "INSERT OR REPLACE INTO dead_letter (at, account, kind, reference, reason, body, replayed, id)"
       " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
      {&made.watermark_, "INSERT OR REPLACE INTO watermark (account, stream, at) VALUES (?, ?, ?)"},
      {&made.quarantined_,
       "INSERT OR REPLACE INTO quarantined (sku, at, reason, released) VALUES (?, ?, ?, ?)"},
      {&made.proposal_, "INSERT INTO proposal (" LOCKSTEP_PROPOSAL_COLUMNS ")"
                        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)" LOCKSTEP_PROPOSAL_UPDATE},
      {&made.snapshot_,
       "INSERT INTO snapshot (sku, version, at, body) VALUES (?, ?, ?, ?) ON CONFLICT (sku) DO UPDATE"
       " SET version = excluded.version, at = excluded.at, body = excluded.body"
       " WHERE excluded.version >= version"},
      {&made.milestone_, "INSERT OR REPLACE INTO milestone (sku, version, row) VALUES (?, ?, ?)"},
  };
  for (const auto& [target, sql] : statements) {
    auto prepared = db.prepare(sql);
    if (!prepared) return prepared.error();
    *target = std::move(*prepared);
  }
  return made;
}

result<void> record_writer::write(const record& item) {
  return std::visit([this](const auto& kind) { return put(kind); }, item);
}

result<void> record_writer::write(const snapshot& taken) {
  return snapshot_.bind(1, number(taken.sku))
      .bind(2, taken.version)
      .bind(3, stored(taken.at))
      .bind_blob(4, taken.body)
      .run();
}

result<void> record_writer::write(const milestone& reached) {
  return milestone_.bind_all(number(reached.sku), reached.at.version, reached.at.row).run();
}

result<void> record_writer::put(const engine::product& item) {
  const auto tags = tags_column(item.tags);
  const auto substitutes = substitutes_column(item.substitutes);
  auto done = product_.bind_all(number(item.id), item.code, item.title, tags, substitutes).run();
  if (done) done = forget_identifiers_.bind_all(number(item.id)).run();
  std::int64_t position = 0;
  for (const auto& [scheme, value] : item.identifiers)
    if (done) done = identifier_.bind_all(number(item.id), ++position, scheme, value).run();
  return done;
}

result<void> record_writer::put(const engine::account& item) {
  const auto* rule = item.sourcing ? &*item.sourcing : nullptr;
  auto done = account_
                  .bind_all(number(item.id), item.name, item.marketplace, mode_name(item.mode),
                            pick_name(item.sourcing), number(rule != nullptr && rule->may_split))
                  .run();
  if (done) done = forget_sources_.bind_all(number(item.id)).run();
  std::int64_t position = 0;
  for (const auto location : rule == nullptr ? std::vector<engine::location_id>{} : rule->locations)
    if (done) done = source_.bind_all(number(item.id), ++position, number(location)).run();
  return done;
}

result<void> record_writer::put(const engine::location& item) {
  return location_.bind_all(number(item.id), item.code, item.title, std::int64_t{item.priority}).run();
}

result<void> record_writer::put(const engine::listing& item) {
  const auto rule = figures_of(item.rule);
  relist_.bind_all(number(item.id), number(item.sku));
  if (auto done = bind_rule(relist_, 3, rule).run(); !done) return done;
  listing_.bind_all(number(item.id), number(item.account), number(item.sku), item.item, item.variant,
                    item.location);
  return bind_rule(listing_, 7, rule).run();
}

result<void> record_writer::put(const engine::account_rule& item) {
  auto done = forget_rule_.bind_all(number(item.account), item.tag).run();
  if (!done || item.rule == engine::listing_rule{}) return done;
  return bind_rule(rule_.bind_all(number(item.account), item.tag), 3, figures_of(item.rule)).run();
}

result<void> record_writer::put(const engine::bundle& item) {
  result<void> done;
  const auto put_parts = [&](const std::vector<engine::component>& parts, std::int64_t is_leaf) {
    for (const auto& each : parts)
      if (done)
        done = bundle_part_.bind_all(number(item.id), number(item.revision), is_leaf, number(each.sku), each.per)
                   .run();
  };
  put_parts(item.components, 0);
  put_parts(item.leaves, 1);
  return done;
}

result<void> record_writer::put(const publication& item) {
  return publication_
      .bind_all(number(item.listing), item.counter, item.sku_version, item.quantity, item.expected,
                stored(item.at), number(item.uncertain), item.parked)
      .run();
}

result<void> record_writer::put(const dead_letter& item) {
  auto& target = item.id == 0 ? new_letter_ : letter_;
  target.bind_all(stored(item.at), number(item.account), item.kind, item.reference, item.reason, item.body,
                  number(item.replayed));
  if (item.id != 0) target.bind(8, item.id);
  return target.run();
}

result<void> record_writer::put(const watermark& item) {
  return watermark_.bind_all(number(item.account), item.stream, stored(item.at)).run();
}

result<void> record_writer::put(const quarantined& item) {
  return quarantined_.bind_all(number(item.sku), stored(item.at), item.reason, number(item.released)).run();
}

result<void> record_writer::put(const proposal& item) {
  return proposal_
      .bind_all(number(item.of.sku), item.of.code.scheme, item.of.code.value, item.asked.scheme, item.asked.value,
                item.source, item.title, stored(item.at), number(item.state))
      .run();
}

} // namespace lockstep::storage::sqlite
