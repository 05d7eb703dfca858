#include "bench/rig.hpp"

#include "storage/memory/memory_store.hpp"
#include "storage/open_store.hpp"
#include "storage/sqlite/sqlite_store.hpp"

#include <fmt/format.h>

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

namespace lockstep::bench {

void inbox::deliver(std::vector<actors::answer> answers) noexcept {
  {
    const std::lock_guard guard{lock_};
    arrived_.push_back(std::move(answers));
  }
  changed_.notify_one();
}

std::vector<std::vector<actors::answer>> inbox::take(std::chrono::steady_clock::time_point until) {
  std::unique_lock guard{lock_};
  changed_.wait_until(guard, until, [this] { return !arrived_.empty(); });
  return std::exchange(arrived_, {});
}

std::vector<std::vector<actors::answer>> inbox::take() {
  auto arrived = take(std::chrono::steady_clock::now() + std::chrono::minutes{1});
  if (arrived.empty()) throw std::runtime_error{"no answer within a minute"};
  return arrived;
}

scratch_folder::scratch_folder(const std::string& parent)
    : path_(std::filesystem::absolute(parent) / fmt::format("lockstep-bench-{}", getpid())) {
  std::filesystem::create_directories(path_);
}

scratch_folder::~scratch_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

engine::result<std::unique_ptr<storage::store>> open_store(const std::string& kind,
                                                           const std::filesystem::path& folder,
                                                           const std::string& url, bool archive) {
  if (kind == "memory") return storage::open_memory(storage::make_memory());
  if (kind == "postgres" && archive) return storage::open_store(url, {.archive_after = std::chrono::days{1}});
  if (kind == "postgres") return storage::open_store(url);
  return storage::open_sqlite({.path = (folder / "bench.db").string()});
}

int run_with_private_server(const std::string& directory) {
  std::vector<std::string> words{fmt::format("{}/bench/peers/with_postgresql.sh", LOCKSTEP_SOURCE_DIR),
                                 directory, std::filesystem::read_symlink("/proc/self/exe").string()};
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

double peak_rss_mb() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_maxrss) / 1024; // kilobytes on Linux
}

} // namespace lockstep::bench
