// A few threads for calls that block (the store's readers, questions to channels), so that I/O threads never
// do. The queue is bounded: what does not fit is refused at once.
#pragma once

#include "adapters/http_server.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace lockstep::app {

class worker_pool {
 public:
  worker_pool(std::size_t threads, std::size_t queue_max) : queue_max_(queue_max), threads_(threads) {}

  ~worker_pool() { threads_.join(); }

  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;

  // Runs `work` on a worker and comes back to the coroutine's own thread. Nothing when the queue is full.
  template <class Work>
  adapters::io_task<std::optional<std::invoke_result_t<Work&>>> run(Work work) {
    std::optional<std::invoke_result_t<Work&>> outcome;
    if (queued_.fetch_add(1, std::memory_order_relaxed) >= queue_max_) {
      queued_.fetch_sub(1, std::memory_order_relaxed);
      co_return outcome;
    }
    std::exception_ptr thrown;
    constexpr asio_token token{};
    co_await boost::asio::async_initiate<const asio_token, void()>(
        [&](resumption go_on) {
          boost::asio::post(threads_, [&, go_on = std::move(go_on)]() mutable {
            try {
              outcome.emplace(work());
            } catch (...) {
              thrown = std::current_exception(); // told again on the coroutine's side
            }
            queued_.fetch_sub(1, std::memory_order_relaxed);
            const auto back = go_on.get_executor();
            boost::asio::post(back, std::move(go_on));
          });
        },
        token);
    if (thrown) std::rethrow_exception(thrown);
    co_return outcome;
  }

  [[nodiscard]] std::size_t queued() const { return queued_.load(std::memory_order_relaxed); }

 private:
  using asio_token = boost::asio::use_awaitable_t<adapters::io_executor>;
  using resumption = boost::asio::async_result<asio_token, void()>::handler_type;

  std::size_t queue_max_;
  std::atomic<std::size_t> queued_{0};
  boost::asio::thread_pool threads_;
};

} // namespace lockstep::app
