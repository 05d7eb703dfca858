// lockstep-bench durable: movements through the real node to durable answers: as many as a closed
// window lets through, or at a rate that does not wait for them.
#include "actors/node.hpp"
#include "bench/bench.hpp"
#include "bench/histogram.hpp"
#include "bench/movements.hpp"
#include "bench/rig.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <ctime>
#include <iostream>

namespace lockstep::bench {

namespace {

using clock = std::chrono::steady_clock;

struct options {
  std::string store = "sqlite";
  std::string url; // of a PostgreSQL server
  std::size_t skus = 1;
  std::size_t bundle = 0; // components of each SKU that is sold; 0: they are plain
  std::size_t window = 20'000;
  double rate = 0; // movements a second that are offered whatever comes back; 0: the window alone decides
  double seconds = 5;
  double warm_up_seconds = 1;
  double skew = 0;
  std::size_t threads = 2;
  std::string directory = ".";
  std::uint64_t seed = 1;
  bool json = false;
  bool archive = false;
};

// User and system time of all threads.
std::chrono::nanoseconds cpu_time() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::chrono::seconds{used.tv_sec} + std::chrono::nanoseconds{used.tv_nsec};
}

struct outcome {
  double per_second = 0;
  double cpu_us = 0; // of the whole process, per movement
  histogram latency;
  std::uint64_t refused = 0;
  double bytes_per_fact = 0; // on the disk, indexes and snapshots included
};

class driver {
 public:
  driver(actors::node& engine, const options& chosen)
      : engine_(engine), chosen_(chosen),
        stream_({chosen.skus, std::clamp<std::size_t>(chosen.window / chosen.skus, 1, 1'000), chosen.skew,
                 chosen.seed, chosen.bundle}),
        sent_at_(chosen.window), sink_(engine.add_sink(inbox_)) {
    for (std::uint32_t slot = 0; slot < chosen.window; ++slot)
      free_.push_back(slot);
  }

  // Units enough that no request is refused for lack of stock.
  void stock() {
    for (std::size_t sku = 1; sku <= stream_.plain_skus(); ++sku) {
      engine::command receipt;
      receipt.body = engine::receive{engine::main_location, limits::units_per_movement_max, {}};
      submit({engine::sku_id{static_cast<std::int64_t>(sku)}, std::move(receipt)}, clock::now());
      if (free_.empty()) collect(nullptr, clock::now() + std::chrono::minutes{1});
    }
    drain(nullptr);
    std::vector<storage::record> records;
    for (auto& each : stream_.bundles())
      records.emplace_back(std::move(each));
    if (records.empty()) return;
    const auto slot = free_.back();
    free_.pop_back();
    if (const auto kept = engine_.record(std::move(records), {sink_, 0, 0, 0, slot}); !kept)
      throw std::runtime_error{kept.error().what};
    drain(nullptr);
  }

  // Drives until `length` is over. Answers that come later are waited for; they count only against a rate.
  outcome run(clock::duration length) {
    outcome out;
    const auto began = clock::now();
    const auto cpu_began = cpu_time();
    auto due = began;
    for (auto now = began; now - began < length; now = clock::now()) {
      if (chosen_.rate > 0)
        due = offer(due, now);
      else
        fill_window();
      collect(&out, chosen_.rate > 0 && !free_.empty() ? due : now + std::chrono::minutes{1});
    }
    const std::chrono::duration<double> took = clock::now() - began;
    if (chosen_.rate > 0) drain(&out);
    const auto movements = static_cast<double>(out.latency.total());
    out.per_second = movements / took.count();
    out.cpu_us = std::chrono::duration<double, std::micro>{cpu_time() - cpu_began}.count() / movements;
    drain(nullptr);
    return out;
  }

 private:
  static engine::time_point wall_now() {
    return std::chrono::time_point_cast<engine::duration>(std::chrono::system_clock::now());
  }

  void fill_window() {
    const auto wall = wall_now();
    while (!free_.empty())
      submit(stream_.next(wall), clock::now());
  }

  // All that is due by now, each timed from when it was due, sent late or not. Returns when the next one is.
  clock::time_point offer(clock::time_point due, clock::time_point now) {
    const auto interval =
        std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>{1 / chosen_.rate});
    const auto wall = wall_now();
    for (; due <= now && !free_.empty(); due += interval)
      submit(stream_.next(wall), due);
    return due;
  }

  void drain(outcome* counted) {
    while (free_.size() < chosen_.window)
      collect(counted, clock::now() + std::chrono::minutes{1});
  }

  void submit(movement one, clock::time_point from) {
    const auto slot = free_.back();
    free_.pop_back();
    sent_at_[slot] = from;
    actors::submission asked{one.sku, std::move(one.asked), {sink_, 0, 0, 0, slot}};
    if (engine_.submit(std::move(asked)) != actors::admission::accepted)
      throw std::runtime_error{"the engine is overloaded: choose a smaller window"};
  }

  void collect(outcome* counted, clock::time_point until) {
    for (const auto& answers : inbox_.take(until)) {
      const auto now = clock::now();
      for (const auto& one : answers) {
        free_.push_back(one.to.request);
        if (counted == nullptr) continue;
        counted->latency.add(now - sent_at_[one.to.request]);
        if (one.reason != engine::refusal::none) ++counted->refused;
      }
    }
  }

  actors::node& engine_;
  const options& chosen_;
  movements stream_;
  std::vector<clock::time_point> sent_at_;
  std::vector<std::uint32_t> free_;
  inbox inbox_;
  std::uint16_t sink_;
};

void print(const options& chosen, const outcome& out) {
  const auto microseconds = [&](double share) {
    return std::chrono::duration<double, std::micro>{out.latency.percentile(share)}.count();
  };
  const auto name = fmt::format("durable {} skus={} window={}{}", chosen.store, chosen.skus, chosen.window,
                                chosen.skew > 0 ? fmt::format(" skew={}", chosen.skew) : "") +
                    (chosen.bundle > 0 ? fmt::format(" bundle={}", chosen.bundle) : "") +
                    (chosen.rate > 0 ? fmt::format(" rate={}", chosen.rate) : "");
  if (chosen.json) {
    std::cout << boost::json::object{{"name", name},
                                     {"per_second", out.per_second},
                                     {"p50_us", microseconds(0.50)},
                                     {"p99_us", microseconds(0.99)},
                                     {"p999_us", microseconds(0.999)},
                                     {"rss_mb", peak_rss_mb()},
                                     {"bytes_per_fact", out.bytes_per_fact}}
              << '\n';
    return;
  }
  std::cout << fmt::format("{}: {:.0f} movements/s, p50 {:.0f} us, p99 {:.0f} us, p99.9 {:.0f} us, {:.2f} us "
                           "of CPU each, {:.0f} MB, {:.0f} bytes a fact, {} refused\n",
                           name, out.per_second, microseconds(0.50), microseconds(0.99), microseconds(0.999),
                           out.cpu_us, peak_rss_mb(), out.bytes_per_fact, out.refused);
}

double bytes_per_fact(const engine::result<std::unique_ptr<storage::reader>>& from) {
  if (!from) return 0;
  const auto found = (*from)->statistics();
  return found && found->facts > 0 ? static_cast<double>(found->bytes) / static_cast<double>(found->facts)
                                   : 0;
}

int run(const options& chosen) {
  const scratch_folder folder{chosen.directory};
  auto store = open_store(chosen.store, folder.path(), chosen.url, chosen.archive);
  if (!store) {
    std::cerr << store.error().what << '\n';
    return 69;
  }
  actors::node_options settings;
  settings.scheduler_threads = chosen.threads;
  settings.fatal = [](int, const std::string& why) { std::cerr << why << '\n'; };
  auto started = actors::node::start(std::move(settings), std::move(*store));
  if (!started) {
    std::cerr << started.error().what << '\n';
    return 70;
  }
  const auto seconds = [](double length) {
    return std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>{length});
  };
  const auto from = (*started)->open_reader();
  outcome out;
  bool drained = false;
  {
    driver load{**started, chosen};
    load.stock();
    std::ignore = load.run(seconds(chosen.warm_up_seconds));
    out = load.run(seconds(chosen.seconds));
    drained = (*started)->drain(std::chrono::seconds{60});
  }
  started->reset(); // what a closed store leaves on the disk is counted
  out.bytes_per_fact = bytes_per_fact(from);
  print(chosen, out);
  return out.refused == 0 && drained ? 0 : 1;
}

const registered add_durable{[](CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("durable", "movements through the real actors to durable answers");
  auto chosen = std::make_shared<options>();
  command->add_option("--store", chosen->store, "sqlite, postgres or memory")
      ->check(CLI::IsMember({"sqlite", "postgres", "memory"}));
  command->add_option("--url", chosen->url, "of a PostgreSQL server (default: a private one on --dir)");
  command->add_option("--skus", chosen->skus, "number of SKUs")->check(CLI::Range(1, 10'000'000));
  command->add_option("--bundle", chosen->bundle, "the SKUs are bundles of so many; movements are their orders")
      ->check(CLI::Range(1, 100));
  command->add_option("--window", chosen->window, "movements in flight")->check(CLI::Range(1, 30'000));
  command->add_option("--rate", chosen->rate, "movements a second, sent whether answers come or not")
      ->check(CLI::Range(1.0, 10'000'000.0));
  command->add_option("--seconds", chosen->seconds, "length of the measurement");
  command->add_option("--warm-up", chosen->warm_up_seconds, "seconds before it that are not counted");
  command->add_option("--skew", chosen->skew, "exponent of Zipf's law over the SKUs; 0: all alike");
  command->add_option("--threads", chosen->threads, "workers of the scheduler");
  command->add_option("--dir", chosen->directory, "folder on the disk to measure (default: here)");
  command->add_option("--seed", chosen->seed, "of the stream of movements");
  command->add_flag("--archive", chosen->archive,
                    "PostgreSQL: facts older than a day move to the archive meanwhile");
  command->add_flag("--json", chosen->json, "print one JSON object");
  command->callback([chosen, &exit_code] {
    const bool alone = chosen->store == "postgres" && chosen->url.empty();
    exit_code = alone ? run_with_private_server(chosen->directory) : run(*chosen);
  });
}};

} // namespace

} // namespace lockstep::bench
