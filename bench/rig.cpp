#include "bench/rig.hpp"

#include "storage/memory/memory_store.hpp"
#include "storage/sqlite/sqlite_store.hpp"

#include <fmt/format.h>

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <utility>

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
                                                           const std::filesystem::path& folder) {
  if (kind == "memory") return storage::open_memory(storage::make_memory());
  return storage::open_sqlite({.path = (folder / "bench.db").string()});
}

double peak_rss_mb() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_maxrss) / 1024; // kilobytes on Linux
}

} // namespace lockstep::bench
