// The rules of the folders: who may include and link what, and what no file of ours may contain.
#pragma once

#include "tests/layering/source.hpp"

#include <string>
#include <vector>

namespace lockstep::tests {

// What the file breaks, a sentence each; empty: nothing.
[[nodiscard]] std::vector<std::string> breaches_of(const source& file);

} // namespace lockstep::tests
