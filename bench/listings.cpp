// lockstep-bench listings: how long a node takes to start with a listing of every SKU, and whether it pushes
// what was pending when it died, and nothing else.
#include "actors/recovery.hpp"
#include "adapters/http_client.hpp"
#include "bench/bench.hpp"
#include "bench/listed_shop.hpp"
#include "bench/rig.hpp"
#include "engine/codec.hpp"
#include "engine/decide.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <iostream>
#include <thread>

namespace lockstep::bench {

namespace {

using clock = std::chrono::steady_clock;

constexpr engine::quantity opening = 100; // of every SKU, and what every listing shows
constexpr auto account_name = "shop";

struct listings_options {
  std::string store = "sqlite";
  std::string url; // of a PostgreSQL server
  std::size_t skus = 1'000'000;
  std::size_t pending = 1'000;
  bool drained = false;
  std::string directory = ".";
  bool json = false;
};

engine::time_point wall_now() {
  return std::chrono::time_point_cast<engine::duration>(std::chrono::system_clock::now());
}

// A SKU that was counted once and published once.
void add(storage::batch& to, std::size_t i, engine::time_point at) {
  const auto number = static_cast<std::int64_t>(i);
  const engine::sku_id sku{number};
  engine::fact counted;
  counted.version = 1;
  counted.at = at;
  counted.kind = engine::fact_kind::received;
  counted.units = counted.available = opening;
  engine::sku_state state;
  engine::evolve(state, counted);
  engine::listing listed;
  listed.id = engine::listing_id{number};
  listed.account = engine::account_id{1};
  listed.sku = sku;
  listed.item = fmt::format("gid://shopify/InventoryItem/{}", 43'000'000'000'000 + number);
  listed.variant = fmt::format("{}", 39'000'000'000'000 + number);
  listed.location = "gid://shopify/Location/61000000000";
  to.facts.push_back({sku, counted});
  to.snapshots.push_back({sku, 1, at, engine::encode_snapshot(state)});
  to.records.emplace_back(engine::product{sku, fmt::format("SKU-{:07}", i), "", {}});
  to.records.emplace_back(storage::publication{.listing = listed.id,
                                               .counter = 1,
                                               .sku_version = 1,
                                               .quantity = opening,
                                               .expected = opening,
                                               .at = at,
                                               .uncertain = false,
                                               .parked = {}});
  to.records.emplace_back(std::move(listed));
}

bool committed(storage::store& to, storage::batch& content) {
  ++content.number;
  const auto outcome = to.commit(content);
  if (outcome.status != storage::commit_status::committed) std::cerr << outcome.what << '\n';
  content.facts.clear();
  content.snapshots.clear();
  content.records.clear();
  return outcome.status == storage::commit_status::committed;
}

// What a process leaves that has pushed everything and then ended in order.
bool fill(const listings_options& chosen, const std::filesystem::path& folder) {
  auto store = open_store(chosen.store, folder, chosen.url);
  if (!store) return false;
  const auto at = wall_now();
  storage::batch content;
  content.records.emplace_back(
      engine::account{engine::account_id{1}, account_name, "fake", engine::account_mode::active});
  for (std::size_t i = 1; i <= chosen.skus; ++i) {
    add(content, i, at + engine::duration{static_cast<std::int64_t>(i)});
    if (i % 4'096 == 0 && !committed(**store, content)) return false;
  }
  const auto end = at + engine::duration{static_cast<std::int64_t>(chosen.skus)};
  content.records.emplace_back(storage::watermark{engine::account_id{1}, "numbers", end});
  content.records.emplace_back(storage::watermark{engine::account_id{1}, "orders", end});
  content.records.push_back(actors::clean_end_mark(true, end));
  return committed(**store, content);
}

struct running {
  adapters::http_client client{{.insecure_http = true}};
  clock::time_point opened{};         // the store
  clock::time_point started{};        // the node
  std::unique_ptr<actors::node> node; // ends first
};

engine::result<void> start(running& made, const listings_options& chosen, const std::filesystem::path& folder,
                           const std::string& shop_url) {
  auto store = open_store(chosen.store, folder, chosen.url);
  if (!store) return store.error();
  made.opened = clock::now();
  actors::node_options settings;
  settings.fatal = [](int, const std::string& why) { std::cerr << why << '\n'; };
  auto node = actors::node::start(std::move(settings), std::move(*store));
  if (!node) return node.error();
  made.node = std::move(*node);
  made.started = clock::now();
  actors::channel_options options;
  options.account = account_name;
  options.marketplace = "fake";
  options.adapter = make_listed_adapter(shop_url, opening);
  if (auto added = made.node->add_channel(std::move(options), made.client); !added) return added.error();
  return {};
}

// Changes `pending` SKUs while the channel is away, and dies when that is durable.
int die_with_pending(const listings_options& chosen, const std::filesystem::path& folder) {
  running here;
  if (auto started = start(here, chosen, folder, "http://127.0.0.1:1"); !started) {
    std::cerr << started.error().what << '\n';
    return 70;
  }
  inbox answers;
  const auto sink = here.node->add_sink(answers);
  const auto step = chosen.skus / chosen.pending;
  for (std::size_t i = 0; i < chosen.pending; ++i) {
    engine::command asked;
    asked.body = engine::receive{engine::main_location, 7, {}};
    const engine::sku_id sku{static_cast<std::int64_t>(i * step) + 1};
    if (here.node->submit(actors::submission{sku, std::move(asked), {sink, 0, 0, 0, 0}}) !=
        actors::admission::accepted)
      return 70;
  }
  for (std::size_t answered = 0; answered < chosen.pending;)
    for (const auto& batch : answers.take())
      answered += batch.size();
  ::_exit(0);
}

template <class Work>
bool elsewhere(Work work) {
  const auto child = ::fork();
  if (child == 0) ::_exit(work());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

template <class Condition>
bool eventually(Condition holds) {
  const auto until = clock::now() + std::chrono::minutes{5};
  while (!holds()) {
    if (clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

int run(listings_options chosen) {
  if (chosen.drained) chosen.pending = 0;
  const scratch_folder folder{chosen.directory};
  const auto fill_store = [&] { return fill(chosen, folder.path()) ? 0 : 70; };
  const auto die = [&] { return die_with_pending(chosen, folder.path()); };
  if (!elsewhere(fill_store) || (chosen.pending > 0 && !elsewhere(die))) {
    std::cerr << "the store could not be filled\n";
    return 70;
  }
  listed_shop shop;
  if (!shop.start()) return 70;
  const auto began = clock::now();
  const auto milliseconds = [began](clock::time_point at = clock::now()) {
    return std::chrono::duration<double, std::milli>{at - began}.count();
  };
  running here;
  if (auto started = start(here, chosen, folder.path(), shop.url()); !started) {
    std::cerr << started.error().what << '\n';
    return 70;
  }
  const auto added = milliseconds();
  const bool ready = eventually([&] {
    const auto all = here.node->channels();
    return all && !all->empty() && all->front().state == "ok";
  });
  const auto serves = milliseconds();
  const bool pushed = ready && eventually([&] { return shop.items_written() >= chosen.pending; });
  const auto all_pushed = milliseconds();
  const auto loaded = here.node->statistics().sku_actors;
  if (!pushed || shop.items_written() != chosen.pending) {
    std::cerr << fmt::format("{} listings were pushed instead of {}\n", shop.items_written(), chosen.pending);
    return 1;
  }
  const auto name =
      fmt::format("listings {} skus={} {}", chosen.store, chosen.skus,
                  chosen.drained ? "drained" : fmt::format("killed with {} pending", chosen.pending));
  if (chosen.json)
    std::cout << boost::json::object{{"name", name},
                                     {"start_ms", serves},
                                     {"pushed_ms", all_pushed},
                                     {"skus_loaded", loaded},
                                     {"rows_sent", shop.rows_written()},
                                     {"rss_mb", peak_rss_mb()}}
              << '\n';
  else
    std::cout << fmt::format(
        "{}: serves and pushes after {:.0f} ms (store open {:.0f}, node started {:.0f}, "
        "channel read {:.0f}), everything pending pushed after {:.0f} ms in {} rows, {} SKUs "
        "loaded, {:.0f} MB\n",
        name, serves, milliseconds(here.opened), milliseconds(here.started), added, all_pushed,
        shop.rows_written(), loaded, peak_rss_mb());
  return here.node->drain(std::chrono::minutes{5}) ? 0 : 1;
}

const registered add_listings{[](CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("listings", "start with a listing of every SKU on one account");
  auto chosen = std::make_shared<listings_options>();
  command->add_option("--store", chosen->store, "sqlite or postgres")
      ->check(CLI::IsMember({"sqlite", "postgres"}));
  command->add_option("--url", chosen->url, "of a PostgreSQL server (default: a private one on --dir)");
  command->add_option("--skus", chosen->skus, "number of SKUs, and of listings")
      ->check(CLI::Range(1, 10'000'000));
  command->add_option("--pending", chosen->pending, "listings that wait for a push when the process dies")
      ->check(CLI::Range(1, 50'000));
  command->add_flag("--drained", chosen->drained, "the process before ended in order, nothing is pending");
  command->add_option("--dir", chosen->directory, "folder on the disk to measure (default: here)");
  command->add_flag("--json", chosen->json, "print one JSON object");
  command->callback([chosen, &exit_code] {
    const bool alone = chosen->store == "postgres" && chosen->url.empty();
    exit_code = alone ? run_with_private_server(chosen->directory) : run(*chosen);
  });
}};

} // namespace

} // namespace lockstep::bench
