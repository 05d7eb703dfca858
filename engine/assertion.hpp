// Assertions about our own code. They stay on in release: a wrong count is worse than a stopped process.
#pragma once

#include <cstdint>
#include <source_location>

namespace lockstep::engine {

// Writes the sentence, both values and the place to stderr, then aborts.
[[noreturn]] void assertion_failed(const char* what, std::int64_t left, std::int64_t right,
                                   const std::source_location& where) noexcept;

// Aborts unless `holds`. `what` is the sentence that should be true; `left` and `right` are the values it is
// about.
inline void ensure(bool holds, const char* what, std::int64_t left = 0, std::int64_t right = 0,
                   const std::source_location& where = std::source_location::current()) {
  if (!holds) [[unlikely]]
    assertion_failed(what, left, right, where);
}

} // namespace lockstep::engine
