#include "app/demo/ticker.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include <unistd.h>

namespace lockstep::app::demo {

using namespace std::chrono_literals;

namespace {

constexpr auto redraw_every = 500ms;
constexpr auto plain_line_every = 5s;

} // namespace

void tell(const std::string& sentence) {
  fmt::print(stderr, "{}\n", sentence);
}

ticker::ticker(world& in, const order_log& log, const replay& of)
    : in_(in), log_(log), replay_(of), terminal_(isatty(STDERR_FILENO) == 1), thread_([this] { run(); }) {}

ticker::~ticker() {
  {
    const std::lock_guard lock{mutex_};
    ended_ = true;
  }
  ending_.notify_all();
  thread_.join();
  if (terminal_) fmt::print(stderr, "\n");
}

void ticker::run() {
  std::unique_lock lock{mutex_};
  const auto every =
      terminal_ ? std::chrono::milliseconds{redraw_every} : std::chrono::milliseconds{plain_line_every};
  while (!ending_.wait_for(lock, every, [this] { return ended_; })) {
    lock.unlock();
    const auto text = line(); // may block for the actors' answers
    if (terminal_)
      fmt::print(stderr, "\r\x1b[2K{}", text);
    else
      fmt::print(stderr, "{}\n", text);
    std::fflush(stderr);
    lock.lock();
  }
}

std::string ticker::line() {
  const auto& at = replay_.position();
  const auto event = std::min(at.event.load(), log_.events.size() - 1);
  const auto seconds = std::chrono::duration<double>{std::chrono::steady_clock::now() - started_}.count();
  const auto orders = at.orders.load();
  std::uint64_t pushes = 0;
  std::size_t waiting = 0;
  for (const auto& shop : in_.shopping()) {
    const auto counts = shop->statistics();
    pushes += counts.writes;
    waiting += counts.webhooks_waiting;
  }
  std::chrono::microseconds lag{0};
  std::size_t pending = 0;
  if (const auto all = in_.node().channels())
    for (const auto& each : *all) {
      lag = std::max(lag, each.lag_p99);
      pending += each.pending;
    }
  return fmt::format("{:3}% {:%Y-%m-%d %H:%M} {:6} orders {:5.0f}/s {:7} pushes, {} numbers and {} webhooks "
                     "under way, worst lag {} ms",
                     100 * event / log_.events.size(), log_.events[event].at, orders,
                     static_cast<double>(orders) / std::max(seconds, 0.001), pushes, pending, waiting,
                     lag.count() / 1000);
}

} // namespace lockstep::app::demo
