#include "storage/content_check.hpp"

#include "engine/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>

namespace lockstep::storage {
namespace {

commit_result refused(std::string what) {
  return {commit_status::refused, std::move(what)};
}

bool too_long(std::initializer_list<std::string_view> texts) {
  return std::ranges::any_of(texts, [](auto text) { return text.size() > limits::stored_value_bytes_max; });
}

struct record_too_long {
  bool operator()(const engine::product& p) const {
    return too_long({p.code, p.title}) || std::ranges::any_of(p.identifiers, [](const auto& i) {
             return too_long({i.scheme, i.value});
           });
  }

  bool operator()(const engine::account& a) const { return too_long({a.name, a.marketplace}); }

  bool operator()(const engine::listing& l) const { return too_long({l.item, l.variant, l.location}); }

  bool operator()(const publication& p) const { return too_long({p.parked}); }

  bool operator()(const dead_letter& d) const { return too_long({d.kind, d.reference, d.reason, d.body}); }

  bool operator()(const watermark& w) const { return too_long({w.stream}); }

  bool operator()(const quarantined& q) const { return too_long({q.reason}); }
};

} // namespace

std::optional<commit_result> objection(const batch& content, batch_number last) {
  if (content.number <= last)
    return refused(fmt::format("batch {} is not after batch {}, which is durable", content.number, last));
  for (const auto& item : content.facts)
    if (too_long({item.fact.reference, item.fact.note}))
      return refused(fmt::format("a text of SKU {} version {} is longer than {} bytes",
                                 static_cast<std::int64_t>(item.sku), item.fact.version,
                                 limits::stored_value_bytes_max));
  for (const auto& taken : content.snapshots)
    if (too_long({taken.body}))
      return refused(fmt::format("the snapshot of SKU {} is longer than {} bytes",
                                 static_cast<std::int64_t>(taken.sku), limits::stored_value_bytes_max));
  for (const auto& item : content.records)
    if (std::visit(record_too_long{}, item))
      return refused(fmt::format("a record's text is longer than {} bytes", limits::stored_value_bytes_max));
  return std::nullopt;
}

std::optional<commit_result> objection(const sku_fact& next, engine::version stored) {
  const auto version = next.fact.version;
  if (version == stored + 1) [[likely]]
    return std::nullopt;
  const auto sku = static_cast<std::int64_t>(next.sku);
  if (version > stored + 1)
    return refused(fmt::format("SKU {}: version {} leaves a gap after {}", sku, version, stored));
  return commit_result{commit_status::fenced,
                       fmt::format("SKU {}: version {} is stored already, up to {}", sku, version, stored)};
}

std::optional<commit_result> objection(const snapshot& taken, engine::version stored) {
  if (taken.version <= stored) return std::nullopt;
  return refused(fmt::format("SKU {}: a snapshot of version {} is ahead of its facts, which end at {}",
                             static_cast<std::int64_t>(taken.sku), taken.version, stored));
}

} // namespace lockstep::storage
