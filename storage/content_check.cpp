#include "storage/content_check.hpp"

#include "engine/limits.hpp"
#include "engine/text.hpp"

#include <fmt/format.h>

#include <initializer_list>
#include <string_view>

namespace lockstep::storage {
namespace {

commit_result refused(std::string what) {
  return {commit_status::refused, std::move(what)};
}

// What is wrong with a text; empty: nothing. PostgreSQL holds no NUL and nothing that is not UTF-8.
std::string_view flaw_of(std::initializer_list<std::string_view> texts) {
  for (const auto text : texts) {
    if (text.size() > limits::stored_value_bytes_max) return "is too long";
    if (!engine::is_valid_utf8(text)) return "is not UTF-8 without NUL";
  }
  return {};
}

struct flaw_of_record {
  std::string_view operator()(const engine::product& p) const {
    auto flaw = flaw_of({p.code, p.title});
    for (const auto& [scheme, value] : p.identifiers)
      if (flaw.empty()) flaw = flaw_of({scheme, value});
    for (const auto& tag : p.tags) {
      if (flaw.empty()) flaw = flaw_of({tag});
      if (flaw.empty() && (tag.empty() || tag.find('\n') != tag.npos)) flaw = "is no tag: it is empty or has a line break";
    }
    return flaw;
  }

  std::string_view operator()(const engine::location& l) const { return flaw_of({l.code, l.title}); }

  std::string_view operator()(const engine::account& a) const { return flaw_of({a.name, a.marketplace}); }

  std::string_view operator()(const engine::listing& l) const {
    return flaw_of({l.item, l.variant, l.location});
  }

  std::string_view operator()(const engine::account_rule& r) const { return flaw_of({r.tag}); }

  std::string_view operator()(const publication& p) const { return flaw_of({p.parked}); }

  std::string_view operator()(const dead_letter& d) const {
    return flaw_of({d.kind, d.reference, d.reason, d.body});
  }

  std::string_view operator()(const proposal& p) const {
    return flaw_of({p.of.code.scheme, p.of.code.value, p.asked.scheme, p.asked.value, p.source, p.title});
  }

  std::string_view operator()(const watermark& w) const { return flaw_of({w.stream}); }

  std::string_view operator()(const engine::bundle&) const { return {}; }

  std::string_view operator()(const quarantined& q) const { return flaw_of({q.reason}); }
};

} // namespace

std::optional<commit_result> objection(const batch& content, batch_number last) {
  if (content.number <= last)
    return refused(fmt::format("batch {} is not after batch {}, which is durable", content.number, last));
  for (const auto& item : content.facts)
    if (const auto flaw = flaw_of({item.fact.reference, item.fact.note}); !flaw.empty())
      return refused(fmt::format("a text of SKU {} version {} {}", static_cast<std::int64_t>(item.sku),
                                 item.fact.version, flaw));
  for (const auto& taken : content.snapshots)
    if (taken.body.size() > limits::stored_value_bytes_max)
      return refused(fmt::format("the snapshot of SKU {} is too long", static_cast<std::int64_t>(taken.sku)));
  for (const auto& item : content.records)
    if (const auto flaw = std::visit(flaw_of_record{}, item); !flaw.empty())
      return refused(fmt::format("a record's text {}", flaw));
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
