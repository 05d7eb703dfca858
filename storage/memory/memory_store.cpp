#include "storage/memory/memory_store.hpp"

#include "storage/content_check.hpp"

#include "engine/limits.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <mutex>
#include <utility>

namespace lockstep::storage {

// Row n of the ledger is ledger[n - 1].
struct memory {
  struct ledger_row {
    stored_fact content;
    engine::time_point latest{}; // latest `at` up to and including this row
  };

  mutable std::mutex guard;
  epoch newest = 0;
  std::map<epoch, batch_number> last_batch;
  std::vector<ledger_row> ledger;
  std::map<engine::sku_id, std::vector<row_number>> rows_of; // version v of the SKU is at [v - 1]
  std::map<engine::sku_id, snapshot> snapshots;
  std::map<engine::sku_id, engine::product> products;
  std::map<engine::account_id, engine::account> accounts;
  std::map<engine::location_id, engine::location> locations;
  std::map<engine::listing_id, engine::listing> listings;
  std::map<std::pair<engine::sku_id, engine::composition_revision>, engine::bundle> bundles;
  std::map<std::pair<engine::account_id, std::string>, engine::account_rule> rules;
  std::map<engine::listing_id, publication> publications;
  std::map<engine::sku_id, quarantined> quarantine;
  std::map<std::pair<engine::account_id, std::string>, watermark, std::less<>> watermarks;
  std::map<std::int64_t, dead_letter> letters;
  std::map<proposal::name, proposal> proposals;

  [[nodiscard]] engine::version version_of(engine::sku_id sku) const {
    const auto found = rows_of.find(sku);
    return found == rows_of.end() ? 0 : static_cast<engine::version>(found->second.size());
  }

  [[nodiscard]] const stored_fact& at(row_number row) const {
    return ledger[static_cast<std::size_t>(row - 1)].content;
  }
};

namespace {

// Puts each kind of record where it belongs.
struct keep {
  memory& content;

  void operator()(const engine::product& p) const { content.products.insert_or_assign(p.id, p); }

  void operator()(const engine::account& a) const { content.accounts.insert_or_assign(a.id, a); }

  void operator()(const engine::listing& l) const {
    const auto known = content.listings.find(l.id);
    const auto shown = content.publications.find(l.id);
    const bool relisted =
        known != content.listings.end() && (known->second.sku != l.sku || !(known->second.rule == l.rule));
    if (relisted && shown != content.publications.end()) shown->second.uncertain = true;
    content.listings.insert_or_assign(l.id, l);
  }

  void operator()(const engine::bundle& b) const { content.bundles.insert_or_assign({b.id, b.revision}, b); }

  void operator()(const engine::location& l) const { content.locations.insert_or_assign(l.id, l); }

  void operator()(const engine::account_rule& r) const {
    content.rules.erase({r.account, r.tag});
    if (r.rule != engine::listing_rule{}) content.rules.emplace(std::pair{r.account, r.tag}, r);
  }

  void operator()(const publication& p) const { content.publications.insert_or_assign(p.listing, p); }

  void operator()(const quarantined& q) const { content.quarantine.insert_or_assign(q.sku, q); }

  void operator()(const watermark& w) const { content.watermarks.insert_or_assign({w.account, w.stream}, w); }

  void operator()(const proposal& p) const {
    const auto known = content.proposals.try_emplace(p.of, p).first;
    if (p.state != proposal_state::open || known->second.state != proposal_state::rejected) known->second = p;
  }

  void operator()(dead_letter d) const {
    if (d.id == 0) d.id = content.letters.empty() ? 1 : content.letters.rbegin()->first + 1;
    content.letters.insert_or_assign(d.id, std::move(d));
  }
};

// What reader::unsettled() asks for.
struct matters {
  engine::quantity incidents = 0;
  engine::quantity incoming = 0;
  engine::time_point held_to{};

  void add(const engine::fact& happened) {
    using engine::fact_kind;
    // No fact that was decided comes near: whatever a row holds, the sum is a number.
    constexpr engine::quantity most = 1'000'000'000'000;
    const auto units = std::clamp(happened.units, -most, most);
    switch (happened.kind) {
    case fact_kind::oversold:
    case fact_kind::supply_late:
    case fact_kind::below_zero: ++incidents; break;
    case fact_kind::resolved: --incidents; break;
    case fact_kind::expected: incoming += units; break;
    case fact_kind::supply_closed: incoming -= units; break;
    case fact_kind::received:
      if (!happened.reservation.is_nil()) incoming -= units;
      break;
    case fact_kind::held:
    case fact_kind::extended:
      if (happened.expires_at > happened.at + std::chrono::days{1}) held_to = std::max(held_to, happened.expires_at);
      break;
    default: break;
    }
  }
};

class memory_reader final : public reader {
 public:
  explicit memory_reader(std::shared_ptr<const memory> content) : content_(std::move(content)) {}

  result<std::optional<snapshot>> load_snapshot(engine::sku_id sku) override {
    const std::lock_guard lock{content_->guard};
    return value_or_nothing(content_->snapshots, sku);
  }

  result<std::vector<stored_fact>> facts_after(engine::sku_id sku, engine::version after,
                                               std::size_t limit) override {
    const std::lock_guard lock{content_->guard};
    std::vector<stored_fact> page;
    const auto newest = content_->version_of(sku);
    for (auto v = std::max<engine::version>(after, 0) + 1; v <= newest && page.size() < limit; ++v)
      page.push_back(version_at(sku, v));
    return page;
  }

  result<std::vector<sku_past>> load(std::span<const engine::sku_id> skus, std::size_t limit) override {
    std::vector<sku_past> found;
    for (const auto sku : skus) {
      auto newest = *load_snapshot(sku);
      auto facts = *facts_after(sku, newest ? newest->version : 0, limit);
      found.push_back({std::move(newest), std::move(facts)});
    }
    return found;
  }

  result<std::vector<engine::sku_id>> unsettled(std::span<const engine::sku_id> skus,
                                                engine::time_point held_to) override {
    std::vector<engine::sku_id> found;
    for (const auto sku : skus) {
      matters open;
      const auto facts = *facts_after(sku, 0, std::numeric_limits<std::size_t>::max());
      for (const auto& row : facts)
        open.add(row.fact);
      if (open.incidents > 0 || open.incoming > 0 || open.held_to > held_to) found.push_back(sku);
    }
    std::ranges::sort(found);
    return found;
  }

  result<std::optional<engine::time_point>> began(engine::sku_id sku, const engine::uuid& key) override {
    const auto facts = *facts_after(sku, 0, std::numeric_limits<std::size_t>::max());
    for (const auto& [row, of, happened] : facts)
      if ((happened.kind == engine::fact_kind::sent || happened.kind == engine::fact_kind::announced) &&
          happened.key == key)
        return std::optional{happened.at};
    return std::optional<engine::time_point>{};
  }

  result<std::vector<stored_fact>> history(engine::sku_id sku, engine::version before,
                                           std::size_t limit) override {
    const std::lock_guard lock{content_->guard};
    std::vector<stored_fact> page;
    const auto newest = content_->version_of(sku);
    for (auto v = before == 0 ? newest : std::min(before - 1, newest); v > 0 && page.size() < limit; --v)
      page.push_back(version_at(sku, v));
    return page;
  }

  result<std::vector<stored_fact>> history_between(engine::time_point from, engine::time_point to,
                                                   row_number after, std::size_t limit) override {
    const std::lock_guard lock{content_->guard};
    std::vector<stored_fact> page;
    for (const auto& row : content_->ledger) {
      if (page.size() == limit) break;
      if (row.content.row > after && row.latest >= from && row.latest < to) page.push_back(row.content);
    }
    return page;
  }

  result<void> scan(row_number after, const std::function<bool(const stored_fact&)>& visit) override {
    const auto end = static_cast<std::size_t>(rows());
    for (auto next = static_cast<std::size_t>(std::max<row_number>(after, 0)); next < end;) {
      const auto chunk = copy(next, std::min(end, next + limits::store_scan_rows));
      for (const auto& row : chunk)
        if (!visit(row)) return {};
      next += chunk.size();
    }
    return {};
  }

  result<row_number> first_row_at(engine::time_point from) override {
    const std::lock_guard lock{content_->guard};
    const auto found = std::ranges::lower_bound(content_->ledger, from, {}, &memory::ledger_row::latest);
    return found - content_->ledger.begin() + 1;
  }

  result<void> each_product(const std::function<void(engine::product)>& visit) override {
    return each(content_->products, visit);
  }

  result<void> each_account(const std::function<void(engine::account)>& visit) override {
    return each(content_->accounts, visit);
  }

  result<void> each_location(const std::function<void(engine::location)>& visit) override {
    return each(content_->locations, visit);
  }

  result<void> each_listing(const std::function<void(engine::listing)>& visit) override {
    return each(content_->listings, visit);
  }

  result<void> each_rule(const std::function<void(engine::account_rule)>& visit) override {
    return each(content_->rules, visit);
  }

  result<void> each_bundle(const std::function<void(engine::bundle)>& visit) override {
    return each(content_->bundles, visit);
  }

  result<void> each_publication(const std::function<void(publication)>& visit) override {
    return each(content_->publications, visit);
  }

  result<void> each_quarantined(const std::function<void(quarantined)>& visit) override {
    return each(content_->quarantine, visit);
  }

  result<void> each_proposal(const std::function<void(proposal)>& visit) override {
    return each(content_->proposals, visit);
  }

  result<std::vector<proposal>> open_proposals(const proposal::name& after, std::size_t limit) override {
    const std::lock_guard lock{content_->guard};
    std::vector<proposal> page;
    for (auto next = content_->proposals.upper_bound(after); next != content_->proposals.end(); ++next) {
      if (page.size() == limit) break;
      if (next->second.state == proposal_state::open) page.push_back(next->second);
    }
    return page;
  }

  result<std::optional<proposal>> load_proposal(const proposal::name& of) override {
    const std::lock_guard lock{content_->guard};
    return value_or_nothing(content_->proposals, of);
  }

  result<std::optional<watermark>> load_watermark(engine::account_id account,
                                                  std::string_view stream) override {
    const std::lock_guard lock{content_->guard};
    return value_or_nothing(content_->watermarks, std::pair{account, std::string{stream}});
  }

  result<std::vector<dead_letter>> dead_letters(std::int64_t after, std::size_t limit) override {
    const std::lock_guard lock{content_->guard};
    std::vector<dead_letter> page;
    for (auto next = content_->letters.upper_bound(after); next != content_->letters.end(); ++next) {
      if (page.size() == limit) break;
      if (!next->second.replayed) page.push_back(next->second);
    }
    return page;
  }

  result<std::optional<dead_letter>> load_dead_letter(std::int64_t id) override {
    const std::lock_guard lock{content_->guard};
    return value_or_nothing(content_->letters, id);
  }

  result<store_statistics> statistics() override {
    return store_statistics{.facts = rows(), .bytes = 0, .trouble = {}};
  }

 private:
  template <class Map, class Key>
  static std::optional<typename Map::mapped_type> value_or_nothing(const Map& map, const Key& key) {
    const auto found = map.find(key);
    if (found == map.end()) return std::nullopt;
    return found->second;
  }

  // Visitors run without the lock: they may read or commit.
  template <class Map, class Value>
  result<void> each(const Map& map, const std::function<void(Value)>& visit) {
    std::unique_lock lock{content_->guard};
    const auto copy = map;
    lock.unlock();
    for (const auto& [key, value] : copy)
      visit(value);
    return {};
  }

  [[nodiscard]] const stored_fact& version_at(engine::sku_id sku, engine::version version) const {
    return content_->at(content_->rows_of.at(sku)[static_cast<std::size_t>(version - 1)]);
  }

  [[nodiscard]] row_number rows() const {
    const std::lock_guard lock{content_->guard};
    return static_cast<row_number>(content_->ledger.size());
  }

  [[nodiscard]] std::vector<stored_fact> copy(std::size_t from, std::size_t to) const {
    const std::lock_guard lock{content_->guard};
    std::vector<stored_fact> rows;
    for (auto i = from; i < to; ++i)
      rows.push_back(content_->ledger[i].content);
    return rows;
  }

  std::shared_ptr<const memory> content_;
};

class memory_store final : public store {
 public:
  explicit memory_store(std::shared_ptr<memory> content) : content_(std::move(content)) {
    const std::lock_guard lock{content_->guard};
    epoch_ = ++content_->newest;
    content_->last_batch[epoch_] = 0;
  }

  epoch current_epoch() const override { return epoch_; }

  commit_result commit(const batch& content) override {
    const std::lock_guard lock{content_->guard};
    if (content_->newest != epoch_) return {commit_status::fenced, "another writer has opened the store"};
    if (content.facts.empty() && content.snapshots.empty() && content.records.empty()) return {};
    if (auto no = objection(content, content_->last_batch[epoch_])) return *no;
    if (auto no = sequence_objection(content)) return *no;
    append(content.facts);
    for (const auto& taken : content.snapshots)
      if (auto& kept = content_->snapshots[taken.sku]; taken.version >= kept.version) kept = taken;
    for (const auto& item : content.records)
      std::visit(keep{*content_}, item);
    content_->last_batch[epoch_] = content.number;
    return {};
  }

  result<bool> find_batch(batch_number number) override {
    const std::lock_guard lock{content_->guard};
    return number <= content_->last_batch[epoch_];
  }

  result<std::unique_ptr<reader>> open_reader() override { return std::make_unique<memory_reader>(content_); }

 private:
  [[nodiscard]] std::optional<commit_result> sequence_objection(const batch& content) const {
    std::map<engine::sku_id, engine::version> versions;
    const auto version_of = [&](engine::sku_id sku) -> engine::version& {
      return versions.try_emplace(sku, content_->version_of(sku)).first->second;
    };
    for (const auto& item : content.facts) {
      if (auto no = objection(item, version_of(item.sku))) return no;
      ++version_of(item.sku);
    }
    for (const auto& taken : content.snapshots)
      if (auto no = objection(taken, version_of(taken.sku))) return no;
    return std::nullopt;
  }

  void append(const std::vector<sku_fact>& facts) {
    auto& ledger = content_->ledger;
    for (const auto& item : facts) {
      const auto row = static_cast<row_number>(ledger.size()) + 1;
      const auto latest = ledger.empty() ? item.fact.at : std::max(ledger.back().latest, item.fact.at);
      ledger.push_back({{row, item.sku, item.fact}, latest});
      content_->rows_of[item.sku].push_back(row);
    }
  }

  std::shared_ptr<memory> content_;
  epoch epoch_ = 0;
};

} // namespace

std::shared_ptr<memory> make_memory() {
  return std::make_shared<memory>();
}

std::unique_ptr<store> open_memory(std::shared_ptr<memory> content) {
  return std::make_unique<memory_store>(std::move(content));
}

} // namespace lockstep::storage
