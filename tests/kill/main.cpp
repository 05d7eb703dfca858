// Kills the engine with -9 at random times under load, starts it again, and compares what was acknowledged
// with what is in the ledger. The last line is: kills N, acknowledged A, lost L, doubled D, diverged V
#include "tests/kill/engine_process.hpp"
#include "tests/kill/ledger_check.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>

namespace lockstep::kill {

namespace {

constexpr auto endless = std::numeric_limits<std::uint64_t>::max() / 2;

struct options {
  std::size_t kills = 20;
  std::uint64_t seed = 1;
  std::string directory = ".";
};

// What the client keeps, outside the engine's reach.
struct client {
  std::map<std::uint64_t, acknowledgement> granted;
  std::uint64_t changed = 0; // the same movement was acknowledged twice with different outcomes
  std::uint64_t refused = 0; // nothing in the stream may be refused

  void hear(const acknowledgement& one) {
    if (one.reason != 0) {
      ++refused;
      return;
    }
    const auto [known, fresh] = granted.try_emplace(one.index, one);
    if (!fresh && known->second.version != one.version) ++changed;
  }
};

pid_t start_engine(const std::string& self, const std::string& database, std::uint64_t first,
                   std::uint64_t last, int acknowledgements) {
  const auto pid = ::fork();
  if (pid != 0) return pid;
  const auto from = std::to_string(first);
  const auto to = std::to_string(last);
  const auto pipe = std::to_string(acknowledgements);
  ::execl(self.c_str(), self.c_str(), "--engine", database.c_str(), from.c_str(), to.c_str(), pipe.c_str(),
          nullptr);
  ::_exit(127);
}

// Hears acknowledgements until `until`, or until the engine closes the pipe when there is none.
void listen(int pipe, client& who, std::optional<std::chrono::steady_clock::time_point> until) {
  std::string kept;
  for (;;) {
    auto wait = -1;
    if (until) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(*until - std::chrono::steady_clock::now())
              .count();
      if (left <= 0) return;
      wait = static_cast<int>(left);
    }
    pollfd ready{pipe, POLLIN, 0};
    if (::poll(&ready, 1, wait) == 0) return;
    char bytes[sizeof(acknowledgement) * 1024];
    const auto got = ::read(pipe, bytes, sizeof bytes - sizeof(acknowledgement));
    if (got <= 0) return;
    kept.append(bytes, static_cast<std::size_t>(got));
    std::size_t used = 0;
    for (; used + sizeof(acknowledgement) <= kept.size(); used += sizeof(acknowledgement)) {
      acknowledgement one;
      std::memcpy(&one, kept.data() + used, sizeof one);
      who.hear(one);
    }
    kept.erase(0, used);
    if (!kept.empty() && until) continue;
  }
}

class scratch_folder {
 public:
  explicit scratch_folder(const std::string& parent)
      : path_(std::filesystem::absolute(parent) / fmt::format("lockstep-kill-{}", ::getpid())) {
    std::filesystem::create_directories(path_);
  }

  ~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  [[nodiscard]] std::string database() const { return (path_ / "ledger.db").string(); }

 private:
  std::filesystem::path path_;
};

// One life of the engine. `lives_for`: killed after so long; none: it ends by itself after `last`. True
// unless the engine ended in a way it must not.
bool live(const std::string& self, const std::string& database, client& who, std::uint64_t first,
          std::uint64_t last, std::optional<std::chrono::milliseconds> lives_for) {
  int ends[2];
  if (::pipe(ends) != 0) return false;
  const auto pid = start_engine(self, database, first, last, ends[1]);
  ::close(ends[1]);
  if (lives_for) {
    listen(ends[0], who, std::chrono::steady_clock::now() + *lives_for);
    ::kill(pid, SIGKILL);
  }
  listen(ends[0], who, std::nullopt); // what was told before the end
  ::close(ends[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return lives_for ? WIFSIGNALED(status) : WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int run(const std::string& self, const options& chosen) {
  const scratch_folder folder{chosen.directory};
  std::mt19937_64 random{chosen.seed};
  client who;
  verdict found;
  bool orderly = true;
  const auto check = [&] {
    const auto checked = check_ledger(folder.database(), who.granted);
    if (!checked) std::cerr << checked.error().what << '\n';
    orderly = orderly && checked.has_value();
    if (checked) found = *checked;
  };
  for (std::size_t kill = 0; kill < chosen.kills && orderly; ++kill) {
    // Every fourth life is so short that it dies while it recovers.
    const auto longest = kill % 4 == 3 ? 30 : 600;
    const std::chrono::milliseconds lives_for{1 +
                                              static_cast<int>(random() % static_cast<unsigned>(longest))};
    orderly = live(self, folder.database(), who, found.next, endless, lives_for);
    check();
    orderly = orderly && found.lost + found.doubled + found.diverged == 0;
  }
  // The last life ends in an orderly way and answers everything that was ever in doubt.
  const auto last = who.granted.empty() ? 1'000 : who.granted.rbegin()->first + 2'000;
  orderly = orderly && live(self, folder.database(), who, found.next, last, std::nullopt);
  check();
  if (who.refused > 0) std::cerr << who.refused << " movements were refused\n";
  if (!orderly) std::cerr << "the engine ended in a way it must not; seed " << chosen.seed << '\n';
  std::cout << fmt::format("kills {}, acknowledged {}, lost {}, doubled {}, diverged {}\n", chosen.kills,
                           who.granted.size(), found.lost, found.doubled, found.diverged + who.changed);
  const bool complete = found.next == last;
  if (!complete) std::cerr << "movement " << found.next << " of " << last << " was never acknowledged\n";
  return orderly && complete && who.refused == 0 &&
                 found.lost + found.doubled + found.diverged + who.changed == 0
             ? 0
             : 1;
}

} // namespace

} // namespace lockstep::kill

int main(int argc, char** argv) {
  using namespace lockstep::kill;
  if (argc == 6 && std::string_view{argv[1]} == "--engine")
    return run_engine(argv[2], std::stoull(argv[3]), std::stoull(argv[4]), std::stoi(argv[5]));
  CLI::App app{"Kills the engine at random times and compares what it acknowledged with what it kept"};
  options chosen;
  app.add_option("--kills", chosen.kills, "how often")->check(CLI::Range(1, 1'000'000));
  app.add_option("--seed", chosen.seed, "of the times");
  app.add_option("--dir", chosen.directory, "folder for the ledger (default: here)");
  CLI11_PARSE(app, argc, argv);
  return run(std::filesystem::read_symlink("/proc/self/exe").string(), chosen);
}
