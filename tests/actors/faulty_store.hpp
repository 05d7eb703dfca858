// A store that fails on command: what a disk, a lock or a lost connection may do to a commit.
#pragma once

#include "storage/store.hpp"
#include "tests/troubled_store.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace lockstep::tests {

// What one commit does. Shared with the test, which outlives the store.
enum class fault : std::uint8_t {
  none,
  unavailable,
  unknown_kept, // committed, but the answer is lost
  unknown_lost, // not committed, and the answer is lost
  fenced,
};

struct fault_plan {
  std::deque<fault> commits;     // one for each commit from now on; none when empty
  std::deque<bool> lookups_fail; // true: find_batch() is unavailable that time
  std::function<bool(const storage::batch&)> refuses;
  std::function<void(const storage::batch&)> before_commit; // looks at what is not durable yet
  std::vector<storage::batch> committed;
  std::size_t attempts = 0;
  // What reading these SKUs together, or the next page of one, ends in; nothing: it succeeds.
  std::function<std::optional<engine::error>(std::span<const engine::sku_id>)> load_fails;
  std::function<std::optional<engine::error>(engine::sku_id)> page_fails;
  std::function<void()> publications_read; // after a reader has told all publications
  std::string trouble;                     // beside the commits, as readers tell it
};

class faulty_reader final : public troubled_reader {
 public:
  faulty_reader(std::unique_ptr<storage::reader> real, fault_plan& plan)
      : troubled_reader(std::move(real), [&plan] { return plan.trouble; }), plan_(plan) {}

  storage::result<std::vector<storage::sku_past>> load(std::span<const engine::sku_id> skus,
                                                       std::size_t limit) override {
    if (plan_.load_fails)
      if (auto failed = plan_.load_fails(skus)) return *failed;
    return troubled_reader::load(skus, limit);
  }

  storage::result<void> each_publication(const std::function<void(storage::publication)>& visit) override {
    auto read = troubled_reader::each_publication(visit);
    if (plan_.publications_read) plan_.publications_read();
    return read;
  }

  storage::result<std::vector<storage::stored_fact>> facts_after(engine::sku_id sku, engine::version after,
                                                                 std::size_t limit) override {
    if (plan_.page_fails)
      if (auto failed = plan_.page_fails(sku)) return *failed;
    return troubled_reader::facts_after(sku, after, limit);
  }

 private:
  fault_plan& plan_;
};

class faulty_store final : public storage::store {
 public:
  faulty_store(std::unique_ptr<storage::store> real, fault_plan& plan)
      : real_(std::move(real)), plan_(plan) {}

  [[nodiscard]] storage::epoch current_epoch() const override { return real_->current_epoch(); }

  [[nodiscard]] storage::commit_result commit(const storage::batch& content) override {
    ++plan_.attempts;
    if (plan_.before_commit) plan_.before_commit(content);
    if (plan_.refuses && plan_.refuses(content))
      return {storage::commit_status::refused, "refused by the test"};
    auto next = fault::none;
    if (!plan_.commits.empty()) {
      next = plan_.commits.front();
      plan_.commits.pop_front();
    }
    switch (next) {
    case fault::unavailable: return {storage::commit_status::unavailable, "away, says the test"};
    case fault::unknown_lost: return {storage::commit_status::unknown, "lost before the commit"};
    case fault::fenced: return {storage::commit_status::fenced, "another writer, says the test"};
    default: break;
    }
    auto outcome = real_->commit(content);
    if (outcome.status == storage::commit_status::committed) plan_.committed.push_back(content);
    if (next == fault::unknown_kept) return {storage::commit_status::unknown, "lost after the commit"};
    return outcome;
  }

  [[nodiscard]] storage::result<bool> find_batch(storage::batch_number number) override {
    if (!plan_.lookups_fail.empty()) {
      const bool fails = plan_.lookups_fail.front();
      plan_.lookups_fail.pop_front();
      if (fails) return engine::make_error(engine::error_code::unavailable, "away, says the test");
    }
    return real_->find_batch(number);
  }

  [[nodiscard]] storage::result<std::unique_ptr<storage::reader>> open_reader() override {
    auto opened = real_->open_reader();
    if (!opened) return opened.error();
    return std::unique_ptr<storage::reader>{new faulty_reader{std::move(*opened), plan_}};
  }

 private:
  std::unique_ptr<storage::store> real_;
  fault_plan& plan_;
};

} // namespace lockstep::tests
