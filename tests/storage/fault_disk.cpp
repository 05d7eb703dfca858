#include "tests/storage/fault_disk.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace lockstep::storage::samples {
namespace {

constexpr std::size_t sector_bytes = 512;

fault_disk* current = nullptr;
sqlite3_vfs* real_layer = nullptr;
sqlite3_vfs layer;

// SQLite allots szOsFile bytes: this, then the real layer's own file.
struct watched_file : sqlite3_file {
  const char* name;

  [[nodiscard]] sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

watched_file& self(sqlite3_file* base) {
  return *static_cast<watched_file*>(base);
}

// Calls the same method of the real file.
template <auto Method, class... Arguments>
int pass(sqlite3_file* base, Arguments... arguments) {
  auto* real = self(base).real();
  return (real->pMethods->*Method)(real, arguments...);
}

int write_file(sqlite3_file* base, const void* bytes, int size, sqlite3_int64 offset) {
  const auto met = current->meet(fault_disk::operation::write, self(base).name);
  const auto done = met ? (met->torn ? size / 2 : 0) : size;
  int code = SQLITE_OK;
  if (done > 0) {
    code = pass<&sqlite3_io_methods::xWrite>(base, bytes, done, offset);
    if (code == SQLITE_OK)
      current->wrote(self(base).name, offset,
                     {static_cast<const char*>(bytes), static_cast<std::size_t>(done)});
  }
  return met ? met->code : code;
}

int sync_file(sqlite3_file* base, int flags) {
  if (const auto met = current->meet(fault_disk::operation::sync, self(base).name)) return met->code;
  const auto code = pass<&sqlite3_io_methods::xSync>(base, flags);
  if (code == SQLITE_OK) current->was_synced(self(base).name);
  return code;
}

int cut_file(sqlite3_file* base, sqlite3_int64 size) {
  const auto code = pass<&sqlite3_io_methods::xTruncate>(base, size);
  if (code == SQLITE_OK) current->cut(self(base).name, size);
  return code;
}

void shm_barrier(sqlite3_file* base) {
  auto* real = self(base).real();
  real->pMethods->xShmBarrier(real);
}

sqlite3_io_methods make_methods() {
  using methods = sqlite3_io_methods;
  methods made{};
  made.iVersion = 2; // without memory maps
  made.xClose = pass<&methods::xClose>;
  made.xRead = pass<&methods::xRead, void*, int, sqlite3_int64>;
  made.xWrite = write_file;
  made.xTruncate = cut_file;
  made.xSync = sync_file;
  made.xFileSize = pass<&methods::xFileSize, sqlite3_int64*>;
  made.xLock = pass<&methods::xLock, int>;
  made.xUnlock = pass<&methods::xUnlock, int>;
  made.xCheckReservedLock = pass<&methods::xCheckReservedLock, int*>;
  made.xFileControl = pass<&methods::xFileControl, int, void*>;
  made.xSectorSize = pass<&methods::xSectorSize>;
  made.xDeviceCharacteristics = pass<&methods::xDeviceCharacteristics>;
  made.xShmMap = pass<&methods::xShmMap, int, int, int, void volatile**>;
  made.xShmLock = pass<&methods::xShmLock, int, int, int>;
  made.xShmBarrier = shm_barrier;
  made.xShmUnmap = pass<&methods::xShmUnmap, int>;
  return made;
}

const sqlite3_io_methods methods = make_methods();

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* base, int flags, int* flags_out) {
  constexpr int watched = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL;
  if (!name || (flags & watched) == 0 || !current->watches(name))
    return real_layer->xOpen(real_layer, name, base, flags, flags_out);
  auto& file = self(base);
  const auto code = real_layer->xOpen(real_layer, name, file.real(), flags, flags_out);
  file.name = name;
  file.pMethods = file.real()->pMethods ? &methods : nullptr;
  if (code == SQLITE_OK) current->opened(name);
  return code;
}

int remove_file(sqlite3_vfs*, const char* name, int sync_folder) {
  const auto code = real_layer->xDelete(real_layer, name, sync_folder);
  if (code == SQLITE_OK) current->removed(name);
  return code;
}

} // namespace

fault_disk::fault_disk(std::string folder) : folder_(std::move(folder)) {
  if (current) std::abort(); // one disk at a time
  current = this;
  real_layer = sqlite3_vfs_find(nullptr);
  layer = *real_layer;
  layer.zName = "fault_disk";
  layer.szOsFile += static_cast<int>(sizeof(watched_file));
  layer.xOpen = open_file;
  layer.xDelete = remove_file;
  sqlite3_vfs_register(&layer, 1);
}

fault_disk::~fault_disk() {
  sqlite3_vfs_unregister(&layer);
  sqlite3_vfs_register(real_layer, 1);
  current = nullptr;
}

void fault_disk::inject(const fault& next) {
  const std::lock_guard lock{guard_};
  fault_ = next;
  struck_ = false;
}

void fault_disk::heal() {
  const std::lock_guard lock{guard_};
  fault_.reset();
}

bool fault_disk::struck() const {
  const std::lock_guard lock{guard_};
  return struck_;
}

std::uint64_t fault_disk::operations() const {
  const std::lock_guard lock{guard_};
  return operations_;
}

void fault_disk::watch(std::function<void()> before_operation) {
  const std::lock_guard lock{guard_};
  watcher_ = std::move(before_operation);
}

std::optional<fault_disk::fault> fault_disk::meet(operation what, const std::string& file) {
  const std::lock_guard lock{guard_};
  ++operations_;
  if (watcher_) watcher_();
  if (!fault_ || (fault_->what != operation::either && fault_->what != what)) return std::nullopt;
  if (!fault_->file.empty() && fault_->file != file) return std::nullopt;
  if (fault_->after > 0) {
    --fault_->after;
    return std::nullopt;
  }
  struck_ = true;
  const auto met = fault_;
  if (!met->lasting) fault_.reset();
  return met;
}

void fault_disk::opened(const std::string& file) {
  const std::lock_guard lock{guard_};
  files_.try_emplace(file);
}

void fault_disk::removed(const std::string& file) {
  const std::lock_guard lock{guard_};
  files_.erase(file);
}

void fault_disk::wrote(const std::string& file, std::int64_t offset, std::string bytes) {
  const std::lock_guard lock{guard_};
  files_[file].unsure.push_back({offset, std::move(bytes)});
}

void fault_disk::cut(const std::string& file, std::int64_t size) {
  const std::lock_guard lock{guard_};
  files_[file].unsure.push_back({size, std::nullopt});
}

void fault_disk::was_synced(const std::string& file) {
  const std::lock_guard lock{guard_};
  auto& [sure, unsure] = files_[file];
  for (const auto& next : unsure)
    apply(sure, next, next.bytes ? next.bytes->size() : 0);
  unsure.clear();
}

void fault_disk::apply(std::string& bytes, const change& next, std::size_t bytes_done) {
  const auto offset = static_cast<std::size_t>(next.offset);
  if (!next.bytes) {
    bytes.resize(offset);
    return;
  }
  bytes.resize(std::max(bytes.size(), offset + bytes_done));
  std::memcpy(bytes.data() + offset, next.bytes->data(), bytes_done);
}

fault_disk::image fault_disk::after_power_cut(std::mt19937_64& chance) const {
  const std::lock_guard lock{guard_};
  image left;
  for (const auto& [name, file] : files_) {
    auto bytes = file.sure;
    for (const auto& next : file.unsure) {
      const auto size = next.bytes ? next.bytes->size() : 0;
      switch (chance() % 4) {
      case 0: break;
      case 1: apply(bytes, next, size / 2 / sector_bytes * sector_bytes); break;
      default: apply(bytes, next, size); break;
      }
    }
    left.emplace(name, std::move(bytes));
  }
  return left;
}

fault_disk::image fault_disk::synced() const {
  const std::lock_guard lock{guard_};
  image left;
  for (const auto& [name, file] : files_)
    left.emplace(name, file.sure);
  return left;
}

} // namespace lockstep::storage::samples
