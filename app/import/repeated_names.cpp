#include "app/import/repeated_names.hpp"

#include <functional>
#include <tuple>

namespace lockstep::app {

using engine::result;

repeated_names::name_hash repeated_names::hash_of(std::string_view name) {
  return std::hash<std::string_view>{}(name);
}

result<repeated_lines> repeated_names::finish() {
  if (auto sorted = names_.finish(); !sorted) return sorted.error();
  repeated_lines found{in_memory_};
  std::uint64_t name = 0, first_line = 0, lines = 0;
  for (;;) {
    const auto each = names_.next();
    if (!each) return each.error();
    if (!*each) break;
    if (lines == 0 || (*each)->first != name) {
      std::tie(name, first_line) = **each;
      lines = 1;
      continue;
    }
    ++repeats_;
    if (++lines == 2) {
      ++repeated_;
      if (auto added = found.add({first_line, first_line}); !added) return added.error();
    }
    if (auto added = found.add({(*each)->second, first_line}); !added) return added.error();
  }
  if (auto sorted = found.finish(); !sorted) return sorted.error();
  return found;
}

} // namespace lockstep::app
