// Where the newest fact of each SKU is. The ledger has no index by SKU; this is what makes a chain of rows
// findable. Kept in memory, and rebuilt on open from the `milestone` table and the end of the ledger:
//
//   a head is `dirty` from its first fact after its last milestone. With every commit, heads get a milestone
//   when their SKU got a snapshot, or when they have been dirty for `tail_rows_max` rows. So every head whose
//   newest fact is before tail_row() has a milestone at it, and the rows from there on tell the others.
//
// One writer stages a batch, writes it, then publishes or abandons it; others read what is published.
#pragma once

#include "storage/store.hpp"

#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace lockstep::storage::sqlite {

// A fact of a SKU and its row.
struct place {
  row_number row = 0;
  engine::version version = 0;
  friend bool operator==(const place&, const place&) = default;
};

struct milestone {
  engine::sku_id sku{};
  place at;
};

class sku_heads {
 public:
  explicit sku_heads(row_number tail_rows_max) : tail_rows_max_(tail_rows_max) {}

  // Newest committed fact; {0, 0} when there is none. Any thread.
  [[nodiscard]] place newest(engine::sku_id sku) const;

  // The rest is the writer's.

  // A row found on open, in ascending order of versions per SKU: a milestone, or a fact of the tail. False:
  // it does not follow what is known, so the file contradicts itself.
  void restore(const milestone& stored);
  [[nodiscard]] bool restore(engine::sku_id sku, const place& found, row_number previous);

  // Places a batch whose first fact gets row `first`. When its versions do not fit, tells why and abandons.
  [[nodiscard]] std::optional<commit_result> stage(const batch& content, row_number first);

  // Row of the SKU's previous fact, for each staged fact.
  [[nodiscard]] std::span<const row_number> previous() const { return previous_; }

  // What the staged batch must store beside its facts.
  [[nodiscard]] std::span<const milestone> milestones() const { return milestones_; }

  [[nodiscard]] row_number tail_row() const { return tail_row_; }

  void publish();
  void abandon();

 private:
  struct head {
    engine::sku_id sku{};
    place published;
    place staged;
    row_number dirty_since =
        0; // first row of the batch that made it dirty; 0: its milestone is at its newest fact
  };

  using index = std::uint32_t;

  // An entry counts while the head is dirty since the very same row; otherwise a milestone came first.
  struct dirty {
    row_number since = 0;
    index of = 0;
  };

  [[nodiscard]] index find_or_add(engine::sku_id sku);
  [[nodiscard]] std::optional<commit_result> stage_facts(const std::vector<sku_fact>& facts);
  [[nodiscard]] std::optional<commit_result> stage_snapshots(const std::vector<snapshot>& snapshots);
  void stage_aged();
  void add_milestone(index of);
  void mark_dirty(index of, row_number since);

  const row_number tail_rows_max_;
  mutable std::mutex guard_; // for what newest() reads: index_, the size of heads_, head::published
  boost::unordered_flat_map<engine::sku_id, index> index_;
  std::vector<head> heads_;
  std::deque<dirty> dirty_; // ascending by row

  // The staged batch.
  row_number first_ = 0;
  std::vector<row_number> previous_;
  std::vector<index> touched_;
  std::vector<milestone> milestones_;
  std::vector<index> milestone_heads_;
  std::size_t aged_ = 0; // entries at the front of dirty_ that go when it is published
  row_number tail_row_ = 1;
};

} // namespace lockstep::storage::sqlite
