#include "tests/kill/ledger_check.hpp"

#include "actors/loader.hpp"
#include "engine/decide.hpp"
#include "storage/sqlite/sqlite_store.hpp"
#include "tests/kill/stream.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <iostream>

namespace lockstep::kill {

namespace {

struct ledger {
  boost::unordered_flat_map<engine::uuid, storage::stored_fact, boost::hash<engine::uuid>> by_key;
  std::map<engine::sku_id, engine::sku_state> replayed;
  std::map<std::string, std::uint64_t> group_members;
  std::uint64_t doubled = 0;
};

engine::result<ledger> read_ledger(storage::reader& from) {
  ledger out;
  auto scanned = from.scan(0, [&](const storage::stored_fact& row) {
    if (!row.fact.key.is_nil() && !out.by_key.try_emplace(row.fact.key, row).second) ++out.doubled;
    if (row.fact.reference.starts_with("group ")) ++out.group_members[row.fact.reference];
    auto& state = out.replayed[row.sku];
    state.retention = limits::key_retention_default;
    engine::evolve(state, row.fact);
    return true;
  });
  if (!scanned) return scanned.error();
  return out;
}

std::uint64_t count_lost(const ledger& stored, const std::map<std::uint64_t, acknowledgement>& told) {
  std::uint64_t lost = 0;
  for (const auto& [index, one] : told) {
    const auto found = stored.by_key.find(key_of(index));
    const bool kept = found != stored.by_key.end() &&
                      static_cast<std::int64_t>(found->second.sku) == one.sku &&
                      found->second.fact.version == one.version;
    if (kept) continue;
    ++lost;
    std::cerr << "lost: movement " << index << " acknowledged as version " << one.version << " of SKU "
              << one.sku << '\n';
  }
  return lost;
}

// `diverged` of a SKU: loading it (snapshot and the facts after it) gives another state than replaying
// everything.
engine::result<std::uint64_t> count_diverged(storage::reader& from, const ledger& stored) {
  std::uint64_t diverged = 0;
  for (const auto& [sku, state] : stored.replayed) {
    const auto loaded = actors::read_state(from, sku, limits::key_retention_default);
    if (!loaded) return loaded.error();
    const auto now = figures_of(state);
    if (same(loaded->state, state) && now.total - now.reserved == now.available && now.available >= 0)
      continue;
    ++diverged;
    std::cerr << "diverged: SKU " << static_cast<std::int64_t>(sku) << '\n';
  }
  for (const auto& [reference, members] : stored.group_members) {
    if (members == 2) continue;
    ++diverged;
    std::cerr << "split: " << reference << " has " << members << " of 2 members\n";
  }
  return diverged;
}

} // namespace

engine::result<verdict> check_ledger(const std::string& database,
                                     const std::map<std::uint64_t, acknowledgement>& told) {
  auto store = storage::open_sqlite({.path = database});
  if (!store) return store.error();
  auto reader = (*store)->open_reader();
  if (!reader) return reader.error();
  const auto stored = read_ledger(**reader);
  if (!stored) return stored.error();
  const auto diverged = count_diverged(**reader, *stored);
  if (!diverged) return diverged.error();
  verdict out{count_lost(*stored, told), stored->doubled, *diverged, 0};
  for (auto one = told.begin(); one != told.end() && one->first == out.next; ++one)
    ++out.next;
  return out;
}

} // namespace lockstep::kill
