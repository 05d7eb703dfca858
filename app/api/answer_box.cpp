#include "app/api/answer_box.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace lockstep::app {

namespace asio = boost::asio;
using adapters::io_task;
using namespace std::chrono_literals;

namespace {

// A request that waits too long is told so at most this much later.
constexpr auto tick_interval = 20ms;

} // namespace

answer_box::answer_box(adapters::io_executor at) : at_(at), tick_(at) {}

void answer_box::deliver(std::vector<actors::answer> answers) noexcept {
  asio::post(at_, [this, arrived = std::move(answers)]() mutable {
    for (auto& each : arrived)
      take(std::move(each));
  });
}

void answer_box::take(actors::answer answer) {
  const auto index = answer.to.session;
  if (index >= slots_.size() || slots_[index].generation != answer.to.generation) return;
  if (auto* waiting = slots_[index].waiting) waiting->put(std::move(answer));
}

void answer_box::abandon() {
  abandoned_ = true;
  end_overdue(std::chrono::steady_clock::time_point::max());
}

std::uint32_t answer_box::open(expectation& waiting) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const auto index = free_.back();
  free_.pop_back();
  slots_[index].waiting = &waiting;
  ++slots_[index].generation;
  ++waiting_;
  if (!std::exchange(watching_, true)) asio::co_spawn(at_, watch_deadlines(), asio::detached);
  return index;
}

void answer_box::close(std::uint32_t index) {
  slots_[index].waiting = nullptr;
  free_.push_back(index);
  --waiting_;
}

// Resuming a coroutine may open and close slots, so the next one is looked up anew each time.
void answer_box::end_overdue(std::chrono::steady_clock::time_point now) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    auto* waiting = slots_[i].waiting;
    if (waiting != nullptr && waiting->deadline_ <= now) waiting->end();
  }
}

io_task<void> answer_box::watch_deadlines() {
  while (waiting_ > 0) {
    tick_.expires_after(tick_interval);
    (void)co_await tick_.async_wait(asio::as_tuple(asio::use_awaitable_t<adapters::io_executor>{}));
    end_overdue(std::chrono::steady_clock::now());
  }
  watching_ = false;
}

answer_box::expectation::expectation(answer_box& box, std::size_t parts, std::chrono::milliseconds allowed)
    : box_(&box), answers_(parts), missing_(parts), deadline_(std::chrono::steady_clock::now() + allowed),
      ended_(box.abandoned_) {
  index_ = box.open(*this);
}

answer_box::expectation::~expectation() {
  box_->close(index_);
}

actors::ticket answer_box::expectation::ticket(std::size_t part) const {
  actors::ticket to;
  to.sink = box_->sink_;
  to.part = static_cast<std::uint16_t>(part);
  to.session = index_;
  to.generation = box_->slots_[index_].generation;
  return to;
}

io_task<bool> answer_box::expectation::arrived() {
  if (missing_ > 0 && !ended_) {
    constexpr asio::use_awaitable_t<adapters::io_executor> token{};
    co_await asio::async_initiate<const asio::use_awaitable_t<adapters::io_executor>, void()>(
        [this](resumption go_on) { resumption_.emplace(std::move(go_on)); }, token);
  }
  co_return missing_ == 0;
}

void answer_box::expectation::put(actors::answer answer) {
  const std::size_t part = answer.to.part;
  if (part >= answers_.size() || answers_[part]) return;
  answers_[part] = std::move(answer);
  if (--missing_ == 0) resume();
}

void answer_box::expectation::end() {
  ended_ = true;
  resume();
}

// The coroutine may destroy this object before the call returns.
void answer_box::expectation::resume() {
  if (!resumption_) return;
  auto go_on = *std::move(resumption_);
  resumption_.reset();
  std::move(go_on)();
}

} // namespace lockstep::app
