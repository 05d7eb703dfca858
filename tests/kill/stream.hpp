// The movements of the kill test: number `index` is always the same movement with the same key, so that a
// client can send again what it does not know the outcome of, and anybody can tell what the ledger must hold.
//
//   every SKU gets in turn: hold h; confirm h (every fifth: release h); ship h (after a release: receive one
//   unit) every 41st movement is a group instead: one hold on each of two SKUs, all or nothing
#pragma once

#include "actors/node.hpp"

#include <cstdint>
#include <vector>

namespace lockstep::kill {

inline constexpr std::uint64_t skus = 20;
inline constexpr std::uint64_t group_every = 41;

[[nodiscard]] constexpr bool is_group(std::uint64_t index) {
  return index % group_every == group_every - 1;
}

// Key of the movement; of the group's first member.
[[nodiscard]] engine::uuid key_of(std::uint64_t index);

// One command, or the two members of a group. Tickets carry the lower half of the index as request.
[[nodiscard]] std::vector<actors::submission> movement(std::uint64_t index, std::uint16_t sink);

// What a member of group `index` carries as reference, and nothing else does.
[[nodiscard]] std::string group_reference(std::uint64_t index);

} // namespace lockstep::kill
