// Kills the real daemon with -9 at named steps and at random times under load, starts it again, and compares
// what was acknowledged with what is in the ledger. The last line is:
//   kills N, acknowledged A, lost L, doubled D, diverged V
#include "tests/app/program.hpp"
#include "tests/kill/client.hpp"
#include "tests/kill/ledger_check.hpp"
#include "tests/kill/step.hpp"
#include "tests/kill/world.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace lockstep::kill {

namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

// A life that has not come to its step by then never will.
constexpr auto life_max = 10s;
// Of one kill. A stop may leave the log as it is, and another one follows.
constexpr int lives_max = 12;
// Long enough for an answer to reach its client.
constexpr long stall_ms = 20;
// Of each client, after the last kill: what is in doubt is answered, and the engine does new work too.
constexpr std::uint64_t movements_after = 200;

struct options {
  std::string store = "sqlite";
  std::string url;
  std::size_t kills = 60;
  std::uint64_t seed = 1;
  std::string step;
  std::string directory = ".";
  bool bundles = false;
  bool verbose = false;
};

// Where one life ends.
struct kill_plan {
  const step_row* at = nullptr;
  bool before = false;
  long count = 1;
  long stall_ms = 0;
  long stop_ms = 0; // when the daemon is asked to stop, after its first connection

  [[nodiscard]] std::string text() const {
    return fmt::format("{} {} {} {} {}", at->name, before ? "before" : "after", count, stall_ms, stop_ms);
  }
};

enum class life_end : std::uint8_t { killed, not_reached, wrong };

class run {
 public:
  run(const options& chosen, std::filesystem::path folder)
      : random_(chosen.seed), chosen_(chosen), world_(std::move(folder), chosen.url, chosen.bundles) {
    clients_.emplace_back("batch 1", way::batch, chosen.seed);
    clients_.emplace_back("batch 2", way::batch, chosen.seed + 1);
    clients_.emplace_back("single 1", way::single, chosen.seed);
    clients_.emplace_back("single 2", way::single, chosen.seed);
    clients_.emplace_back("phone", chosen.bundles ? way::bundle_webhook : way::webhook, chosen.seed);
  }

  // True: nothing was lost, doubled or diverged, and everything that was asked was granted in the end.
  bool go();

 private:
  [[nodiscard]] std::vector<const step_row*> chosen_steps() const;
  [[nodiscard]] kill_plan draw(const step_row& at, bool before);
  [[nodiscard]] bool kill_once(kill_plan plan);
  [[nodiscard]] life_end live(const kill_plan& plan);
  [[nodiscard]] bool live_to_the_last_answer();
  [[nodiscard]] bool live_to_the_end();
  void load(std::uint16_t port, const load_plan& plan);
  [[nodiscard]] bool compare(ledger_check& with);
  [[nodiscard]] std::uint64_t acknowledged() const;
  [[nodiscard]] std::uint64_t sum(std::uint64_t (client::*of)() const) const;

  std::mt19937_64 random_;
  const options& chosen_;
  world world_;
  std::vector<client> clients_;
  ledger_check ledger_;
  verdict found_;
  std::map<std::string_view, std::size_t> kills_; // by step
  long ready_ms_ = 100;                           // after exec, in the last life that came to it
};

// The port of the API, or nothing when the daemon died before it was ready.
std::optional<std::uint16_t> wait_until_ready(tests::background_program& daemon) {
  const auto line = daemon.wait_for("ready");
  if (line.empty()) return std::nullopt;
  return static_cast<std::uint16_t>(boost::json::parse(line).at("http_port").as_int64());
}

tests::environment environment_of(const kill_plan& plan) {
  // An address sanitizer in the daemon wants to be the first library; it need not be.
  const auto* sanitizer = std::getenv("ASAN_OPTIONS");
  return {
      {"LD_PRELOAD", KILL_STEP_LIBRARY},
      {plan_variable, plan.text()},
      {"ASAN_OPTIONS", fmt::format("{}:verify_asan_link_order=0", sanitizer == nullptr ? "" : sanitizer)}};
}

bool complain(const tests::background_program& daemon) {
  std::cerr << "a daemon that nobody kills is not there:\n" << daemon.log();
  return false;
}

std::vector<const step_row*> run::chosen_steps() const {
  std::vector<const step_row*> out;
  const auto here = chosen_.store == "sqlite" ? where::sqlite : where::postgres;
  for (const auto& row : steps) {
    const bool wanted = chosen_.step.empty() || row.name == chosen_.step;
    if (wanted && (row.store == where::everywhere || row.store == here)) out.push_back(&row);
  }
  return out;
}

kill_plan run::draw(const step_row& at, bool before) {
  const auto count_max = at.id == step::recovery ? ready_ms_ : at.count_max;
  const auto count = 1 + static_cast<long>(random_() % static_cast<std::uint64_t>(count_max));
  const auto stop = at.when == occasion::stop ? milliseconds{50 + random_() % 300} : milliseconds{life_max};
  return {&at, before, count, random_() % 2 == 0 ? 0 : stall_ms, stop.count()};
}

void run::load(std::uint16_t port, const load_plan& plan) {
  std::vector<std::jthread> threads;
  for (auto& who : clients_)
    threads.emplace_back([&] { who.live(port, world_.token(), plan); });
}

life_end run::live(const kill_plan& plan) {
  const auto began = std::chrono::steady_clock::now();
  tests::background_program daemon{world_.run_words(), environment_of(plan)};
  const load_plan sending{.until = began + life_max};
  std::jthread loading;
  const auto since_began = [&] {
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began);
  };
  const auto port = wait_until_ready(daemon);
  if (port) ready_ms_ = static_cast<long>(since_began().count());
  if (port && world_.greet(*port)) loading = std::jthread{[&] { load(*port, sending); }};
  const auto code = daemon.wait();
  if (loading.joinable()) loading.join();
  const auto lived = since_began();
  if (chosen_.verbose)
    std::cerr << fmt::format("{}: ended with {} after {} ms, {} acknowledged\n", plan.text(), code,
                             lived.count(), acknowledged());
  const bool in_time = lived < 2 * life_max;
  const bool too_late = plan.at->when == occasion::start && port;
  if (code == -SIGKILL && in_time && !too_late) return life_end::killed;
  if (code == 0 || (code == -SIGKILL && too_late)) return life_end::not_reached;
  std::cerr << fmt::format("the daemon ended with {} instead of being killed at {}\n{}", code, plan.text(),
                           daemon.log());
  return life_end::wrong;
}

// A count that a life did not come to is halved.
bool run::kill_once(kill_plan plan) {
  for (int life = 0; life < lives_max; ++life, plan.count = std::max(1L, plan.count / 2)) {
    const auto end = live(plan);
    world_.sell(); // while nobody listens
    if (!compare(ledger_)) return false;
    if (end == life_end::killed) {
      ++kills_[plan.at->name];
      return true;
    }
    if (end == life_end::wrong) return false;
  }
  std::cerr << "no life came to step " << plan.at->name << '\n';
  return false;
}

// Answers everything that was ever in doubt, and dies with what it has not told the shop.
bool run::live_to_the_last_answer() {
  tests::background_program daemon{world_.run_words()};
  const auto port = wait_until_ready(daemon);
  if (!port || !world_.greet(*port)) return complain(daemon);
  const auto told_before = acknowledged();
  load(*port, {.until = std::chrono::steady_clock::now() + 60s, .movements_max = movements_after});
  const bool answered = acknowledged() >= told_before + clients_.size() * movements_after;
  if (!answered) std::cerr << "not everything that was in doubt is answered\n";
  daemon.signal(SIGKILL);
  return daemon.wait() == -SIGKILL && answered;
}

// Hears nothing new, tells the shop what it should show, and ends in an orderly way.
bool run::live_to_the_end() {
  tests::background_program daemon{world_.run_words()};
  const auto port = wait_until_ready(daemon);
  if (!port || !world_.greet(*port)) return complain(daemon);
  const bool settled = world_.settle(*port);
  if (!settled) std::cerr << "the shop does not come to show the truth\n";
  daemon.signal(SIGTERM);
  const auto code = daemon.wait();
  if (code != 0) std::cerr << fmt::format("the last daemon ended with {}\n{}", code, daemon.log());
  return settled && code == 0;
}

bool run::compare(ledger_check& with) {
  const auto store = world_.open_ledger();
  const auto reader = store ? (*store)->open_reader() : store.error();
  const auto compared = reader ? with.compare(**reader, clients_) : reader.error();
  if (!compared) {
    std::cerr << compared.error().what << '\n';
    return false;
  }
  found_ = *compared;
  found_.diverged += sum(&client::changed) + sum(&client::refused);
  return found_.clean();
}

std::uint64_t run::acknowledged() const {
  std::uint64_t all = 0;
  for (const auto& who : clients_)
    all += who.told().size();
  return all;
}

std::uint64_t run::sum(std::uint64_t (client::*of)() const) const {
  std::uint64_t all = 0;
  for (const auto& who : clients_)
    all += (who.*of)();
  return all;
}

bool run::go() {
  auto at = chosen_steps();
  if (at.empty()) {
    std::cerr << fmt::format("{} has no step {}\n", chosen_.store, chosen_.step);
    return false;
  }
  std::size_t kills = 0;
  bool fine = true;
  for (; kills < chosen_.kills && fine; ++kills) {
    const auto turn = kills % at.size();
    if (turn == 0) std::ranges::shuffle(at, random_); // what follows a kill is what another one meets
    fine = kill_once(draw(*at[turn], random_() % 2 == 0));
  }
  if (fine) {
    fine = live_to_the_last_answer() && live_to_the_end();
    ledger_check whole; // from the first fact on
    fine = compare(whole) && fine;
    found_.diverged += world_.count_differences(whole);
    if (chosen_.verbose) std::cerr << world_.shop_story() << '\n';
  }
  for (const auto& [name, count] : kills_)
    std::cout << fmt::format("{:>6} at {}\n", count, name);
  std::cout << fmt::format("kills {}, acknowledged {}, lost {}, doubled {}, diverged {}\n", kills,
                           acknowledged(), found_.lost, found_.doubled, found_.diverged);
  return fine && found_.clean();
}

std::string step_list() {
  std::string out = "Steps (each before and after the call):\n";
  for (const auto& row : steps) {
    const auto* only = row.store == where::everywhere ? ""
                       : row.store == where::sqlite   ? " [sqlite]"
                                                      : " [postgres]";
    out += fmt::format("  {:<18}{}{}\n", row.name, row.sentence, only);
  }
  return out;
}

int run_in_folder(const options& chosen) {
  const auto folder =
      std::filesystem::absolute(chosen.directory) / fmt::format("lockstep-kill-{}", ::getpid());
  std::filesystem::create_directories(folder);
  const bool fine = run{chosen, folder}.go();
  if (fine) {
    std::filesystem::remove_all(folder);
    return 0;
  }
  std::cerr << fmt::format("seed {}; the ledger is kept in {}\n", chosen.seed, folder.string());
  return 1;
}

} // namespace

} // namespace lockstep::kill

int main(int argc, char** argv) {
  using namespace lockstep::kill;
  CLI::App app{"Kills the daemon and compares what it acknowledged with what it kept"};
  options chosen;
  std::vector<std::string> names;
  for (const auto& row : steps)
    names.emplace_back(row.name);
  app.add_option("--store", chosen.store, "sqlite or postgres")->check(CLI::IsMember({"sqlite", "postgres"}));
  app.add_option("--url", chosen.url, "of an empty store; sqlite makes one in --dir by default");
  app.add_option("--kills", chosen.kills, "how often")->check(CLI::Range(1, 1'000'000));
  app.add_option("--seed", chosen.seed, "of steps, counts and times");
  app.add_option("--step", chosen.step, "only this one")->check(CLI::IsMember(names));
  app.add_option("--dir", chosen.directory, "folder for what is written (default: here)");
  app.add_flag("--bundles", chosen.bundles, "the marketplace sells bundles, which are composed anew in every life");
  app.add_flag("--verbose", chosen.verbose, "a line for each life");
  app.footer(step_list());
  CLI11_PARSE(app, argc, argv);
  if (chosen.store == "postgres" && chosen.url.empty()) {
    std::cerr << "--store postgres needs --url\n";
    return 2;
  }
  try {
    return run_in_folder(chosen);
  } catch (const std::exception& failed) {
    std::cerr << failed.what() << '\n';
    return 1;
  }
}
