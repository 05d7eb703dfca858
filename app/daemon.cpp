#include "app/daemon.hpp"

#include "adapters/log.hpp"
#include "adapters/log_line.hpp"
#include "app/commands/configuration_flags.hpp"
#include "app/service.hpp"
#include "app/service_manager.hpp"
#include "app/settings_table.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

namespace lockstep::app {

namespace asio = boost::asio;
namespace log = adapters::log;
using engine::error_code;

namespace {

enum class order : std::uint8_t { stop, reload, check_alive };

// Orders to the serving thread, from signals, console and engine.
class order_queue {
 public:
  void push(order what) {
    {
      const std::lock_guard lock{mutex_};
      orders_.push_back(what);
    }
    arrived_.notify_one();
  }

  // The next order; check_alive when none came for `patience`.
  order next(std::optional<std::chrono::microseconds> patience) {
    std::unique_lock lock{mutex_};
    const auto any = [this] { return !orders_.empty(); };
    if (!patience) {
      arrived_.wait(lock, any);
    } else if (!arrived_.wait_for(lock, *patience, any)) {
      return order::check_alive;
    }
    const auto first = orders_.front();
    orders_.pop_front();
    return first;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<order> orders_;
};

// Feeds the watchdog when a barrier has gone through the node and its store and come back: a timer alone
// proves nothing.
class heartbeat final : public actors::answer_sink {
 public:
  void deliver(std::vector<actors::answer> answers) noexcept override {
    if (!answers.empty()) service_manager::alive();
  }

  void listen_to(actors::node& node) { ticket_.sink = node.add_sink(*this); }

  // A barrier that is refused is no sign of life; the next one may be.
  void check(actors::node& node) { (void)node.barrier(ticket_); }

 private:
  actors::ticket ticket_;
};

log::level level_of(const std::string& text) {
  for (const auto level : {log::level::debug, log::level::info, log::level::warning, log::level::error})
    if (text == log::to_string(level)) return level;
  return log::level::critical;
}

void apply(const log_section& chosen) {
  log::set_level(level_of(chosen.level));
  log::set_format(chosen.format == "json"   ? log::format::json
                  : chosen.format == "text" ? log::format::text
                                            : log::format::automatic);
}

std::string in_one_line(const std::vector<configuration_problem>& problems) {
  std::vector<std::string> lines;
  for (const auto& problem : problems)
    lines.push_back(fmt::format("{}: {}", problem.where, problem.what));
  return fmt::format("{}", fmt::join(lines, "; "));
}

// How long the process may outlive the drain's deadline before it ends without further ceremony.
constexpr auto drain_grace = 5s;

// Two threads: this one waits for signals and deadlines and never blocks; the serving one starts, reloads,
// stops.
class daemon {
 public:
  daemon(const configuration_sources& sources, configuration chosen)
      : sources_(sources), running_(std::move(chosen)), drain_timeout_(running_.engine.drain_timeout) {}

  exit_code run();

 private:
  void wait_for_signal();
  void on_signal(int number);
  void stop(exit_code code);
  void end_now(std::string_view id, std::string_view why);

  void serve();
  [[nodiscard]] std::unique_ptr<service> start();
  void obey(service& serving);
  void reload();
  void drain(service& serving);

  const configuration_sources& sources_;
  configuration running_; // serving thread's
  std::atomic<milliseconds> drain_timeout_;
  std::atomic<exit_code> ended_ = exit_code::ok;
  std::atomic<bool> stopping_ = false;
  order_queue orders_;
  heartbeat heartbeat_;
  asio::io_context loop_{1};
  asio::signal_set signals_{loop_, SIGTERM, SIGINT, SIGHUP};
  asio::steady_timer last_moment_{loop_};
};

exit_code daemon::run() {
  wait_for_signal();
  std::thread serving{[this] {
    serve();
    asio::post(loop_, [this] { loop_.stop(); });
  }};
  loop_.run();
  serving.join();
  return ended_;
}

void daemon::wait_for_signal() {
  signals_.async_wait([this](const boost::system::error_code& failed, int number) {
    if (failed) return;
    on_signal(number);
    wait_for_signal();
  });
}

void daemon::on_signal(int number) {
  if (number == SIGHUP) return orders_.push(order::reload);
  if (stopping_) end_now("stopped-at-once", "a second signal: ending without drain");
  log::write(log::level::info, "stop-asked", "draining", {{"signal", std::int64_t{number}}});
  stop(exit_code::ok);
}

// Any thread. The first reason decides how the process ends.
void daemon::stop(exit_code code) {
  if (stopping_.exchange(true)) return;
  ended_ = code;
  orders_.push(order::stop);
  asio::post(loop_, [this] {
    last_moment_.expires_after(drain_timeout_.load() + drain_grace);
    last_moment_.async_wait([this](const boost::system::error_code& cancelled) {
      if (!cancelled) end_now("drain-overdue", "the drain did not end in time: ending without it");
    });
  });
}

void daemon::end_now(std::string_view id, std::string_view why) {
  log::write(log::level::warning, id, why);
  const auto code = ended_.load();
  std::_Exit(number(code == exit_code::ok ? exit_code::failure : code));
}

void daemon::serve() {
  try {
    if (const auto serving = start()) obey(*serving);
  } catch (const std::exception& broken) {
    log::write(log::level::critical, "daemon-broken", broken.what());
    ended_ = exit_code::internal;
  }
}

std::unique_ptr<service> daemon::start() {
  log::write(log::level::info, "starting", "starting",
             {{"version", LOCKSTEP_VERSION}, {"store", std::string_view{running_.store.url}}});
  auto started = service::start(
      running_,
      {.fatal =
           [this](int code, std::string why) {
             log::write(log::level::critical, "engine-fatal", why, {{"exit_code", std::int64_t{code}}});
             stop(static_cast<exit_code>(code));
           },
       .shutdown_asked =
           [this] {
             log::write(log::level::info, "stop-asked", "draining", {{"from", "console"}});
             stop(exit_code::ok);
           }});
  if (!started) {
    log::write(log::level::error, "start-failed", started.error().what);
    ended_ = exit_code_of(started.error().code);
    return nullptr;
  }
  return std::move(*started);
}

void daemon::obey(service& serving) {
  heartbeat_.listen_to(serving.node());
  log::write(log::level::info, "ready", "serving",
             {{"http_port", std::int64_t{serving.http_port()}},
              {"monitor_port", std::int64_t{serving.monitor_port()}},
              {"console_port", std::int64_t{serving.console_port()}},
              {"channels", static_cast<std::int64_t>(running_.channels.size())}});
  const auto status = fmt::format("serving on {} port {}", running_.http.address, serving.http_port());
  service_manager::ready(status);

  auto patience = service_manager::watchdog();
  if (patience) *patience /= 3; // two may be late
  for (;;) {
    switch (orders_.next(patience)) {
    case order::stop: return drain(serving);
    case order::check_alive: heartbeat_.check(serving.node()); break;
    case order::reload:
      service_manager::reloading();
      reload();
      service_manager::ready(status);
      break;
    }
  }
}

// The whole new configuration is judged before any of it is taken.
void daemon::reload() {
  const auto next = load_configuration(sources_);
  if (!next.problems.empty()) {
    const auto what = in_one_line(next.problems);
    log::write(
        log::level::error, "reload-refused", "the new configuration is wrong, the old one stays",
        {{"problems", static_cast<std::int64_t>(next.problems.size())}, {"what", std::string_view{what}}});
    return;
  }
  const auto changes = compare(running_, next.content);
  running_.log = next.content.log;
  running_.engine.drain_timeout = next.content.engine.drain_timeout;
  drain_timeout_ = running_.engine.drain_timeout;
  apply(running_.log);
  const auto changed = fmt::format("{}", fmt::join(changes.live, ", "));
  const auto waiting = fmt::format("{}", fmt::join(changes.need_restart, ", "));
  log::write(log::level::info, "reloaded", "the configuration was read again",
             {{"changed", std::string_view{changed}}, {"wait_for_restart", std::string_view{waiting}}});
}

void daemon::drain(service& serving) {
  service_manager::stopping("draining");
  // After a fatal error there is little to wait for: what was acknowledged is durable.
  const auto patience =
      ended_ == exit_code::ok ? drain_timeout_.load() : std::min(drain_timeout_.load(), milliseconds{1s});
  const bool whole = serving.stop(patience);
  log::write(whole ? log::level::info : log::level::warning, "stopped",
             whole ? "everything was answered and pushed"
                   : "the deadline came first: the rest is done after the next start");
}

} // namespace

exit_code exit_code_of(error_code failure) {
  switch (failure) {
  case error_code::unavailable: return exit_code::unavailable;
  case error_code::corrupt: return exit_code::internal;
  case error_code::fenced: return exit_code::temporary;
  case error_code::not_found:
  case error_code::malformed:
  case error_code::conflict:
  case error_code::too_new:
  case error_code::refused: return exit_code::configuration;
  case error_code::limit: return exit_code::failure;
  }
  return exit_code::internal;
}

exit_code run_daemon(const configuration_sources& sources) {
  auto loaded = load_configuration(sources);
  if (!loaded.problems.empty()) {
    print_problems(loaded.problems);
    return exit_code_of(loaded.problems);
  }
  std::signal(SIGPIPE, SIG_IGN); // a reader that went away is an error of its write, not of the process
  apply(loaded.content.log);
  return daemon{sources, std::move(loaded.content)}.run();
}

} // namespace lockstep::app
