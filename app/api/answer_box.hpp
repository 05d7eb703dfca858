// Where answers of the engine meet the coroutines that wait for them: one box per I/O thread. A ticket names
// a slot and its generation, so an answer that comes after its request has ended finds nobody and is dropped.
#pragma once

#include "actors/answer.hpp"
#include "adapters/http_server.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace lockstep::app {

class answer_box final : public actors::answer_sink {
 public:
  class expectation;

  // `at`: the thread on which everything but deliver() is called.
  explicit answer_box(adapters::io_executor at);
  answer_box(const answer_box&) = delete;
  answer_box& operator=(const answer_box&) = delete;

  // Number the node has given this sink. Before the first expectation.
  void set_sink(std::uint16_t sink) { sink_ = sink; }

  // Persistence thread: hands the answers over in one post.
  void deliver(std::vector<actors::answer> answers) noexcept override;

  // Lets every waiting coroutine go on as if its time were up, and those that start to wait from now on.
  void abandon();

 private:
  struct slot {
    expectation* waiting = nullptr;
    std::uint32_t generation = 0;
  };

  std::uint32_t open(expectation& waiting);
  void close(std::uint32_t index);
  void take(actors::answer answer);
  void end_overdue(std::chrono::steady_clock::time_point now);
  adapters::io_task<void> watch_deadlines();

  using timer = boost::asio::basic_waitable_timer<
      std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, adapters::io_executor>;
  adapters::io_executor at_;
  timer tick_;
  std::uint16_t sink_ = 0;
  std::vector<slot> slots_;
  std::vector<std::uint32_t> free_;
  std::size_t waiting_ = 0;
  bool watching_ = false;
  bool abandoned_ = false;
};

// Answers to `parts` submissions, awaited together. Lives in a coroutine of the box's thread.
class answer_box::expectation {
 public:
  expectation(answer_box& box, std::size_t parts, std::chrono::milliseconds allowed);
  ~expectation();
  expectation(const expectation&) = delete;
  expectation& operator=(const expectation&) = delete;

  // The ticket of submission number `part`.
  [[nodiscard]] actors::ticket ticket(std::size_t part) const;

  // Waits until all answers are there: true; or the time is up: false, and answers() has gaps.
  [[nodiscard]] adapters::io_task<bool> arrived();

  // By part. A part whose answer is missing has an empty optional.
  [[nodiscard]] std::vector<std::optional<actors::answer>>& answers() { return answers_; }

 private:
  friend class answer_box;
  using resumption =
      boost::asio::async_result<boost::asio::use_awaitable_t<adapters::io_executor>, void()>::handler_type;

  void put(actors::answer answer);
  void end();
  void resume();

  answer_box* box_;
  std::uint32_t index_ = 0;
  std::vector<std::optional<actors::answer>> answers_;
  std::size_t missing_;
  std::chrono::steady_clock::time_point deadline_;
  bool ended_ = false;
  std::optional<resumption> resumption_;
};

} // namespace lockstep::app
