// What the benches that drive a real node share: a store in a folder of its own, and a place for answers.
#pragma once

#include "actors/node.hpp"
#include "storage/store.hpp"

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace lockstep::bench {

// Takes answers on the persistence thread and wakes the driver.
class inbox final : public actors::answer_sink {
 public:
  void deliver(std::vector<actors::answer> answers) noexcept override;

  // Everything that has arrived; waits for at least one batch, or until `until`.
  [[nodiscard]] std::vector<std::vector<actors::answer>> take(std::chrono::steady_clock::time_point until);
  // The same. Throws when nothing comes within a minute.
  [[nodiscard]] std::vector<std::vector<actors::answer>> take();

 private:
  std::mutex lock_;
  std::condition_variable changed_;
  std::vector<std::vector<actors::answer>> arrived_;
};

// A folder of its own, removed with its content.
class scratch_folder {
 public:
  explicit scratch_folder(const std::string& parent);
  ~scratch_folder();
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// "sqlite" in `folder`, "memory", or "postgres" at `url`.
[[nodiscard]] engine::result<std::unique_ptr<storage::store>> open_store(const std::string& kind,
                                                                         const std::filesystem::path& folder,
                                                                         const std::string& url = {},
                                                                         bool archive = false);

// This very command once more, beside a private PostgreSQL in `directory` whose URL is its last word. Returns
// an exit code, and only on an error.
int run_with_private_server(const std::string& directory);

// Largest resident memory of this process so far.
[[nodiscard]] double peak_rss_mb();

} // namespace lockstep::bench
