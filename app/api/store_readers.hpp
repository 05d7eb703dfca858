// Readers of the store for the worker threads: opened when needed, kept for the next one.
#pragma once

#include "actors/node.hpp"

#include <memory>
#include <mutex>
#include <type_traits>
#include <vector>

namespace lockstep::app {

class store_readers {
 public:
  explicit store_readers(const actors::node& node) : node_(&node) {}

  // Calls question(storage::reader&), which returns a result<T>; or the error of opening a reader.
  template <class Question>
  auto ask(Question question) -> std::invoke_result_t<Question&, storage::reader&> {
    auto reader = take();
    if (!reader) return reader.error();
    auto answer = question(**reader);
    give(*std::move(reader));
    return answer;
  }

 private:
  engine::result<std::unique_ptr<storage::reader>> take() {
    {
      const std::scoped_lock lock{mutex_};
      if (!idle_.empty()) {
        auto reader = std::move(idle_.back());
        idle_.pop_back();
        return reader;
      }
    }
    return node_->open_reader();
  }

  void give(std::unique_ptr<storage::reader> reader) {
    const std::scoped_lock lock{mutex_};
    idle_.push_back(std::move(reader));
  }

  const actors::node* node_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<storage::reader>> idle_; // as many as there are workers
};

} // namespace lockstep::app
