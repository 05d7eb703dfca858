// Compares what the client was told with what the ledger holds.
#pragma once

#include "engine/error.hpp"
#include "tests/kill/engine_process.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace lockstep::kill {

struct verdict {
  std::uint64_t lost = 0;    // acknowledged, and not in the ledger as acknowledged
  std::uint64_t doubled = 0; // keys that made two movements
  std::uint64_t diverged =
      0; // SKUs whose loaded state is not the replay, or is short of units; groups that are split
  std::uint64_t next = 0; // first movement that was not acknowledged: the client sends from here again
};

// `told`: granted acknowledgements by index.
[[nodiscard]] engine::result<verdict> check_ledger(const std::string& database,
                                                   const std::map<std::uint64_t, acknowledgement>& told);

} // namespace lockstep::kill
