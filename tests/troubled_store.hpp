// A store that works and whose readers tell of trouble beside the commits.
#pragma once

#include "storage/store.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace lockstep::tests {

class troubled_reader : public storage::reader {
 public:
  using telling = std::function<std::string()>;

  troubled_reader(std::unique_ptr<storage::reader> below, telling trouble)
      : below_(std::move(below)), trouble_(std::move(trouble)) {}

  storage::result<std::optional<storage::snapshot>> load_snapshot(engine::sku_id sku) override {
    return below_->load_snapshot(sku);
  }

  storage::result<std::vector<storage::stored_fact>> facts_after(engine::sku_id sku, engine::version after,
                                                                 std::size_t limit) override {
    return below_->facts_after(sku, after, limit);
  }

  storage::result<std::vector<storage::sku_past>> load(std::span<const engine::sku_id> skus,
                                                       std::size_t limit) override {
    return below_->load(skus, limit);
  }

  storage::result<std::vector<engine::sku_id>> unsettled(std::span<const engine::sku_id> skus,
                                                         engine::time_point held_to) override {
    return below_->unsettled(skus, held_to);
  }

  storage::result<std::optional<engine::time_point>> began(engine::sku_id sku, const engine::uuid& key) override {
    return below_->began(sku, key);
  }

  storage::result<std::vector<storage::stored_fact>> history(engine::sku_id sku, engine::version before,
                                                             std::size_t limit) override {
    return below_->history(sku, before, limit);
  }

  storage::result<std::vector<storage::stored_fact>> history_between(engine::time_point from,
                                                                     engine::time_point to,
                                                                     storage::row_number after,
                                                                     std::size_t limit) override {
    return below_->history_between(from, to, after, limit);
  }

  storage::result<void> scan(storage::row_number after,
                             const std::function<bool(const storage::stored_fact&)>& visit) override {
    return below_->scan(after, visit);
  }

  storage::result<void> scan_briefly(storage::row_number after,
                                     const std::function<bool(const storage::stored_fact&)>& visit) override {
    return below_->scan_briefly(after, visit);
  }

  storage::result<storage::row_number> first_row_at(engine::time_point from) override {
    return below_->first_row_at(from);
  }

  storage::result<void> each_product(const std::function<void(engine::product)>& visit) override {
    return below_->each_product(visit);
  }

  storage::result<void> each_account(const std::function<void(engine::account)>& visit) override {
    return below_->each_account(visit);
  }

  storage::result<void> each_location(const std::function<void(engine::location)>& visit) override {
    return below_->each_location(visit);
  }

  storage::result<void> each_listing(const std::function<void(engine::listing)>& visit) override {
    return below_->each_listing(visit);
  }

  storage::result<void> each_rule(const std::function<void(engine::account_rule)>& visit) override {
    return below_->each_rule(visit);
  }

  storage::result<void> each_bundle(const std::function<void(engine::bundle)>& visit) override {
    return below_->each_bundle(visit);
  }

  storage::result<void> each_publication(const std::function<void(storage::publication)>& visit) override {
    return below_->each_publication(visit);
  }

  storage::result<void> each_quarantined(const std::function<void(storage::quarantined)>& visit) override {
    return below_->each_quarantined(visit);
  }

  storage::result<void> each_proposal(const std::function<void(storage::proposal)>& visit) override {
    return below_->each_proposal(visit);
  }

  storage::result<std::vector<storage::proposal>> open_proposals(const storage::proposal::name& after,
                                                                 std::size_t limit) override {
    return below_->open_proposals(after, limit);
  }

  storage::result<std::optional<storage::proposal>> load_proposal(const storage::proposal::name& of) override {
    return below_->load_proposal(of);
  }

  storage::result<std::optional<storage::watermark>> load_watermark(engine::account_id account,
                                                                    std::string_view stream) override {
    return below_->load_watermark(account, stream);
  }

  storage::result<std::vector<storage::dead_letter>> dead_letters(std::int64_t after,
                                                                  std::size_t limit) override {
    return below_->dead_letters(after, limit);
  }

  storage::result<std::optional<storage::dead_letter>> load_dead_letter(std::int64_t id) override {
    return below_->load_dead_letter(id);
  }

  storage::result<storage::store_statistics> statistics() override {
    auto told = below_->statistics();
    if (told) told->trouble = trouble_();
    return told;
  }

 private:
  std::unique_ptr<storage::reader> below_;
  telling trouble_;
};

class troubled_store final : public storage::store {
 public:
  troubled_store(std::unique_ptr<storage::store> below, troubled_reader::telling trouble)
      : below_(std::move(below)), trouble_(std::move(trouble)) {}

  storage::epoch current_epoch() const override { return below_->current_epoch(); }

  storage::commit_result commit(const storage::batch& content) override { return below_->commit(content); }

  storage::result<bool> find_batch(storage::batch_number number) override {
    return below_->find_batch(number);
  }

  storage::result<std::unique_ptr<storage::reader>> open_reader() override {
    auto opened = below_->open_reader();
    if (!opened) return opened.error();
    return std::unique_ptr<storage::reader>{new troubled_reader{std::move(*opened), trouble_}};
  }

 private:
  std::unique_ptr<storage::store> below_;
  troubled_reader::telling trouble_;
};

} // namespace lockstep::tests
