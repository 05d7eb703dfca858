#include "app/demo/demo.hpp"

#include "adapters/log.hpp"
#include "app/demo/order_generator.hpp"
#include "app/demo/ticker.hpp"
#include "app/demo/verification.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <numeric>
#include <thread>

namespace lockstep::app::demo {

using namespace std::chrono_literals;
using engine::result;

namespace {

// A channel leaves a listing in doubt for a minute after a lost answer; everything else is faster.
constexpr std::chrono::seconds settle_patience{150};

volatile std::sig_atomic_t told_to_stop = 0;

void note_signal(int) {
  told_to_stop = 1;
}

bool stop_asked() {
  return told_to_stop != 0;
}

void tell_bad_rows(const demo_options& chosen, const order_log& log) {
  for (const auto& bad : log.bad)
    tell(fmt::format("{}:{}: {}", chosen.orders, bad.row, bad.what));
  if (log.bad_rows > log.bad.size())
    tell(fmt::format("and {} rows more that could not be read", log.bad_rows - log.bad.size()));
}

void serve_on(world& in) {
  in.directory().keep();
  tell("\nstill serving, until Ctrl-C:");
  tell(fmt::format("  API      http://127.0.0.1:{}", in.serving().http_port()));
  tell(fmt::format("  metrics  http://127.0.0.1:{}/metrics", in.serving().monitor_port()));
  tell(fmt::format("  console  nc 127.0.0.1 {}", in.serving().console_port()));
  tell(fmt::format("  token    {}   (of both)", in.token()));
  for (std::size_t i = 0; i < shop_names.size(); ++i)
    tell(fmt::format("  {:<7}  {}", shop_names[i], in.shopping()[i]->base_url()));
  tell(fmt::format("  store    {}", in.directory().path().string()));
  while (!stop_asked() && in.failure().empty())
    std::this_thread::sleep_for(100ms);
}

exit_code give_up(exit_code code, std::string_view what) {
  fmt::print(stderr, "lockstep: {}\n", what);
  return code;
}

exit_code play(const demo_options& chosen, order_log log) {
  auto started = demo_run::start(chosen, std::move(log));
  if (!started) return give_up(exit_code::unavailable, started.error().what);
  auto& run = **started;
  if (!run.replay_log(stop_asked)) {
    const auto why = run.in().failure();
    return why.empty() ? give_up(exit_code::failure, "told to stop before the end")
                       : give_up(exit_code::internal, why);
  }
  tell("the selling is over; settling");
  run.settle();
  const auto judged = run.judge();
  if (!judged) return give_up(exit_code::internal, judged.error().what);
  fmt::print("{}\n", chosen.json ? to_json(*judged) : to_table(*judged));
  std::fflush(stdout);
  if (chosen.keep) serve_on(run.in());
  return verdict_of(*judged);
}

} // namespace

result<order_log> load_log(const demo_options& chosen) {
  auto log = chosen.orders.empty() ? result<order_log>{generate_orders(chosen.seed)}
                                   : read_order_log_file(chosen.orders);
  if (!log) return log;
  if (chosen.first > 0) log = first_orders(*log, chosen.first);
  if (log->lines(event_kind::order) == 0)
    return engine::make_error(engine::error_code::malformed, "there is no order in the log");
  add_novelty(*log);
  return log;
}

demo_run::demo_run(demo_options chosen, order_log log)
    : chosen_(std::move(chosen)), log_(std::move(log)), pace_(log_, chosen_.speed) {
  describe();
}

result<std::unique_ptr<demo_run>> demo_run::start(demo_options chosen, order_log log) {
  std::unique_ptr<demo_run> run{new demo_run{std::move(chosen), std::move(log)}};
  auto made = world::start(run->log_, run->chosen_, run->pace_, tell);
  if (!made) return made.error();
  run->world_ = std::move(*made);
  auto& in = *run->world_;
  run->selling_ = std::make_unique<storefronts>(in.shopping(), in.stock(), run->chosen_.seed);
  return run;
}

void demo_run::describe() {
  result_.source =
      chosen_.orders.empty() ? fmt::format("orders made up with seed {}", chosen_.seed) : chosen_.orders;
  result_.seed = chosen_.seed;
  result_.factor = pace_.factor();
  result_.moderate = pace_.scaled(channel_section{}.moderate_interval);
  result_.slow = pace_.scaled(channel_section{}.slow_interval);
  result_.rows = log_.rows;
  result_.ignored = log_.ignored;
  result_.bad_rows = log_.bad_rows;
  result_.skus = log_.skus.size();
  for (const auto& event : log_.events)
    result_.orders += event.kind == event_kind::order;
}

bool demo_run::replay_log(const std::function<bool()>& stop) {
  auto& in = *world_;
  replay replaying{log_, pace_, *selling_, in.shopping(), in.stock(), in.people(), chosen_.seed, [&] {
                     return stop() || !in.failure().empty();
                   }};
  tell(fmt::format("replaying {} orders, {:.0f} s of the log per second, about {:.0f} s", result_.orders,
                   pace_.factor(), pace_.real(pace_.length()).count()));
  const ticker ticking{in, log_, replaying};
  result_.replayed = replaying.run();
  return !result_.replayed.stopped;
}

void demo_run::settle() {
  const auto from = std::chrono::steady_clock::now();
  result_.unsettled = demo::settle(*world_, settle_patience);
  result_.settled_in = std::chrono::steady_clock::now() - from;
}

result<demo_result> demo_run::judge() {
  count_all();
  auto verified = verify(*world_, log_, *selling_, staleness_bound(result_.channels, result_.slow));
  if (!verified) return verified.error();
  result_.verified = std::move(*verified);
  return result_;
}

void demo_run::count_all() {
  auto& in = *world_;
  result_.shops.clear();
  result_.shown.clear();
  for (const auto& shop : in.shopping()) {
    result_.shops.push_back(shop->statistics());
    result_.shown.push_back(shop->shown());
  }
  result_.channels.assign(shop_names.size(), {});
  if (const auto all = in.node().channels())
    for (const auto& each : *all)
      for (std::size_t i = 0; i < shop_names.size(); ++i)
        if (each.id == in.account(i)) result_.channels[i] = each;
  for (std::size_t i = 0; i < place_codes.size(); ++i) {
    const auto& opening = in.stock().opening()[i];
    result_.opening_units[i] = std::accumulate(opening.begin(), opening.end(), quantity{0});
  }
  result_.differences = in.differences();
  result_.taken_back = selling_->taken_back();
  result_.stock = in.stock().counts();
  result_.own_orders = in.selling().orders();
  result_.node = in.node().statistics();
}

exit_code verdict_of(const demo_result& result) {
  return result.passed() ? exit_code::ok : exit_code::failure;
}

exit_code run_demo(const demo_options& chosen) {
  std::signal(SIGINT, note_signal);
  std::signal(SIGTERM, note_signal);
  adapters::log::set_level(adapters::log::level::error);
  auto log = load_log(chosen);
  if (!log) return give_up(exit_code::failure, log.error().what);
  tell_bad_rows(chosen, *log);
  return play(chosen, std::move(*log));
}

} // namespace lockstep::app::demo
