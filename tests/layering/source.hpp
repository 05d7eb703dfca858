// A source file as the layering rules look at it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::tests {

struct source {
  std::string path; // below the root: "engine/decide.cpp"
  std::string text;
};

struct include {
  std::string path;
  bool quoted = false; // "project/header.hpp", not <library>
};

// The includes of the file, in order.
[[nodiscard]] std::vector<include> includes_of(std::string_view text);

// The text with comments, and the inside of string and character literals, replaced by blanks.
[[nodiscard]] std::string code_of(std::string_view text);

// Every file of ours below the root: product, tests, documents and scripts; no build folders, no binaries.
[[nodiscard]] std::vector<source> read_tree(const std::filesystem::path& root);

} // namespace lockstep::tests
