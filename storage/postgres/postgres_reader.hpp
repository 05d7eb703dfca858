// Reads a PostgreSQL store on a connection of its own; a lost one is replaced, once per call.
#pragma once

#include "storage/postgres/upkeep.hpp"
#include "storage/store.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace lockstep::storage::postgres {

// `told` outlives the store.
[[nodiscard]] result<std::unique_ptr<reader>> open_reader(const std::string& url,
                                                          std::chrono::milliseconds answer_timeout,
                                                          std::shared_ptr<const upkeep> told);

} // namespace lockstep::storage::postgres
