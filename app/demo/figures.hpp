// Asks SKU actors for their figures and waits for the answers.
#pragma once

#include "actors/node.hpp"
#include "engine/error.hpp"
#include "engine/sku_state.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

namespace lockstep::app::demo {

// Outlives the node's drain. One question at a time.
class figures_desk final : public actors::answer_sink {
 public:
  void listen_to(actors::node& node);
  void deliver(std::vector<actors::answer> answers) noexcept override;

  // In the order of `skus`. Blocks. unavailable: not admitted, or no answer in time.
  [[nodiscard]] engine::result<std::vector<engine::figures>> ask(const std::vector<engine::sku_id>& skus);

 private:
  [[nodiscard]] bool submit(const std::vector<engine::sku_id>& skus, std::size_t from, std::size_t to);

  actors::node* node_ = nullptr;
  std::uint16_t sink_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::optional<engine::figures>> found_; // by place in the question
  std::size_t missing_ = 0;
  std::uint32_t round_ = 0;
};

} // namespace lockstep::app::demo
