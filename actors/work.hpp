// One command's way through the engine as one object: admitted, decided, durable, answered. Each stage hands
// the object on in a message and never touches it again; one allocation serves the whole way.
#pragma once

#include "actors/answer.hpp"
#include "actors/credits.hpp"
#include "actors/key_memory.hpp"
#include "actors/work_pool.hpp"
#include "engine/command.hpp"
#include "engine/fact.hpp"
#include "engine/number.hpp"
#include "engine/sku_owner.hpp"
#include "storage/store.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace lockstep::actors {

// The open claim of a command on its key. Ends as dropped when it is destroyed.
class key_claim {
 public:
  key_claim() = default;

  key_claim(key_memory& memory, const engine::uuid& key) : memory_(&memory), key_(key) {}

  key_claim(key_claim&& other) noexcept : memory_(std::exchange(other.memory_, nullptr)), key_(other.key_) {}

  key_claim& operator=(key_claim&& other) noexcept {
    if (this != &other) {
      drop();
      memory_ = std::exchange(other.memory_, nullptr);
      key_ = other.key_;
    }
    return *this;
  }

  ~key_claim() { drop(); }

  [[nodiscard]] bool held() const { return memory_ != nullptr; }

  [[nodiscard]] std::optional<engine::remembered> find() const { return memory_->find(key_); }

  void record(const engine::remembered& outcome, engine::time_point at) noexcept {
    if (memory_ != nullptr) std::exchange(memory_, nullptr)->record(key_, outcome, at);
  }

  void drop() noexcept {
    if (memory_ != nullptr) std::exchange(memory_, nullptr)->drop(key_);
  }

 private:
  key_memory* memory_ = nullptr;
  engine::uuid key_{};
};

// A group whose members must become durable in one transaction.
struct group_mark {
  engine::group_id id{};
  std::uint32_t members = 0; // 0: not of a group
};

struct work_item : boost::intrusive_ref_counter<work_item> {
  static void* operator new(std::size_t bytes);

  static void operator delete(void* memory) { work_pool::give_back(memory); }

  // As admitted.
  engine::sku_id sku{};
  engine::command asked;
  key_claim key;
  key_claim line;
  engine::refusal refused_at_intake = engine::refusal::none; // told through the FIFO like any other answer
  credit paid;

  // As decided. `reply.to` is set at intake.
  answer reply;
  engine::facts facts;
  std::optional<engine::number> number; // what channels are told; none: nothing moved
  engine::quantity sold = 0;            // own sale of asked.account
  std::optional<storage::snapshot> snapshot;
  group_mark group;

  engine::time_point queued_at{}; // with persistence; not more exact than its commits are long

  // What does not come from a SKU.
  std::vector<storage::record> records;
  bool barrier = false;          // answered when all that was admitted before is
  std::function<void()> durable; // called after the commit on the persistence thread; must not throw
};

inline void* work_item::operator new(std::size_t) {
  static_assert(sizeof(work_item) <= work_pool::block_bytes);
  return work_pool::take();
}

using work_ptr = boost::intrusive_ptr<work_item>;

// A multi-line request on its way from member to member, in ascending SKU order.
struct group_work {
  group_work() = default;
  group_work(const group_work&) = delete;
  group_work& operator=(const group_work&) = delete;

  ~group_work() {
    if (ended) ended(granted.load());
  }

  engine::group_id id{};
  std::vector<work_ptr> members;
  std::size_t keyed = 0; // the member that was first as submitted: its key, ticket and answer are the group's
  // Members that have set units aside here and whose facts are not on their way to persistence yet.
  std::atomic<std::size_t> granted{0};
  // Called when the last message of the group is gone. A member that is still granted then will never commit
  // or give back: its actor, or one that had to tell it, has failed.
  std::function<void(std::size_t granted)> ended;
};

using group_ptr = std::shared_ptr<group_work>;

} // namespace lockstep::actors
