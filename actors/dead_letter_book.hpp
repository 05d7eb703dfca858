// Which dead letters wait for a person: how many there are, and what they are about, so that a line that
// cannot be recorded is kept once however often its channel tells it. Thread: any.
#pragma once

#include "engine/command.hpp"
#include "engine/limits.hpp"
#include "storage/store.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

namespace lockstep::actors {

class dead_letter_book {
 public:
  // Before a new letter is recorded. False: one of the same account, reference, reason and content waits
  // already, or was dismissed. Remembers limits::dead_letters_remembered_max of them, the newest.
  [[nodiscard]] bool claim(const storage::dead_letter& letter);

  // The letter is durable. One that was told again (`replayed`) may be kept again when it fails anew.
  void committed(const storage::dead_letter& letter);

  [[nodiscard]] std::size_t open() const;

  // A letter about what the store refused for good. The process that met it has ended; it, or one read while
  // starting, keeps the next process from ending over it too. Nothing for a request, which a quarantined SKU
  // refuses anyway, and for what nobody repeats.
  [[nodiscard]] static std::optional<storage::dead_letter>
  refused_by_store(const engine::command& asked, const std::string& why, engine::time_point now);
  [[nodiscard]] bool was_refused_by_store(const engine::command& asked) const;

 private:
  [[nodiscard]] static std::string key_of(const storage::dead_letter& letter);

  mutable std::mutex lock_;
  // Two generations: when the first is full it becomes the second, which is forgotten.
  boost::unordered_flat_set<std::string> claimed_;
  boost::unordered_flat_set<std::string> claimed_before_;
  boost::unordered_flat_set<std::string> refused_; // by the store
  boost::unordered_flat_set<std::int64_t> closed_; // lately: closing one twice counts once
  std::size_t open_ = 0;
};

} // namespace lockstep::actors
