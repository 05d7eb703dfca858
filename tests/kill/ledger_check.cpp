#include "tests/kill/ledger_check.hpp"

#include "actors/loader.hpp"
#include "engine/decide.hpp"
#include "engine/limits.hpp"
#include "tests/kill/stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

namespace lockstep::kill {

engine::result<verdict> ledger_check::compare(storage::reader& from, const std::vector<client>& clients) {
  auto named = from.each_account([&](const engine::account& one) { accounts_[one.name] = one.id; });
  if (!named) return named.error();
  auto scanned = from.scan(read_to_, [&](const storage::stored_fact& row) {
    take(row);
    return true;
  });
  if (!scanned) return scanned.error();
  for (const auto& who : clients)
    count_lost(who);
  const auto diverged = count_diverged(from);
  if (!diverged) return diverged.error();
  const auto split = count_split_orders(from);
  if (!split) return split.error();
  found_.diverged = *diverged + *split;
  return found_;
}

engine::quantity ledger_check::sold(std::string_view account, engine::sku_id sku) const {
  const auto known = accounts_.find(account);
  if (known == accounts_.end()) return 0;
  const auto found = sold_.find({known->second, sku});
  return found == sold_.end() ? 0 : found->second;
}

// A movement is known by its key, an order line by its reservation: no order of this test changes.
void ledger_check::take(const storage::stored_fact& row) {
  const auto& fact = row.fact;
  const bool ordered = fact.kind == engine::fact_kind::ordered;
  if (ordered) orders_[{fact.account, fact.reference}].push_back({row.sku, fact.units, fact.location});
  if (ordered) sold_[{fact.account, row.sku}] += fact.units;
  const auto& id = ordered ? fact.reservation : fact.key;
  if (!id.is_nil() && !movements_.try_emplace(id, place{row.sku, fact.version}).second) {
    ++found_.doubled;
    std::cerr << fmt::format("doubled: version {} of SKU {} is a movement made before\n", fact.version,
                             static_cast<std::int64_t>(row.sku));
  }
  if (fact.reference.starts_with(group_word) && ++group_members_[fact.reference] == 2)
    group_members_.erase(fact.reference);
  auto& state = replayed_[row.sku];
  state.retention = limits::key_retention_default;
  engine::evolve(state, fact);
  read_to_ = row.row;
}

void ledger_check::count_lost(const client& who) {
  auto& index = compared_[who.name()];
  for (; index < who.told().size(); ++index) {
    const bool order = who.is_marketplace();
    const auto sku = order ? order_sku(index, who.sells_bundles()) : movement_of(who.name(), index).sku;
    const auto id =
        order ? order_id(accounts_[std::string{webhook_account}], index) : movement_id(who.name(), index);
    const auto version = who.told()[index];
    const auto found = movements_.find(id);
    if (found != movements_.end() && static_cast<std::uint64_t>(found->second.sku) == sku + 1 &&
        (version == 0 || version == found->second.version))
      continue;
    ++found_.lost;
    std::cerr << fmt::format("lost: movement {} of {}, acknowledged as version {} of {}\n", index, who.name(),
                             version, sku_code(sku));
  }
}

// An order is whole: one plain SKU, or a bundle and what its revision takes, nothing less and nothing else.
bool ledger_check::is_whole(const std::vector<ordered_line>& lines) const {
  const auto own = std::ranges::find_if(lines, [](const auto& each) { return engine::is_composed(each.location); });
  if (own == lines.end()) return lines.size() == 1;
  const auto made_of = compositions_.find({own->sku, engine::revision_of(own->location)});
  if (made_of == compositions_.end()) return false;
  std::map<engine::sku_id, engine::quantity> left;
  for (const auto& leaf : made_of->second)
    left[leaf.sku] = leaf.per * own->units;
  for (const auto& each : lines)
    if (!engine::is_composed(each.location)) left[each.sku] -= each.units;
  return std::ranges::all_of(left, [](const auto& each) { return each.second == 0; });
}

// Orders that are whole are settled: no order of this test changes.
engine::result<std::uint64_t> ledger_check::count_split_orders(storage::reader& from) {
  auto read = from.each_bundle([&](engine::bundle each) { compositions_[{each.id, each.revision}] = each.leaves; });
  if (!read) return read.error();
  std::erase_if(orders_, [&](const auto& each) { return is_whole(each.second); });
  for (const auto& [order, lines] : orders_)
    std::cerr << fmt::format("split: order {} has {} lines\n", order.second, lines.size());
  return orders_.size();
}

engine::result<std::uint64_t> ledger_check::count_diverged(storage::reader& from) const {
  std::uint64_t diverged = 0;
  for (const auto& [sku, state] : replayed_) {
    const auto loaded = actors::read_state(from, sku, limits::key_retention_default);
    if (!loaded) return loaded.error();
    const auto now = engine::figures_of(state);
    if (engine::same(loaded->state, state) && now.total - now.reserved == now.available && now.available >= 0)
      continue;
    ++diverged;
    std::cerr << fmt::format("diverged: SKU {}\n", static_cast<std::int64_t>(sku));
  }
  for (const auto& [reference, members] : group_members_)
    std::cerr << fmt::format("split: {} has {} of 2 members\n", reference, members);
  return diverged + group_members_.size();
}

} // namespace lockstep::kill
