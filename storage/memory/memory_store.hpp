// The reference model of a store: plain containers behind one mutex. It survives nothing, but keeps the same
// promises to everyone who shares its `memory`, so a test can "crash" a writer and open the same content
// again.
#pragma once

#include "storage/store.hpp"

#include <memory>

namespace lockstep::storage {

// The content itself; outlives the stores that open it.
struct memory;
[[nodiscard]] std::shared_ptr<memory> make_memory();

// Opens the content for writing and fences earlier writers. Never fails.
[[nodiscard]] std::unique_ptr<store> open_memory(std::shared_ptr<memory> content);

} // namespace lockstep::storage
