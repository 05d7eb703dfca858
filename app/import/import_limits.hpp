// Bounds of an import, each with its reason; limits.hpp has those of the engine.
#pragma once

#include <cstddef>

namespace lockstep::limits {

inline constexpr std::size_t import_names_in_memory = 1 << 20; // 16 bytes each; the rest is on disk
inline constexpr std::size_t import_block_items = 2'000; // sent together: a good commit, a second of patience
inline constexpr std::size_t import_block_bundles = 200; // of them: each is read and committed for itself
inline constexpr std::size_t import_block_bytes = 4
                                                  << 20; // of them, half of what the API takes in one request
inline constexpr std::size_t import_counts_per_request = 500; // what the engine decides together
inline constexpr std::size_t import_findings_in_json =
    1'000; // in one object; all of them are in the file of rejects

} // namespace lockstep::limits
