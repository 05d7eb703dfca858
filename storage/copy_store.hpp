// Moves everything from one store to another, of whatever kinds: a seller's way from the embedded store to
// PostgreSQL and back. Single-threaded; nobody else may write to either meanwhile.
#pragma once

#include "storage/store.hpp"

#include <cstdint>
#include <functional>

namespace lockstep::storage {

struct copied {
  std::int64_t facts = 0;
  std::int64_t snapshots = 0;
  std::int64_t records =
      0; // products, accounts, listings, publications, dead letters, watermarks, quarantined
  batch_number batches = 0; // written
};

// Called after each piece with the number of facts in it.
using copy_progress = std::function<void(std::size_t facts)>;

// Facts in commit order, then snapshots, then the records. What is not carried over: dead letters that were
// replayed, and the mark of a clean end, so that channels are looked at as after a crash.
// error_code::conflict when the target holds a fact already, also one of a copy that was broken off. `now` is
// for the mark that says a copy is under way, which stays until finish_copy().
[[nodiscard]] result<copied> copy_store(reader& from, store& to, engine::time_point now,
                                        const copy_progress& progress);

// Whether the target holds the same facts in the same order, the same snapshots and the same records.
// error_code::corrupt names the first difference.
[[nodiscard]] result<void> check_copy(reader& from, reader& to, const copy_progress& progress);

// Once it was compared: the target may be opened for business.
[[nodiscard]] result<void> finish_copy(store& to, const copied& what);

// A copy into this store was begun and not finished: it must not be opened for business.
[[nodiscard]] result<bool> copy_unfinished(reader& of);

} // namespace lockstep::storage
