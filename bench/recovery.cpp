// lockstep-bench recovery: how long a node takes to start after its process died, and to load every SKU.
#include "bench/bench.hpp"
#include "bench/movements.hpp"
#include "bench/rig.hpp"
#include "engine/limits.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <iostream>

namespace lockstep::bench {

namespace {

using clock = std::chrono::steady_clock;

struct recovery_options {
  std::string store = "sqlite";
  std::string url; // of a PostgreSQL server
  std::size_t skus = 100'000;
  std::size_t facts = 1'000'000;
  bool drained = false;
  std::string directory = ".";
  bool json = false;
};

engine::result<std::unique_ptr<actors::node>> start(const recovery_options& chosen,
                                                    const std::filesystem::path& folder) {
  auto store = open_store(chosen.store, folder, chosen.url);
  if (!store) return store.error();
  actors::node_options settings;
  settings.fatal = [](int, const std::string& why) { std::cerr << why << '\n'; };
  return actors::node::start(std::move(settings), std::move(*store));
}

// Sends what `next` makes, `count` times, at most `window` at once, and waits for all answers.
template <class Next>
void send_all(actors::node& engine, std::size_t count, Next next) {
  constexpr std::size_t window = 10'000;
  inbox answers;
  const auto sink = engine.add_sink(answers);
  std::size_t open = 0;
  const auto collect = [&] {
    for (const auto& batch : answers.take())
      open -= batch.size();
  };
  for (std::size_t i = 0; i < count; ++i) {
    if (open == window) collect();
    movement one = next(i);
    if (engine.submit(actors::submission{one.sku, std::move(one.asked), {sink, 0, 0, 0, 0}}) !=
        actors::admission::accepted)
      throw std::runtime_error{"the engine is overloaded"};
    ++open;
  }
  while (open > 0)
    collect();
}

// The same command for every SKU.
template <class Body>
void send_each(actors::node& engine, std::size_t skus, const Body& body) {
  send_all(engine, skus, [&](std::size_t i) {
    movement one{engine::sku_id{static_cast<std::int64_t>(i) + 1}, {}};
    one.asked.body = body;
    return one;
  });
}

// Fills the store, in a process of its own: unless it is to drain, it ends as if it were killed.
int fill(const recovery_options& chosen, const std::filesystem::path& folder) {
  auto engine = start(chosen, folder);
  if (!engine) {
    std::cerr << engine.error().what << '\n';
    return 70;
  }
  send_each(**engine, chosen.skus,
            engine::receive{engine::main_location, limits::units_per_movement_max, {}});
  const auto now = std::chrono::time_point_cast<engine::duration>(std::chrono::system_clock::now());
  movements stream{{.skus = chosen.skus, .open_per_sku = 3}};
  send_all(**engine, chosen.facts - chosen.skus, [&](std::size_t) { return stream.next(now); });
  if (!chosen.drained) ::_exit(0);
  return (*engine)->drain(std::chrono::minutes{5}) ? 0 : 1;
}

bool fill_elsewhere(const recovery_options& chosen, const std::filesystem::path& folder) {
  const auto child = ::fork();
  if (child == 0) ::_exit(fill(chosen, folder));
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int run(const recovery_options& chosen) {
  if (chosen.facts < chosen.skus) {
    std::cerr << "--facts: every SKU has at least one\n";
    return 64;
  }
  const scratch_folder folder{chosen.directory};
  if (!fill_elsewhere(chosen, folder.path())) {
    std::cerr << "the store could not be filled\n";
    return 70;
  }
  const auto milliseconds = [](clock::time_point from) {
    return std::chrono::duration<double, std::milli>{clock::now() - from}.count();
  };
  const auto began = clock::now();
  auto engine = start(chosen, folder.path());
  if (!engine) {
    std::cerr << engine.error().what << '\n';
    return 70;
  }
  const auto started = milliseconds(began);
  send_each(**engine, chosen.skus, engine::read_stock{});
  const auto loaded = milliseconds(began);
  const auto name = fmt::format("recovery {} facts={} skus={}{}", chosen.store, chosen.facts, chosen.skus,
                                chosen.drained ? " drained" : "");
  if (chosen.json)
    std::cout << boost::json::object{{"name", name},
                                     {"start_ms", started},
                                     {"loaded_ms", loaded},
                                     {"rss_mb", peak_rss_mb()}}
              << '\n';
  else
    std::cout << fmt::format("{}: serves after {:.0f} ms, every SKU loaded after {:.0f} ms, {:.0f} MB\n",
                             name, started, loaded, peak_rss_mb());
  return (*engine)->drain(std::chrono::minutes{5}) ? 0 : 1;
}

const registered add_recovery{[](CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("recovery", "start after a crash, and loading every SKU");
  auto chosen = std::make_shared<recovery_options>();
  command->add_option("--store", chosen->store, "sqlite or postgres")
      ->check(CLI::IsMember({"sqlite", "postgres"}));
  command->add_option("--url", chosen->url, "of a PostgreSQL server (default: a private one on --dir)");
  command->add_option("--skus", chosen->skus, "number of SKUs")->check(CLI::Range(1, 10'000'000));
  command->add_option("--facts", chosen->facts, "facts altogether")->check(CLI::Range(1, 100'000'000));
  command->add_flag("--drained", chosen->drained,
                    "the process before ended in order, with every snapshot written");
  command->add_option("--dir", chosen->directory, "folder on the disk to measure (default: here)");
  command->add_flag("--json", chosen->json, "print one JSON object");
  command->callback([chosen, &exit_code] {
    const bool alone = chosen->store == "postgres" && chosen->url.empty();
    exit_code = alone ? run_with_private_server(chosen->directory) : run(*chosen);
  });
}};

} // namespace

} // namespace lockstep::bench
