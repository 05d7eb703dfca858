// Memory of work items. They are made on the threads that submit and die on the persistence thread; malloc
// pays for that with locks and with joining what it will split again. Here free blocks go back in chains of
// `chain_length`: one lock for each chain. Never shrinks: admission credits bound it.
#pragma once

#include <cstddef>

namespace lockstep::actors::work_pool {

inline constexpr std::size_t block_bytes = 896;
inline constexpr std::size_t chain_length = 64;

// Throws std::bad_alloc when there is no memory. Any thread.
[[nodiscard]] void* take();
void give_back(void* block) noexcept;

} // namespace lockstep::actors::work_pool
