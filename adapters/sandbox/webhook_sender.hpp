// Sends a shop's events to its subscriber: signed, retried with the frozen payload, and with the faults of
// real webhooks. Lives on one io_context; only enqueue() and subscribe() may be called from other threads.
#pragma once

#include "adapters/sandbox/shop_model.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace lockstep::adapters::sandbox {

class webhook_sender {
 public:
  webhook_sender(boost::asio::io_context& io, const shop_options& options);

  void start(); // on the io_context's thread or before it runs
  void enqueue(std::vector<shop_event> events);
  void subscribe(std::string url);
  // Adds its own counters.
  void count_into(shop_statistics& statistics) const;

 private:
  using steady = std::chrono::steady_clock;

  struct delivery {
    std::shared_ptr<const shop_event> event;
    std::string webhook_id;
    std::string event_id;
    std::size_t failures = 0;
  };

  struct target {
    boost::asio::ip::tcp::endpoint endpoint;
    std::string host;
    std::string path;
  };

  struct worker {
    explicit worker(boost::asio::io_context& io) : alarm(io), stream(io) {}

    boost::asio::steady_timer alarm; // rings when a delivery is due or new ones came
    boost::beast::tcp_stream stream;
    bool connected = false;
  };

  void schedule(std::vector<shop_event> events);
  void schedule(delivery what, steady::time_point due);
  void set_target(const std::string& url);
  boost::asio::awaitable<void> work(worker& self);
  boost::asio::awaitable<bool> attempt(worker& self, const delivery& what);
  // Status of the answer; 0 when there was none.
  boost::asio::awaitable<unsigned> exchange(worker& self, const delivery& what);
  void settle(delivery what, bool delivered);
  void remove_subscription();
  void wake();
  [[nodiscard]] bool draw(double probability);
  [[nodiscard]] std::string make_id();

  boost::asio::io_context& io_;
  const shop_options& options_;
  std::mt19937_64 random_;
  std::vector<std::unique_ptr<worker>> workers_;
  std::multimap<steady::time_point, delivery> due_;
  std::unique_ptr<target> target_; // null: nobody listens
  std::size_t failures_in_a_row_ = 0;
  std::atomic<std::uint64_t> sent_{0}, delivered_{0}, failed_{0}, lost_{0};
  std::atomic<std::size_t> waiting_{0};
  std::atomic<bool> subscribed_{false};
};

} // namespace lockstep::adapters::sandbox
