#include "engine/assertion.hpp"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>

namespace lockstep::engine {

void assertion_failed(const char* what, std::int64_t left, std::int64_t right,
                      const std::source_location& where) noexcept {
  std::fprintf(stderr, "assertion failed: %s (%" PRId64 ", %" PRId64 ") at %s:%u in %s\n", what, left, right,
               where.file_name(), static_cast<unsigned>(where.line()), where.function_name());
  std::abort();
}

} // namespace lockstep::engine
