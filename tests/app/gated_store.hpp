// A store that lets nobody load one SKU before the test says so: whatever asks that SKU stays under way.
#pragma once

#include "storage/memory/memory_store.hpp"

#include <condition_variable>
#include <mutex>
#include <utility>

namespace lockstep::tests {

// Outlives the store.
class gate {
 public:
  explicit gate(engine::sku_id closed_for) : closed_for_(closed_for) {}

  // Blocks until somebody stands before it.
  void wait_until_reached() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return reached_; });
  }

  void open() {
    const std::lock_guard lock{mutex_};
    open_ = true;
    changed_.notify_all();
  }

  void pass(engine::sku_id sku) {
    if (sku != closed_for_) return;
    std::unique_lock lock{mutex_};
    reached_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }

 private:
  engine::sku_id closed_for_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool reached_ = false;
  bool open_ = false;
};

class gated_reader final : public storage::reader {
 public:
  gated_reader(std::unique_ptr<storage::reader> real, gate& before) : real_(std::move(real)), gate_(before) {}

  storage::result<std::optional<storage::snapshot>> load_snapshot(engine::sku_id sku) override {
    gate_.pass(sku);
    return real_->load_snapshot(sku);
  }

  storage::result<std::vector<storage::stored_fact>> facts_after(engine::sku_id sku, engine::version after,
                                                                 std::size_t limit) override {
    return real_->facts_after(sku, after, limit);
  }

  storage::result<std::vector<storage::sku_past>> load(std::span<const engine::sku_id> skus,
                                                       std::size_t limit) override {
    for (const auto sku : skus)
      gate_.pass(sku);
    return real_->load(skus, limit);
  }

  storage::result<std::vector<engine::sku_id>> unsettled(std::span<const engine::sku_id> skus,
                                                         engine::time_point held_to) override {
    return real_->unsettled(skus, held_to);
  }

  storage::result<std::optional<engine::time_point>> began(engine::sku_id sku, const engine::uuid& key) override {
    return real_->began(sku, key);
  }

  storage::result<std::vector<storage::stored_fact>> history(engine::sku_id sku, engine::version before,
                                                             std::size_t limit) override {
    return real_->history(sku, before, limit);
  }

  storage::result<std::vector<storage::stored_fact>> history_between(engine::time_point from,
                                                                     engine::time_point to,
                                                                     storage::row_number after,
                                                                     std::size_t limit) override {
    return real_->history_between(from, to, after, limit);
  }

  storage::result<void> scan(storage::row_number after,
                             const std::function<bool(const storage::stored_fact&)>& visit) override {
    return real_->scan(after, visit);
  }

  storage::result<void> scan_briefly(storage::row_number after,
                                     const std::function<bool(const storage::stored_fact&)>& visit) override {
    return real_->scan_briefly(after, visit);
  }

  storage::result<storage::row_number> first_row_at(engine::time_point from) override {
    return real_->first_row_at(from);
  }

  storage::result<void> each_product(const std::function<void(engine::product)>& visit) override {
    return real_->each_product(visit);
  }

  storage::result<void> each_account(const std::function<void(engine::account)>& visit) override {
    return real_->each_account(visit);
  }

  storage::result<void> each_location(const std::function<void(engine::location)>& visit) override {
    return real_->each_location(visit);
  }

  storage::result<void> each_listing(const std::function<void(engine::listing)>& visit) override {
    return real_->each_listing(visit);
  }

  storage::result<void> each_rule(const std::function<void(engine::account_rule)>& visit) override {
    return real_->each_rule(visit);
  }

  storage::result<void> each_bundle(const std::function<void(engine::bundle)>& visit) override {
    return real_->each_bundle(visit);
  }

  storage::result<void> each_publication(const std::function<void(storage::publication)>& visit) override {
    return real_->each_publication(visit);
  }

  storage::result<void> each_quarantined(const std::function<void(storage::quarantined)>& visit) override {
    return real_->each_quarantined(visit);
  }

  storage::result<void> each_proposal(const std::function<void(storage::proposal)>& visit) override {
    return real_->each_proposal(visit);
  }

  storage::result<std::vector<storage::proposal>> open_proposals(const storage::proposal::name& after,
                                                                 std::size_t limit) override {
    return real_->open_proposals(after, limit);
  }

  storage::result<std::optional<storage::proposal>> load_proposal(const storage::proposal::name& of) override {
    return real_->load_proposal(of);
  }

  storage::result<std::optional<storage::watermark>> load_watermark(engine::account_id account,
                                                                    std::string_view stream) override {
    return real_->load_watermark(account, stream);
  }

  storage::result<std::vector<storage::dead_letter>> dead_letters(std::int64_t after,
                                                                  std::size_t limit) override {
    return real_->dead_letters(after, limit);
  }

  storage::result<std::optional<storage::dead_letter>> load_dead_letter(std::int64_t id) override {
    return real_->load_dead_letter(id);
  }

  storage::result<storage::store_statistics> statistics() override { return real_->statistics(); }

 private:
  std::unique_ptr<storage::reader> real_;
  gate& gate_;
};

class gated_store final : public storage::store {
 public:
  gated_store(std::unique_ptr<storage::store> real, gate& before) : real_(std::move(real)), gate_(before) {}

  storage::epoch current_epoch() const override { return real_->current_epoch(); }

  storage::commit_result commit(const storage::batch& content) override { return real_->commit(content); }

  storage::result<bool> find_batch(storage::batch_number number) override {
    return real_->find_batch(number);
  }

  storage::result<std::unique_ptr<storage::reader>> open_reader() override {
    auto opened = real_->open_reader();
    if (!opened) return opened;
    return std::unique_ptr<storage::reader>{std::make_unique<gated_reader>(std::move(*opened), gate_)};
  }

 private:
  std::unique_ptr<storage::store> real_;
  gate& gate_;
};

} // namespace lockstep::tests
