// A disk that fails when it is told to, and loses power: SQLite's default file layer while an object of this
// lives. Everything passes through to the real files; beside them it remembers what a disk is sure to hold
// (all that was synced) and what it may or may not hold (writes since).
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace lockstep::storage::samples {

class fault_disk {
 public:
  // Watches the files in `folder`; those elsewhere are left alone.
  explicit fault_disk(std::string folder);
  ~fault_disk();
  fault_disk(const fault_disk&) = delete;
  fault_disk& operator=(const fault_disk&) = delete;

  enum class operation : std::uint8_t { write, sync, either };

  struct fault {
    operation what = operation::either;
    std::uint64_t after = 0; // this many such operations pass before it
    int code = SQLITE_IOERR; // what SQLite is told
    bool torn = false;       // half of the write is done
    bool lasting = false;    // all such operations fail from then on, until heal()
    std::string file = {};   // of this file only; empty: of any
  };

  void inject(const fault& next);
  void heal();
  // The fault was met.
  [[nodiscard]] bool struck() const;
  // Writes and syncs so far.
  [[nodiscard]] std::uint64_t operations() const;

  // Content by file name.
  using image = std::map<std::string, std::string>;
  // What a power cut would leave right now: of each write since the last sync all, nothing, or a torn part.
  [[nodiscard]] image after_power_cut(std::mt19937_64& chance) const;
  // The least it would leave: nothing that was not synced.
  [[nodiscard]] image synced() const;
  // Called before every write and sync, by the thread that does it. It may ask after_power_cut().
  void watch(std::function<void()> before_operation);

  // The file layer's side.
  [[nodiscard]] bool watches(const std::string& file) const { return file.starts_with(folder_); }

  [[nodiscard]] std::optional<fault> meet(operation what, const std::string& file);
  void wrote(const std::string& file, std::int64_t offset, std::string bytes);
  void cut(const std::string& file, std::int64_t size);
  void was_synced(const std::string& file);
  void opened(const std::string& file);
  void removed(const std::string& file);

 private:
  // A write, or a cut when `bytes` is nothing.
  struct change {
    std::int64_t offset = 0;
    std::optional<std::string> bytes;
  };

  struct content {
    std::string sure;
    std::vector<change> unsure;
  };

  static void apply(std::string& bytes, const change& next, std::size_t bytes_done);

  const std::string folder_;
  mutable std::recursive_mutex guard_; // the watcher runs inside and asks for images
  std::map<std::string, content> files_;
  std::optional<fault> fault_;
  bool struck_ = false;
  std::uint64_t operations_ = 0;
  std::function<void()> watcher_;
};

} // namespace lockstep::storage::samples
