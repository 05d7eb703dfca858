#include "app/demo/demo.hpp"

#include "adapters/log.hpp"
#include "app/demo/order_generator.hpp"
#include "app/demo/order_log.hpp"
#include "app/demo/pace.hpp"
#include "app/demo/replay.hpp"
#include "app/demo/report.hpp"
#include "app/demo/storefronts.hpp"
#include "app/demo/ticker.hpp"
#include "app/demo/verification.hpp"
#include "app/demo/world.hpp"

#include <fmt/format.h>

#include <csignal>
#include <numeric>
#include <thread>

namespace lockstep::app::demo {

using namespace std::chrono_literals;

namespace {

// Longest a channel leaves a listing in doubt after a lost answer is a minute; everything else is faster.
constexpr std::chrono::seconds settle_patience{150};

volatile std::sig_atomic_t told_to_stop = 0;

void note_signal(int) {
  told_to_stop = 1;
}

bool stop_asked() {
  return told_to_stop != 0;
}

engine::result<order_log> load(const demo_options& chosen) {
  auto log = chosen.orders.empty() ? engine::result<order_log>{generate_orders(chosen.seed)}
                                   : read_order_log_file(chosen.orders);
  if (!log) return log;
  if (chosen.first > 0) log = first_orders(*log, chosen.first);
  if (log->lines(event_kind::order) == 0)
    return engine::make_error(engine::error_code::malformed, "there is no order in the log");
  return log;
}

demo_result describe(const demo_options& chosen, const order_log& log, const pace& speed) {
  demo_result result;
  result.source =
      chosen.orders.empty() ? fmt::format("orders made up with seed {}", chosen.seed) : chosen.orders;
  result.seed = chosen.seed;
  result.factor = speed.factor();
  result.moderate = speed.scaled(channel_section{}.moderate_interval);
  result.slow = speed.scaled(channel_section{}.slow_interval);
  result.rows = log.rows;
  result.ignored = log.ignored;
  result.ignored_lines = log.ignored_lines();
  result.bad_rows = log.bad_rows;
  result.skus = log.skus.size();
  for (const auto& event : log.events)
    result.orders += event.kind == event_kind::order;
  return result;
}

void tell_bad_rows(const demo_options& chosen, const order_log& log) {
  for (const auto& bad : log.bad)
    tell(fmt::format("{}:{}: {}", chosen.orders, bad.row, bad.what));
  if (log.bad_rows > log.bad.size())
    tell(fmt::format("and {} rows more that could not be read", log.bad_rows - log.bad.size()));
}

void count_all(world& in, demo_result& result) {
  for (const auto& shop : in.shopping()) {
    result.shops.push_back(shop->statistics());
    result.shown.push_back(shop->shown());
  }
  result.channels.resize(shop_names.size());
  if (const auto all = in.node().channels())
    for (const auto& each : *all)
      for (std::size_t i = 0; i < shop_names.size(); ++i)
        if (each.id == in.account(i)) result.channels[i] = each;
  result.stock = in.stock().counts();
  result.node = in.node().statistics();
}

void serve_on(world& in) {
  in.directory().keep();
  tell("\nstill serving, until Ctrl-C:");
  tell(fmt::format("  API      http://127.0.0.1:{}", in.serving().http_port()));
  tell(fmt::format("  metrics  http://127.0.0.1:{}/metrics", in.serving().monitor_port()));
  tell(fmt::format("  console  nc 127.0.0.1 {}", in.serving().console_port()));
  tell(fmt::format("  token    {}   (API and console)", in.token()));
  for (std::size_t i = 0; i < shop_names.size(); ++i)
    tell(fmt::format("  {:<7}  {}", shop_names[i], in.shopping()[i]->base_url()));
  tell(fmt::format("  store    {}", in.directory().path().string()));
  while (!stop_asked() && in.failure().empty())
    std::this_thread::sleep_for(100ms);
}

exit_code fail(exit_code code, std::string_view what) {
  fmt::print(stderr, "lockstep: {}\n", what);
  return code;
}

exit_code play(const demo_options& chosen, const order_log& log) {
  const pace speed{log, chosen.speed};
  auto result = describe(chosen, log, speed);
  auto made = world::start(log, chosen, speed, tell);
  if (!made) return fail(exit_code::unavailable, made.error().what);
  auto& in = **made;
  result.differences = in.differences();
  const auto opening = in.stock().opening();
  result.opening_units = std::accumulate(opening.begin(), opening.end(), quantity{0});

  storefronts selling{log, in.shopping(), in.stock(), chosen.seed};
  replay replaying{log, speed, selling, in.shopping(), in.stock(), chosen.seed, [&] {
                     return stop_asked() || !in.failure().empty();
                   }};
  tell(fmt::format("replaying {} orders, {:.0f} s of the log per second, about {:.0f} s", result.orders,
                   speed.factor(), speed.real(speed.length()).count()));
  {
    const ticker ticking{in, log, replaying};
    result.replayed = replaying.run();
  }
  if (const auto why = in.failure(); !why.empty()) return fail(exit_code::internal, why);
  if (result.replayed.stopped) return fail(exit_code::failure, "told to stop before the end");
  tell("the selling is over; settling");
  const auto from = std::chrono::steady_clock::now();
  result.unsettled = settle(in, settle_patience);
  result.settled_in = std::chrono::steady_clock::now() - from;
  auto verified = verify(in, log, selling);
  if (!verified) return fail(exit_code::internal, verified.error().what);
  result.verified = std::move(*verified);
  count_all(in, result);
  fmt::print("{}\n", chosen.json ? to_json(result) : to_table(result));
  std::fflush(stdout);
  if (chosen.keep) serve_on(in);
  return result.passed() ? exit_code::ok : exit_code::failure;
}

} // namespace

exit_code run_demo(const demo_options& chosen) {
  std::signal(SIGINT, note_signal);
  std::signal(SIGTERM, note_signal);
  adapters::log::set_level(adapters::log::level::error);
  const auto log = load(chosen);
  if (!log) return fail(exit_code::failure, log.error().what);
  tell_bad_rows(chosen, *log);
  return play(chosen, *log);
}

} // namespace lockstep::app::demo
