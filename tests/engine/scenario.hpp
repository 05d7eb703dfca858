// Stock rules as text: a scenario is a table of what is told to one SKU and what must come of it. The
// language is in tests/README.md. A scenario never throws for its own content: every line that does not hold
// is a failure with its place.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::test {

// Runs the text from a blank SKU. Each failure begins with "name:line: ". Empty: everything held.
[[nodiscard]] std::vector<std::string> run_scenario(std::string_view name, std::string_view text);

// The scenario files of the source tree, by name.
[[nodiscard]] std::vector<std::filesystem::path> scenario_files();

[[nodiscard]] std::string read_file(const std::filesystem::path& path);

} // namespace lockstep::test
