// lockstep-bench durable: movements through the real node to durable answers, with a closed window.
#include "actors/node.hpp"
#include "bench/bench.hpp"
#include "bench/histogram.hpp"
#include "bench/movements.hpp"
#include "storage/memory/memory_store.hpp"
#include "storage/open_store.hpp"
#include "storage/sqlite/sqlite_store.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <sys/resource.h>
#include <unistd.h>

#include <condition_variable>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <mutex>
#include <system_error>

namespace lockstep::bench {

namespace {

using clock = std::chrono::steady_clock;

struct options {
  std::string store = "sqlite";
  std::string url; // of a PostgreSQL server
  std::size_t skus = 1;
  std::size_t window = 20'000;
  double seconds = 5;
  double warm_up_seconds = 1;
  double skew = 0;
  std::size_t threads = 2;
  std::string directory = ".";
  std::uint64_t seed = 1;
  bool json = false;
};

// Takes answers on the persistence thread and wakes the driver.
class inbox final : public actors::answer_sink {
 public:
  void deliver(std::vector<actors::answer> answers) noexcept override {
    {
      const std::lock_guard guard{lock_};
      arrived_.push_back(std::move(answers));
    }
    changed_.notify_one();
  }

  // Everything that has arrived; waits for at least one batch.
  std::vector<std::vector<actors::answer>> take() {
    std::unique_lock guard{lock_};
    if (!changed_.wait_for(guard, std::chrono::minutes{1}, [this] { return !arrived_.empty(); }))
      throw std::runtime_error{"no answer within a minute"};
    return std::exchange(arrived_, {});
  }

 private:
  std::mutex lock_;
  std::condition_variable changed_;
  std::vector<std::vector<actors::answer>> arrived_;
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
};

class driver {
 public:
  driver(actors::node& engine, const options& chosen)
      : engine_(engine), chosen_(chosen),
        stream_({chosen.skus, std::clamp<std::size_t>(chosen.window / chosen.skus, 1, 1'000), chosen.skew,
                 chosen.seed}),
        sent_at_(chosen.window), sink_(engine.add_sink(inbox_)) {
    for (std::uint32_t slot = 0; slot < chosen.window; ++slot)
      free_.push_back(slot);
  }

  // Units enough that no request is refused for lack of stock.
  void stock() {
    for (std::size_t sku = 1; sku <= chosen_.skus; ++sku) {
      engine::command receipt;
      receipt.body = engine::receive{engine::main_location, limits::units_per_movement_max, {}};
      submit({engine::sku_id{static_cast<std::int64_t>(sku)}, std::move(receipt)}, clock::now());
      if (free_.empty()) collect(nullptr);
    }
    while (free_.size() < chosen_.window)
      collect(nullptr);
  }

  // Drives until `length` is over. Answers that come later are waited for but not counted.
  outcome run(clock::duration length) {
    outcome out;
    const auto began = clock::now();
    const auto cpu_began = cpu_time();
    for (auto now = began; now - began < length; now = clock::now()) {
      const auto wall = wall_now();
      while (!free_.empty())
        submit(stream_.next(wall), clock::now());
      collect(&out);
    }
    const std::chrono::duration<double> took = clock::now() - began;
    const auto movements = static_cast<double>(out.latency.total());
    out.per_second = movements / took.count();
    out.cpu_us = std::chrono::duration<double, std::micro>{cpu_time() - cpu_began}.count() / movements;
    while (free_.size() < chosen_.window)
      collect(nullptr);
    return out;
  }

 private:
  static engine::time_point wall_now() {
    return std::chrono::time_point_cast<engine::duration>(std::chrono::system_clock::now());
  }

  void submit(movement one, clock::time_point now) {
    const auto slot = free_.back();
    free_.pop_back();
    sent_at_[slot] = now;
    actors::submission asked{one.sku, std::move(one.asked), {sink_, 0, 0, 0, slot}};
    if (engine_.submit(std::move(asked)) != actors::admission::accepted)
      throw std::runtime_error{"the engine is overloaded: choose a smaller window"};
  }

  void collect(outcome* counted) {
    for (const auto& answers : inbox_.take()) {
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

engine::result<std::unique_ptr<storage::store>> open_store(const options& chosen,
                                                           const std::filesystem::path& folder) {
  if (chosen.store == "memory") return storage::open_memory(storage::make_memory());
  if (chosen.store == "postgres") return storage::open_store(chosen.url);
  return storage::open_sqlite({.path = (folder / "bench.db").string()});
}

double peak_rss_mb() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_maxrss) / 1024; // kilobytes on Linux
}

void print(const options& chosen, const outcome& out) {
  const auto microseconds = [&](double share) {
    return std::chrono::duration<double, std::micro>{out.latency.percentile(share)}.count();
  };
  const auto name = fmt::format("durable {} skus={} window={}{}", chosen.store, chosen.skus, chosen.window,
                                chosen.skew > 0 ? fmt::format(" skew={}", chosen.skew) : "");
  if (chosen.json) {
    std::cout << boost::json::object{{"name", name},
                                     {"per_second", out.per_second},
                                     {"p50_us", microseconds(0.50)},
                                     {"p99_us", microseconds(0.99)},
                                     {"rss_mb", peak_rss_mb()}}
              << '\n';
    return;
  }
  std::cout << fmt::format(
      "{}: {:.0f} movements/s, p50 {:.0f} us, p99 {:.0f} us, {:.2f} us of CPU each, {:.0f} MB, {} refused\n",
      name, out.per_second, microseconds(0.50), microseconds(0.99), out.cpu_us, peak_rss_mb(), out.refused);
}

// A folder of its own, removed with its content.
class scratch_folder {
 public:
  explicit scratch_folder(const std::string& parent)
      : path_(std::filesystem::absolute(parent) / fmt::format("lockstep-bench-{}", getpid())) {
    std::filesystem::create_directories(path_);
  }

  ~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

int run(const options& chosen) {
  const scratch_folder folder{chosen.directory};
  auto store = open_store(chosen, folder.path());
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
  driver load{**started, chosen};
  load.stock();
  const auto seconds = [](double length) {
    return std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>{length});
  };
  std::ignore = load.run(seconds(chosen.warm_up_seconds));
  const auto out = load.run(seconds(chosen.seconds));
  print(chosen, out);
  const bool drained = (*started)->drain(std::chrono::seconds{60});
  return out.refused == 0 && drained ? 0 : 1;
}

// This very command once more, beside a private server whose URL is its last word. Returns only on an error.
int run_with_private_server(const options& chosen) {
  std::vector<std::string> words{fmt::format("{}/bench/peers/with_postgresql.sh", LOCKSTEP_SOURCE_DIR),
                                 chosen.directory, std::filesystem::read_symlink("/proc/self/exe").string()};
  std::ifstream line{"/proc/self/cmdline"};
  std::string word;
  std::getline(line, word, '\0');
  while (std::getline(line, word, '\0'))
    words.push_back(word);
  words.emplace_back("--url");
  std::vector<char*> arguments;
  for (auto& each : words)
    arguments.push_back(each.data());
  arguments.push_back(nullptr);
  execv(arguments[0], arguments.data());
  std::cerr << words[0] << ": " << std::generic_category().message(errno) << '\n';
  return 70;
}

const registered add_durable{[](CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("durable", "movements through the real actors to durable answers");
  auto chosen = std::make_shared<options>();
  command->add_option("--store", chosen->store, "sqlite, postgres or memory")
      ->check(CLI::IsMember({"sqlite", "postgres", "memory"}));
  command->add_option("--url", chosen->url, "of a PostgreSQL server (default: a private one on --dir)");
  command->add_option("--skus", chosen->skus, "number of SKUs")->check(CLI::Range(1, 10'000'000));
  command->add_option("--window", chosen->window, "movements in flight")->check(CLI::Range(1, 30'000));
  command->add_option("--seconds", chosen->seconds, "length of the measurement");
  command->add_option("--warm-up", chosen->warm_up_seconds, "seconds before it that are not counted");
  command->add_option("--skew", chosen->skew, "exponent of Zipf's law over the SKUs; 0: all alike");
  command->add_option("--threads", chosen->threads, "workers of the scheduler");
  command->add_option("--dir", chosen->directory, "folder on the disk to measure (default: here)");
  command->add_option("--seed", chosen->seed, "of the stream of movements");
  command->add_flag("--json", chosen->json, "print one JSON object");
  command->callback([chosen, &exit_code] {
    const bool alone = chosen->store == "postgres" && chosen->url.empty();
    exit_code = alone ? run_with_private_server(*chosen) : run(*chosen);
  });
}};

} // namespace

} // namespace lockstep::bench
