#include "storage/postgres/record_writer.hpp"

#include "storage/account_mode.hpp"
#include "storage/proposal_columns.hpp"
#include "storage/rule_columns.hpp"
#include "storage/postgres/fact_row.hpp"
#include "storage/postgres/record_row.hpp"
#include "storage/product_columns.hpp"

#include "engine/codec.hpp"

#include <array>

namespace lockstep::storage::postgres {
namespace {

constexpr statement put_product{
    "put_product", "INSERT INTO product (id, code, title, tags, substitutes) VALUES ($1, $2, $3, $4, $5)"
                   " ON CONFLICT (id) DO UPDATE SET code = excluded.code, title = excluded.title,"
                   " tags = excluded.tags, substitutes = excluded.substitutes"};
constexpr statement forget_identifiers{"forget_identifiers",
                                       "DELETE FROM product_identifier WHERE product = $1"};
constexpr statement put_identifier{
    "put_identifier",
    "INSERT INTO product_identifier (product, position, scheme, value) VALUES ($1, $2, $3, $4)"};
constexpr statement put_account{"put_account",
                                "INSERT INTO account (id, name, marketplace, mode, sourcing_pick, sourcing_split)"
                                " VALUES ($1, $2, $3, $4, $5, $6::int <> 0)"
                                " ON CONFLICT (id) DO UPDATE SET name = excluded.name,"
                                " marketplace = excluded.marketplace, mode = excluded.mode,"
                                " sourcing_pick = excluded.sourcing_pick, sourcing_split = excluded.sourcing_split"};
constexpr statement forget_sources{"forget_sources", "DELETE FROM account_location WHERE account = $1"};
constexpr statement put_source{"put_source",
                               "INSERT INTO account_location (account, position, location) VALUES ($1, $2, $3)"};
constexpr statement put_location{"put_location",
                                 "INSERT INTO location (id, code, title, priority) VALUES ($1, $2, $3, $4)"
                                 " ON CONFLICT (id) DO UPDATE SET code = excluded.code, title = excluded.title,"
                                 " priority = excluded.priority"};
constexpr statement put_listing{
    "put_listing",
    "INSERT INTO listing (id, account, sku, item, variant, location, " LOCKSTEP_RULE_COLUMNS ")"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::int <> 0, $13::int <> 0)"
    " ON CONFLICT (id) DO UPDATE SET account = excluded.account, sku = excluded.sku, item = excluded.item,"
    " variant = excluded.variant, location = excluded.location, cap = excluded.cap, buffer = excluded.buffer,"
    " buffer_percent = excluded.buffer_percent, minimum = excluded.minimum, share = excluded.share,"
    " sells = excluded.sells, sells_ahead = excluded.sells_ahead"};
constexpr statement forget_rule{"forget_rule", "DELETE FROM rule WHERE account = $1 AND tag = $2"};
constexpr statement put_rule{"put_rule",
                             "INSERT INTO rule (account, tag, " LOCKSTEP_RULE_COLUMNS ")"
                             " VALUES ($1, $2, $3, $4, $5, $6, $7, $8::int <> 0, $9::int <> 0)"};
constexpr statement put_bundle_part{
    "put_bundle_part", "INSERT INTO bundle_part (bundle, revision, is_leaf, sku, per)"
                       " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (bundle, revision, is_leaf, sku)"
                       " DO UPDATE SET per = excluded.per"};
constexpr statement relist{"relist", "UPDATE publication SET uncertain = true WHERE listing = $1 AND EXISTS"
                                     " (SELECT 1 FROM listing WHERE id = $1 AND (sku <> $2 OR"
                                     " (" LOCKSTEP_RULE_COLUMNS ") IS DISTINCT FROM"
                                     " ($3::bigint, $4::bigint, $5::bigint, $6::bigint, $7::bigint,"
                                     " $8::int <> 0, $9::int <> 0)))"};
constexpr statement put_publication{
    "put_publication",
    "INSERT INTO publication (listing, counter, sku_version, quantity, expected, at, uncertain, parked)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7::int <> 0, $8) ON CONFLICT (listing) DO UPDATE SET"
    " counter = excluded.counter, sku_version = excluded.sku_version, quantity = excluded.quantity,"
    " expected = excluded.expected, at = excluded.at, uncertain = excluded.uncertain, parked = "
    "excluded.parked"};
// The only writer gives the next id.
constexpr statement put_letter{
    "put_letter",
    "INSERT INTO dead_letter (at, account, kind, reference, reason, body, replayed, id)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7::int <> 0,"
    " coalesce(nullif($8::bigint, 0), (SELECT coalesce(max(id), 0) + 1 FROM dead_letter)))"
    " ON CONFLICT (id) DO UPDATE SET at = excluded.at, account = excluded.account, kind = excluded.kind,"
    " reference = excluded.reference, reason = excluded.reason, body = excluded.body, replayed = "
    "excluded.replayed"};
constexpr statement put_watermark{"put_watermark",
                                  "INSERT INTO watermark (account, stream, at) VALUES ($1, $2, $3)"
                                  " ON CONFLICT (account, stream) DO UPDATE SET at = excluded.at"};
constexpr statement put_quarantine{
    "put_quarantine", "INSERT INTO quarantine (sku, at, reason, released) VALUES ($1, $2, $3, $4::int <> 0)"
                      " ON CONFLICT (sku) DO UPDATE SET at = excluded.at, reason = excluded.reason,"
                      " released = excluded.released"};
constexpr statement put_proposal{"put_proposal", "INSERT INTO proposal (" LOCKSTEP_PROPOSAL_COLUMNS ")"
                                                 " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
                                                 LOCKSTEP_PROPOSAL_UPDATE};
constexpr statement put_stock{
    "put_stock",
    "INSERT INTO stock (sku, version, at, body, on_hand, inspecting, safety_kind, safety_value, in_transit, incoming)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (sku) DO UPDATE SET"
    " version = excluded.version, at = excluded.at, body = excluded.body, on_hand = excluded.on_hand,"
    " inspecting = excluded.inspecting, safety_kind = excluded.safety_kind, safety_value = excluded.safety_value,"
    " in_transit = excluded.in_transit, incoming = excluded.incoming WHERE excluded.version >= stock.version"};

constexpr std::array statements{put_product,    forget_identifiers, put_identifier, put_account,
                                put_listing,    put_publication,    put_letter,     put_watermark,
                                put_quarantine, put_stock,          relist,         put_bundle_part,
                                forget_sources, put_source,         put_location,   forget_rule,
                                put_rule,       put_proposal};

parameters with_rule(parameters values, const engine::listing_rule& rule) {
  for (const auto& each : figures_of(rule))
    values.add(each);
  return values;
}

struct put {
  connection& to;

  answer<void> operator()(const engine::product& item) const {
    auto done = to.queue(put_product, parameters::of(number(item.id), item.code, item.title,
                                                   tags_column(item.tags),
                                                   substitutes_column(item.substitutes)));
    if (done) done = to.queue(forget_identifiers, parameters::of(number(item.id)));
    std::int64_t position = 0;
    for (const auto& [scheme, value] : item.identifiers)
      if (done) done = to.queue(put_identifier, parameters::of(number(item.id), ++position, scheme, value));
    return done;
  }

  answer<void> operator()(const engine::account& item) const {
    const auto* rule = item.sourcing ? &*item.sourcing : nullptr;
    auto done = to.queue(put_account, parameters::of(number(item.id), item.name, item.marketplace,
                                                     std::string{mode_name(item.mode)},
                                                     std::string{pick_name(item.sourcing)},
                                                     number(rule != nullptr && rule->may_split)));
    if (done) done = to.queue(forget_sources, parameters::of(number(item.id)));
    std::int64_t position = 0;
    for (const auto location : rule == nullptr ? std::vector<engine::location_id>{} : rule->locations)
      if (done) done = to.queue(put_source, parameters::of(number(item.id), ++position, number(location)));
    return done;
  }

  answer<void> operator()(const engine::location& item) const {
    return to.queue(put_location,
                    parameters::of(number(item.id), item.code, item.title, std::int64_t{item.priority}));
  }

  answer<void> operator()(const engine::listing& item) const {
    auto done = to.queue(relist, with_rule(parameters::of(number(item.id), number(item.sku)), item.rule));
    if (!done) return done;
    return to.queue(put_listing, with_rule(parameters::of(number(item.id), number(item.account), number(item.sku),
                                                          item.item, item.variant, item.location),
                                           item.rule));
  }

  answer<void> operator()(const engine::account_rule& item) const {
    auto done = to.queue(forget_rule, parameters::of(number(item.account), item.tag));
    if (!done || item.rule == engine::listing_rule{}) return done;
    return to.queue(put_rule, with_rule(parameters::of(number(item.account), item.tag), item.rule));
  }

  answer<void> operator()(const engine::bundle& item) const {
    answer<void> done;
    const auto put_parts = [&](const std::vector<engine::component>& parts, std::int64_t is_leaf) {
      for (const auto& each : parts)
        if (done)
          done = to.queue(put_bundle_part, parameters::of(number(item.id), number(item.revision), is_leaf,
                                                          number(each.sku), each.per));
    };
    put_parts(item.components, 0);
    put_parts(item.leaves, 1);
    return done;
  }

  answer<void> operator()(const publication& item) const {
    return to.queue(put_publication,
                    parameters::of(number(item.listing), item.counter, item.sku_version, item.quantity,
                                   item.expected, stored(item.at), number(item.uncertain), item.parked));
  }

  answer<void> operator()(const dead_letter& item) const {
    return to.queue(put_letter,
                    parameters::of(stored(item.at), number(item.account), item.kind, item.reference,
                                   item.reason, item.body, number(item.replayed), item.id));
  }

  answer<void> operator()(const watermark& item) const {
    return to.queue(put_watermark, parameters::of(number(item.account), item.stream, stored(item.at)));
  }

  answer<void> operator()(const quarantined& item) const {
    return to.queue(put_quarantine,
                    parameters::of(number(item.sku), stored(item.at), item.reason, number(item.released)));
  }

  answer<void> operator()(const proposal& item) const {
    return to.queue(put_proposal,
                    parameters::of(number(item.of.sku), item.of.code.scheme, item.of.code.value, item.asked.scheme,
                                   item.asked.value, item.source, item.title, stored(item.at), number(item.state)));
  }
};

} // namespace

std::span<const statement> record_statements() {
  return statements;
}

answer<void> queue_record(connection& to, const record& item) {
  return std::visit(put{to}, item);
}

answer<void> queue_snapshot(connection& to, const snapshot& taken) {
  parameters values;
  values.add(number(taken.sku)).add(taken.version).add(stored(taken.at)).add_bytes(taken.body);
  if (const auto state = engine::decode_snapshot(taken.body, limits::key_retention_default)) {
    const auto figures = engine::figures_of(*state);
    values.add(figures.on_hand)
        .add(figures.inspecting)
        .add(number(state->safety.mode))
        .add(state->safety.value)
        .add(figures.in_transit)
        .add(figures.incoming);
  } else {
    values.add_null().add_null().add_null().add_null().add_null().add_null();
  }
  return to.queue(put_stock, values);
}

} // namespace lockstep::storage::postgres
