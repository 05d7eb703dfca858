// The process that is killed: a node over SQLite that drives itself and tells every acknowledgement through a
// pipe.
#pragma once

#include <cstdint>
#include <string>

namespace lockstep::kill {

// What the client knows of one movement. Written whole: a record cut short by the kill was not told.
struct acknowledgement {
  std::uint64_t index = 0;
  std::int64_t sku = 0;
  std::int64_t version = 0;
  std::uint8_t reason = 0; // engine::refusal
};

// Drives movements from `first` on with a closed window until it is killed, or ends itself in an orderly way
// after `last`. Returns an exit code.
int run_engine(const std::string& database, std::uint64_t first, std::uint64_t last, int acknowledgements);

} // namespace lockstep::kill
