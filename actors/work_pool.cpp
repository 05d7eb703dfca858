#include "actors/work_pool.hpp"

#include <mutex>
#include <new>
#include <utility>

namespace lockstep::actors::work_pool {

namespace {

// A free block. The last two members are of a chain's first block only, while no thread has the chain.
struct block {
  block* next = nullptr;
  block* next_chain = nullptr;
  std::size_t length = 0;
};

struct chain {
  block* first = nullptr;
  std::size_t length = 0;

  void push(void* memory) {
    first = new (memory) block{first};
    ++length;
  }

  void* pop() {
    --length;
    return std::exchange(first, first->next);
  }
};

// Chains that no thread has: a list through the blocks themselves, so that giving back never allocates.
struct chain_store {
  std::mutex lock;
  block* first = nullptr;

  void put(chain given) noexcept {
    given.first->length = given.length;
    const std::lock_guard guard{lock};
    given.first->next_chain = std::exchange(first, given.first);
  }

  [[nodiscard]] chain get() {
    const std::lock_guard guard{lock};
    if (first == nullptr) return {};
    auto* taken = std::exchange(first, first->next_chain);
    return {taken, taken->length};
  }
};

// Outlives every thread.
chain_store& store() {
  static auto& only = *new chain_store;
  return only;
}

// What this thread has at hand; goes back when the thread ends.
struct thread_chain {
  chain free;

  ~thread_chain() {
    if (free.first != nullptr) store().put(free);
  }
};

thread_local thread_chain mine;

} // namespace

#ifdef __SANITIZE_ADDRESS__

// The sanitizer sees the use of a dead item only when its memory really goes.
void* take() {
  return ::operator new(block_bytes);
}

void give_back(void* memory) noexcept {
  ::operator delete(memory);
}

#else

void* take() {
  auto& free = mine.free;
  if (free.first == nullptr) free = store().get();
  return free.first == nullptr ? ::operator new(block_bytes) : free.pop();
}

void give_back(void* memory) noexcept {
  auto& free = mine.free;
  free.push(memory);
  if (free.length >= chain_length) store().put(std::exchange(free, {}));
}

#endif

} // namespace lockstep::actors::work_pool
