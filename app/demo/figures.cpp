#include "app/demo/figures.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace lockstep::app::demo {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t questions_at_once = 4'096;
constexpr auto answers_within = 30s;

} // namespace

void figures_desk::listen_to(actors::node& node) {
  node_ = &node;
  sink_ = node.add_sink(*this);
}

void figures_desk::deliver(std::vector<actors::answer> answers) noexcept {
  {
    const std::lock_guard lock{mutex_};
    for (const auto& answer : answers) {
      if (answer.to.session != round_ || answer.to.request >= found_.size()) continue;
      auto& place = found_[answer.to.request];
      if (!place) --missing_;
      place = answer.figures;
    }
  }
  changed_.notify_all();
}

engine::result<std::vector<engine::figures>> figures_desk::ask(const std::vector<engine::sku_id>& skus) {
  {
    const std::lock_guard lock{mutex_};
    found_.assign(skus.size(), std::nullopt);
    missing_ = skus.size();
    ++round_;
  }
  for (std::size_t from = 0; from < skus.size(); from += questions_at_once) {
    const auto to = std::min(skus.size(), from + questions_at_once);
    if (!submit(skus, from, to))
      return engine::make_error(engine::error_code::unavailable, "the engine takes no questions");
    std::unique_lock lock{mutex_};
    if (!changed_.wait_for(lock, answers_within, [&] { return missing_ == skus.size() - to; }))
      return engine::make_error(engine::error_code::unavailable, "SKUs did not tell their figures in time");
  }
  std::vector<engine::figures> all;
  const std::lock_guard lock{mutex_};
  for (const auto& each : found_)
    all.push_back(*each);
  return all;
}

bool figures_desk::submit(const std::vector<engine::sku_id>& skus, std::size_t from, std::size_t to) {
  std::vector<actors::submission> questions;
  for (auto i = from; i < to; ++i) {
    auto& question = questions.emplace_back();
    question.sku = skus[i];
    question.asked.body = engine::read_stock{};
    question.to = {.sink = sink_,
                   .part = 0,
                   .session = round_,
                   .generation = 0,
                   .request = static_cast<std::uint32_t>(i)};
  }
  return node_->submit(std::move(questions)) == actors::admission::accepted;
}

} // namespace lockstep::app::demo
