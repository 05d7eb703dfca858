#include "adapters/http_server.hpp"

#include "adapters/http_session.hpp"
#include "adapters/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <thread>

namespace lockstep::adapters {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using engine::error_code::unavailable;
using namespace std::chrono_literals;

namespace {

using timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, io_executor>;
using acceptor = asio::basic_socket_acceptor<tcp, io_executor>;

// Deadlines are late by at most one tick.
constexpr std::chrono::milliseconds tick_max = 250ms;
// When the process has no descriptor left, accepting again at once would only spin.
constexpr auto accept_pause = 100ms;
constexpr std::string_view turned_away_answer =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

std::string http_date() {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(now));
}

std::chrono::milliseconds tick_of(const http_server_options& options) {
  const auto shortest = std::min({options.header_timeout, options.body_timeout, options.idle_timeout});
  return std::clamp(shortest / 4, std::chrono::milliseconds{5}, tick_max);
}

// An I/O thread with everything that lives on it. Destroyed after its thread has been joined.
struct lane_thread {
  http_lane lane;
  asio::io_context context{1};
  asio::executor_work_guard<io_executor> work{context.get_executor()};
  timer tick{context.get_executor()};
  std::thread thread;
};

} // namespace

struct http_server::state {
  state(http_handler& h, http_server_options o) : handler(h), options(std::move(o)) {
    for (std::size_t i = 0; i < std::max<std::size_t>(options.threads, 1); ++i) {
      lanes.push_back(std::make_unique<lane_thread>());
      lanes.back()->lane.index = i;
      lanes.back()->lane.date = http_date();
    }
  }

  http_handler& handler;
  const http_server_options options;
  std::vector<std::unique_ptr<lane_thread>> lanes;
  std::optional<acceptor> listener;
  std::uint16_t bound_port = 0;
  bool running = false;

  std::mutex mutex;
  std::condition_variable closed;
  std::size_t connections = 0; // under mutex
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> turned_away{0};

  engine::result<void> listen();
  void run_threads();
  io_task<void> accept_all();
  io_task<void> keep_time(lane_thread& on);
  io_task<void> serve(http_session::socket connection, lane_thread& on);
  void turn_away(http_session::socket connection);
  bool take_place();
  void give_place();
  void each_session(void (http_session::*what)());
  void close_listener();
  bool wait_closed(std::chrono::milliseconds deadline);
};

engine::result<void> http_server::state::listen() {
  error_code failure;
  const auto address = asio::ip::make_address(options.address, failure);
  const auto failed = [&](std::string_view what) {
    return engine::make_error(unavailable, fmt::format("cannot {} {} port {}: {}", what, options.address,
                                                       options.port, failure.message()));
  };
  if (failure) return failed("read the address");
  const tcp::endpoint endpoint{address, options.port};
  listener.emplace(lanes.front()->context.get_executor());
  if (listener->open(endpoint.protocol(), failure); failure) return failed("open a socket for");
  listener->set_option(acceptor::reuse_address{true}, failure);
  if (listener->bind(endpoint, failure); failure) return failed("bind");
  if (listener->listen(acceptor::max_listen_connections, failure); failure) return failed("listen on");
  bound_port = listener->local_endpoint(failure).port();
  return {};
}

void http_server::state::run_threads() {
  running = true;
  for (auto& on : lanes) {
    asio::co_spawn(on->context, keep_time(*on), asio::detached);
    on->thread = std::thread{[&context = on->context] { context.run(); }};
  }
  asio::co_spawn(lanes.front()->context, accept_all(), asio::detached);
}

// Connections go round the threads in turn, so a few of them still use all threads.
io_task<void> http_server::state::accept_all() {
  timer pause{lanes.front()->context.get_executor()};
  for (std::size_t next = 0; listener->is_open(); next = (next + 1) % lanes.size()) {
    auto& on = *lanes[next];
    auto [failure, connection] = co_await listener->async_accept(on.context.get_executor(), as_result);
    if (failure == asio::error::operation_aborted || failure == asio::error::bad_descriptor) co_return;
    if (failure) {
      log::write(log::level::warning, "http-accept-failed", "Cannot accept a connection",
                 {{"what", failure.message()}});
      pause.expires_after(accept_pause);
      co_await pause.async_wait(as_result);
      continue;
    }
    accepted.fetch_add(1, std::memory_order_relaxed);
    if (!take_place()) {
      turn_away(std::move(connection));
      continue;
    }
    asio::co_spawn(on.context, serve(std::move(connection), on), asio::detached);
  }
}

io_task<void> http_server::state::keep_time(lane_thread& on) {
  const auto every = tick_of(options);
  for (;;) {
    const auto now = std::chrono::steady_clock::now();
    on.lane.last_turn.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    on.lane.date = http_date();
    for (auto* session : on.lane.sessions)
      session->tick(now);
    on.tick.expires_after(every);
    if (const auto [failure] = co_await on.tick.async_wait(as_result); failure) co_return;
  }
}

io_task<void> http_server::state::serve(http_session::socket connection, lane_thread& on) {
  try {
    http_session session{std::move(connection), handler, options, on.lane};
    co_await session.run();
  } catch (const std::exception& thrown) {
    log::write(log::level::error, "http-session-failed", "A connection ended by an exception",
               {{"what", thrown.what()}});
  }
  give_place();
}

void http_server::state::turn_away(http_session::socket connection) {
  turned_away.fetch_add(1, std::memory_order_relaxed);
  error_code ignored;
  connection.non_blocking(true, ignored);
  (void)connection.write_some(asio::buffer(turned_away_answer), ignored);
}

bool http_server::state::take_place() {
  const std::scoped_lock lock{mutex};
  if (connections >= options.connections_max) return false;
  ++connections;
  return true;
}

void http_server::state::give_place() {
  const std::scoped_lock lock{mutex};
  if (--connections == 0) closed.notify_all();
}

void http_server::state::each_session(void (http_session::*what)()) {
  for (auto& on : lanes) {
    asio::post(on->context, [lane = &on->lane, what] {
      lane->draining = true;
      for (auto* session : lane->sessions)
        (session->*what)();
    });
  }
}

void http_server::state::close_listener() {
  asio::post(lanes.front()->context, [this] {
    error_code ignored;
    if (listener) listener->close(ignored);
  });
}

bool http_server::state::wait_closed(std::chrono::milliseconds deadline) {
  std::unique_lock lock{mutex};
  return closed.wait_for(lock, deadline, [this] { return connections == 0; });
}

http_server::http_server(http_handler& handler, http_server_options options)
    : state_(std::make_unique<state>(handler, std::move(options))) {}

http_server::~http_server() {
  stop();
}

engine::result<void> http_server::start() {
  if (auto listening = state_->listen(); !listening) return listening;
  state_->run_threads();
  return {};
}

bool http_server::drain(std::chrono::milliseconds deadline) {
  if (!state_->running) return true;
  state_->close_listener();
  state_->each_session(&http_session::drain);
  return state_->wait_closed(deadline);
}

void http_server::stop() {
  if (!std::exchange(state_->running, false)) return;
  state_->close_listener();
  // A connection accepted just before the listener closed may start after the first round.
  do {
    state_->each_session(&http_session::close);
  } while (!state_->wait_closed(50ms));
  for (auto& on : state_->lanes)
    on->context.stop();
  for (auto& on : state_->lanes)
    on->thread.join();
}

std::uint16_t http_server::port() const {
  return state_->bound_port;
}

std::size_t http_server::threads() const {
  return state_->lanes.size();
}

io_executor http_server::executor(std::size_t index) const {
  return state_->lanes[index]->context.get_executor();
}

http_server_statistics http_server::statistics() const {
  http_server_statistics now;
  now.accepted = state_->accepted.load(std::memory_order_relaxed);
  now.turned_away = state_->turned_away.load(std::memory_order_relaxed);
  for (const auto& on : state_->lanes) {
    now.malformed += on->lane.malformed.load(std::memory_order_relaxed);
    now.timeouts += on->lane.timeouts.load(std::memory_order_relaxed);
  }
  const std::scoped_lock lock{state_->mutex};
  now.connections = state_->connections;
  return now;
}

std::chrono::steady_clock::time_point http_server::last_turn(std::size_t index) const {
  using clock = std::chrono::steady_clock;
  return clock::time_point{
      clock::duration{state_->lanes[index]->lane.last_turn.load(std::memory_order_relaxed)}};
}

} // namespace lockstep::adapters
