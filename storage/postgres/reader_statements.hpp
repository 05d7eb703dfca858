// What a reader asks.
#pragma once

#include "storage/postgres/archived_facts.hpp"
#include "storage/postgres/fact_row.hpp"
#include "storage/postgres/many_skus.hpp"
#include "storage/postgres/record_row.hpp"
#include "storage/postgres/upkeep.hpp"
#include "storage/proposal_columns.hpp"
#include "storage/rule_columns.hpp"

#include <array>

namespace lockstep::storage::postgres {

inline constexpr statement facts_upward{"facts_upward", "SELECT " LOCKSTEP_FACT_COLUMNS
                                                        " FROM ledger WHERE sku = $1 AND version > $2"
                                                        " ORDER BY version LIMIT $3"};
inline constexpr statement facts_downward{"facts_downward", "SELECT " LOCKSTEP_FACT_COLUMNS
                                                            " FROM ledger WHERE sku = $1 AND version < $2"
                                                            " ORDER BY version DESC LIMIT $3"};
// Unordered: see in_row_order().
inline constexpr statement facts_between{"facts_between", "SELECT " LOCKSTEP_FACT_COLUMNS
                                                          " FROM ledger WHERE row > $1 AND row <= $2"};
inline constexpr statement brief_between{"brief_between", "SELECT " LOCKSTEP_BRIEF_COLUMNS
                                                          " FROM ledger WHERE row > $1 AND row <= $2"};
inline constexpr statement first_row{"first_row", "SELECT first_row_at($1)"};
inline constexpr statement last_row{"last_row", "SELECT last_row FROM writer WHERE current"};
inline constexpr statement snapshot_of{"snapshot_of", "SELECT version, at, body FROM stock WHERE sku = $1"};
inline constexpr statement matter_began{
    "matter_began", "SELECT min(at) FROM fact WHERE sku = $1 AND kind IN (18, 21) AND key = $2::uuid"};
inline constexpr statement watermark_of{"watermark_of",
                                        "SELECT at FROM watermark WHERE account = $1 AND stream = $2"};
inline constexpr statement letters_after{
    "letters_after", "SELECT id, at, account, kind, reference, reason, body, replayed FROM dead_letter"
                     " WHERE id > $1 AND NOT replayed ORDER BY id LIMIT $2"};
inline constexpr statement letter_at{
    "letter_at", "SELECT id, at, account, kind, reference, reason, body, replayed FROM dead_letter"
                 " WHERE id = $1"};
inline constexpr statement all_products{
    "all_products", "SELECT p.id, p.code, p.title, i.scheme, i.value, p.tags, p.substitutes"
                    " FROM (SELECT id, code, title, tags, substitutes FROM product WHERE id > $1::bigint ORDER BY id LIMIT $2) p"
                    " LEFT JOIN product_identifier i ON i.product = p.id ORDER BY p.id, i.position"};
inline constexpr statement all_accounts{
    "all_accounts",
    "SELECT a.id, a.name, a.marketplace, a.mode, a.sourcing_pick, a.sourcing_split, l.location"
    " FROM account a LEFT JOIN account_location l ON l.account = a.id ORDER BY a.id, l.position"};
inline constexpr statement all_locations{"all_locations",
                                         "SELECT id, code, title, priority FROM location ORDER BY id"};
inline constexpr statement all_listings{
    "all_listings", "SELECT id, account, sku, item, variant, location, " LOCKSTEP_RULE_COLUMNS
                    " FROM listing WHERE id > $1::bigint ORDER BY id LIMIT $2"};
inline constexpr statement all_rules{"all_rules", "SELECT account, tag, " LOCKSTEP_RULE_COLUMNS
                                                  " FROM rule ORDER BY account, tag COLLATE \"C\""};
inline constexpr statement all_bundles{"all_bundles",
                                       "SELECT bundle, revision, is_leaf, sku, per FROM bundle_part"
                                       " ORDER BY bundle, revision, is_leaf, sku"};
inline constexpr statement all_publications{
    "all_publications", "SELECT listing, counter, sku_version, quantity, expected, at, uncertain, parked"
                        " FROM publication WHERE listing > $1::bigint ORDER BY listing LIMIT $2"};
inline constexpr statement all_quarantined{"all_quarantined",
                                           "SELECT sku, at, reason, released FROM quarantine ORDER BY sku"};
#define LOCKSTEP_PROPOSALS_AFTER "SELECT " LOCKSTEP_PROPOSAL_COLUMNS " FROM proposal WHERE (sku, scheme, value) > ($1::int, $2, $3)"
inline constexpr statement proposals_after{
    "proposals_after", LOCKSTEP_PROPOSALS_AFTER " ORDER BY sku, scheme, value LIMIT $4"};
inline constexpr statement open_proposals_after{
    "open_proposals_after", LOCKSTEP_PROPOSALS_AFTER " AND state = 0 ORDER BY sku, scheme, value LIMIT $4"};
#undef LOCKSTEP_PROPOSALS_AFTER
inline constexpr statement proposal_at{
    "proposal_at",
    "SELECT " LOCKSTEP_PROPOSAL_COLUMNS " FROM proposal WHERE sku = $1 AND scheme = $2 AND value = $3"};
inline constexpr statement size_on_disk{"size_on_disk",
                                        "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint"
                                        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                                        " WHERE n.nspname = current_schema() AND c.relkind = 'r'"};

// All of them, to be prepared on every connection of a reader.
inline constexpr std::array reader_statements{
    facts_upward,     facts_downward,  facts_between, first_row,      last_row,          snapshot_of,
    watermark_of,     letters_after,   letter_at,     all_products,   all_accounts,      all_listings,
    size_on_disk,     carelessness,    all_upward,    all_downward,   all_between,       facts_of_many,
    all_publications, all_quarantined, brief_between, all_unsettled, snapshots_of_many, all_brief_between,
    all_bundles,      all_locations,   all_rules,     proposals_after,   open_proposals_after, proposal_at,
    matter_began};

// The columns from `first` on.
inline engine::listing_rule rule_at(const rows& found, int row, int first) {
  rule_figures rule;
  for (auto& each : rule) {
    if (!found.is_null(row, first)) each = found.integer(row, first);
    ++first;
  }
  return rule_of(rule);
}

inline engine::listing read_listing(const rows& found, int row) {
  return {.id = static_cast<engine::listing_id>(found.integer(row, 0)),
          .account = static_cast<engine::account_id>(found.integer(row, 1)),
          .sku = static_cast<engine::sku_id>(found.integer(row, 2)),
          .item = text_at(found, row, 3),
          .variant = text_at(found, row, 4),
          .location = text_at(found, row, 5),
          .rule = rule_at(found, row, 6)};
}

} // namespace lockstep::storage::postgres
