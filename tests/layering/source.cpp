#include "tests/layering/source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iterator>
#include <sstream>

namespace lockstep::tests {

namespace {

namespace fs = std::filesystem;

constexpr std::array folders{"engine", "storage", "adapters", "actors",   "app",
                             "bench",  "tests",   "docs",     "packaging"};
constexpr std::array extensions{".cpp", ".hpp",  ".txt",      ".cmake", ".md",
                                ".sql", ".toml", ".scenario", ".sh",    ".lua"};

bool is_text(const fs::path& file) {
  return std::find(extensions.begin(), extensions.end(), file.extension().string()) != extensions.end();
}

source read_source(const fs::path& root, const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {fs::relative(file, root).generic_string(), {std::istreambuf_iterator<char>{in}, {}}};
}

// Walks over C++ text once, keeping code and blanking everything else; line feeds stay.
class blanker {
 public:
  explicit blanker(std::string_view text) : out_(text) {}

  std::string run() {
    while (at_ < out_.size()) {
      if (starts("//")) {
        blank_to("\n", 0);
      } else if (starts("/*")) {
        blank_to("*/", 2);
      } else if (starts("R\"") && !in_word()) {
        blank_raw_string();
      } else if (out_[at_] == '"') {
        blank_literal('"');
      } else if (out_[at_] == '\'' && !in_word()) {
        blank_literal('\'');
      } else {
        ++at_;
      }
    }
    return std::move(out_);
  }

 private:
  bool starts(std::string_view what) const { return std::string_view{out_}.substr(at_).starts_with(what); }

  // Before the present place stands a letter or digit: 1'000 is a number, aR"x" no raw string.
  bool in_word() const { return at_ > 0 && std::isalnum(static_cast<unsigned char>(out_[at_ - 1])) != 0; }

  void blank_until(std::size_t end) {
    for (end = std::min(end, out_.size()); at_ < end; ++at_) {
      if (out_[at_] != '\n') out_[at_] = ' ';
    }
  }

  void blank_to(std::string_view mark, std::size_t kept) {
    const auto end = out_.find(mark, at_ + kept);
    blank_until(end == std::string::npos ? end : end + kept);
  }

  void blank_raw_string() {
    const auto open = out_.find('(', at_);
    if (open == std::string::npos) return blank_until(open);
    const auto closing = fmt::format("){}\"", std::string_view{out_}.substr(at_ + 2, open - at_ - 2));
    const auto end = out_.find(closing, open);
    blank_until(end == std::string::npos ? end : end + closing.size());
  }

  void blank_literal(char quote) {
    auto end = at_ + 1;
    while (end < out_.size() && out_[end] != quote && out_[end] != '\n')
      end += out_[end] == '\\' ? 2U : 1U;
    blank_until(end + 1);
  }

  std::string out_;
  std::size_t at_ = 0;
};

} // namespace

std::vector<include> includes_of(std::string_view text) {
  std::vector<include> found;
  std::istringstream lines{std::string{text}};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words{line};
    char mark = 0, open = 0;
    std::string word;
    if (!(words >> mark) || mark != '#' || !(words >> std::ws)) continue;
    while (std::isalpha(words.peek()) != 0)
      word += static_cast<char>(words.get());
    if (word != "include" || !(words >> open) || (open != '<' && open != '"')) continue;
    include one{{}, open == '"'};
    std::getline(words, one.path, one.quoted ? '"' : '>');
    found.push_back(std::move(one));
  }
  return found;
}

std::string code_of(std::string_view text) {
  return blanker{text}.run();
}

std::vector<source> read_tree(const fs::path& root) {
  std::vector<source> files;
  for (const auto* folder : folders) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator{root / folder}) {
      if (entry.is_regular_file() && is_text(entry.path())) files.push_back(read_source(root, entry.path()));
    }
  }
  for (const auto* name : {"CMakeLists.txt", "README.md", "setup", "run", "test", ".ci/run"}) {
    if (fs::exists(root / name)) files.push_back(read_source(root, root / name));
  }
  std::sort(files.begin(), files.end(), [](const source& a, const source& b) { return a.path < b.path; });
  return files;
}

} // namespace lockstep::tests
