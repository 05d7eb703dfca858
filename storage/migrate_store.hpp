// The stored form's numbered steps: which a store has taken, and taking those it lacks. A program that opens
// a store does that by itself; these are for whoever wants to know, or whose role may and the program's may
// not.
#pragma once

#include "storage/store.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::storage {

struct schema_step {
  std::string name;
  // UTC, for people; empty: nobody knows when; nothing: the store lacks it.
  std::optional<std::string> taken_at;
};

// Every step this program knows, in order. Changes nothing and works beside a running program.
// Of a database without a store the store lacks every step; a file that is none is refused. too_new: a newer
// program's; else as open_store().
[[nodiscard]] result<std::vector<schema_step>> read_schema(std::string_view url);

// Takes the steps the store lacks; makes the store when there is none. With a `writer` (PostgreSQL only),
// that role gets what a program that writes the store needs, and no more. unavailable: a program holds the
// store, the error says which.
[[nodiscard]] result<void> migrate_store(std::string_view url, const std::string& writer);

} // namespace lockstep::storage
