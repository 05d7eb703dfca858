#include "tests/layering/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <sstream>
#include <string_view>

namespace lockstep::tests {

namespace {

using std::string_view;
using sentences = std::vector<std::string>;

constexpr std::size_t product_file_bytes_max = 16 * 1024;

// A folder, and the folders it may use: itself, and those below it in the direction of flow. Tests of a
// folder may use what the folder may, and tests.
struct layer {
  string_view folder;
  std::vector<string_view> below;
};

const std::array layers{
    layer{"engine", {}},
    layer{"storage", {"engine"}},
    layer{"adapters", {"engine"}},
    layer{"actors", {"engine", "storage", "adapters"}},
    layer{"app", {"engine", "storage", "adapters", "actors"}},
    layer{"bench", {"engine", "storage", "adapters", "actors", "app"}},
};

// A library by the front of its headers' names, and the folders that may include it. The first match counts.
struct library {
  string_view headers;
  std::vector<string_view> users;
};

const std::vector<string_view> all_but_engine{"storage", "adapters", "actors", "app", "bench"};
const std::vector<string_view> nobody{};

const std::array libraries{
    library{"caf/", {"actors"}},
    library{"sqlite3.h", {"storage"}},
    library{"libpq-fe.h", {"storage"}},
    library{"curl/", {"adapters"}},
    library{"spdlog/", {"adapters"}},
    library{"openssl/", {"adapters", "app"}},
    library{"zlib.h", {"app"}},
    library{"CLI/", {"app", "bench"}},
    library{"toml++/", {"app"}},
    library{"histedit.h", {"app"}},
    library{"systemd/", {"app"}},
    library{"benchmark/", {"bench"}},
    library{"fmt/", all_but_engine},
    library{"boost/asio", {"adapters", "app"}},
    library{"boost/beast", {"adapters", "app"}},
    library{"boost/json", {"adapters", "app", "bench"}},
    library{"boost/url", {"adapters", "app"}},
    library{"boost/thread", nobody},
    library{"boost/random", nobody},
    library{"boost/filesystem", nobody},
    library{"boost/date_time", nobody},
    library{"boost/uuid/random_generator", nobody},
    library{"boost/uuid/uuid_generators", nobody},
    library{"boost/", {"engine", "storage", "adapters", "actors", "app", "bench"}},
};

// What would make the pure core depend on more than its arguments.
constexpr std::array impure_headers{"atomic",     "barrier",   "condition_variable", "ctime",   "filesystem",
                                    "fstream",    "future",    "iostream",           "latch",   "mutex",
                                    "random",     "semaphore", "shared_mutex",       "sstream", "stop_token",
                                    "syncstream", "thread"};
constexpr std::array impure_words{"::now",       "getenv",    "std::rand", "std::time",
                                  "this_thread", "std::cout", "std::cerr"};

bool contains(const auto& list, string_view item) {
  return std::find(std::begin(list), std::end(list), item) != std::end(list);
}

const layer* find_layer(string_view folder) {
  const auto found =
      std::find_if(layers.begin(), layers.end(), [&](const layer& each) { return each.folder == folder; });
  return found == layers.end() ? nullptr : &*found;
}

string_view first_folder(string_view path) {
  return path.substr(0, path.find('/'));
}

bool is_test(string_view path) {
  return first_folder(path) == "tests";
}

// The layer whose rules a file follows; null for what may use everything (tests of the whole program).
const layer* layer_of(string_view path) {
  if (is_test(path)) path.remove_prefix(std::min(path.size(), string_view{"tests/"}.size()));
  return find_layer(first_folder(path));
}

bool is_source(string_view path) {
  return path.ends_with(".cpp") || path.ends_with(".hpp");
}

// --- includes ---

bool may_include_project(const layer& of, bool test, string_view header) {
  const auto folder = first_folder(header);
  return folder == of.folder || contains(of.below, folder) || (test && folder == "tests");
}

bool may_include_library(const layer& of, bool test, string_view header) {
  if (test && (header.starts_with("catch2/") || header.starts_with("rapidcheck"))) return true;
  const auto owner = std::find_if(libraries.begin(), libraries.end(),
                                  [&](const library& each) { return header.starts_with(each.headers); });
  if (owner != libraries.end()) return contains(owner->users, of.folder);
  const bool system = header.ends_with(".h"); // POSIX and Linux
  const bool standard = !system && header.find('/') == string_view::npos;
  if (of.folder != "engine" || test) return system || standard;
  return standard && !contains(impure_headers, header);
}

void check_includes(const source& file, const layer& of, sentences& found) {
  for (const auto& [header, quoted] : includes_of(file.text)) {
    const bool allowed = quoted ? may_include_project(of, is_test(file.path), header)
                                : may_include_library(of, is_test(file.path), header);
    if (!allowed) found.push_back(fmt::format("{} may not include {}", of.folder, header));
  }
}

// So that a header that forgets an include of its own fails to compile in its own source file.
void check_own_header_first(const source& file, const std::vector<include>& includes, sentences& found) {
  if (!file.path.ends_with(".cpp")) return;
  const auto own = file.path.substr(0, file.path.size() - 4) + ".hpp";
  const auto at =
      std::find_if(includes.begin(), includes.end(), [&](const include& each) { return each.path == own; });
  if (at != includes.end() && at != includes.begin()) found.push_back("its own header is not included first");
}

void check_purity(const source& file, sentences& found) {
  const auto code = code_of(file.text);
  for (const string_view word : impure_words) {
    if (code.find(word) != std::string::npos) found.push_back(fmt::format("engine may not use {}", word));
  }
}

// --- CMake ---

// Targets named after a folder, lockstep_engine and so on, may link the folders' targets that sources may
// include.
bool may_link(const layer& of, string_view item) {
  if (item.starts_with("caf_") || item.starts_with("CAF::")) return of.folder == "actors";
  if (!item.starts_with("lockstep_") || item == "lockstep_options") {
    return of.folder != "engine" || item == "lockstep_options" || item == "Boost::headers";
  }
  return contains(of.below, item.substr(string_view{"lockstep_"}.size()));
}

void check_links(const source& file, sentences& found) {
  constexpr string_view call = "target_link_libraries(";
  for (auto at = file.text.find(call); at != std::string::npos; at = file.text.find(call, at + 1)) {
    const auto begin = at + call.size();
    std::istringstream words{file.text.substr(begin, file.text.find(')', begin) - begin)};
    std::string target, item;
    words >> target;
    if (!target.starts_with("lockstep_")) continue;
    const auto* of = find_layer(string_view{target}.substr(string_view{"lockstep_"}.size()));
    if (of == nullptr) continue;
    while (words >> item) {
      if (item == "PUBLIC" || item == "PRIVATE" || item == "INTERFACE") continue;
      if (!may_link(*of, item)) found.push_back(fmt::format("{} may not link {}", target, item));
    }
  }
}

// --- every file ---

// In two pieces each, so that this file does not contain them.
constexpr std::array unfinished_words{"TO"
                                      "DO",
                                      "FIX"
                                      "ME",
                                      "XX"
                                      "X"};

void check_words(const source& file, sentences& found) {
  const auto is_letter = [&](std::size_t at) {
    return at < file.text.size() && std::isalnum(static_cast<unsigned char>(file.text[at])) != 0;
  };
  for (const string_view word : unfinished_words) {
    for (auto at = file.text.find(word); at != std::string::npos; at = file.text.find(word, at + 1)) {
      const bool whole = (at == 0 || !is_letter(at - 1)) && !is_letter(at + word.size());
      if (whole) return found.push_back(fmt::format("contains {}", word));
    }
  }
}

void check_size(const source& file, sentences& found) {
  if (is_test(file.path) || file.text.size() <= product_file_bytes_max) return;
  found.push_back(fmt::format("{} bytes; at most {}", file.text.size(), product_file_bytes_max));
}

} // namespace

std::vector<std::string> breaches_of(const source& file) {
  sentences found;
  check_words(file, found);
  if (file.path.ends_with("CMakeLists.txt")) check_links(file, found);
  if (!is_source(file.path)) return found;

  check_size(file, found);
  check_own_header_first(file, includes_of(file.text), found);
  if (file.path.ends_with(".hpp") && file.text.find("#pragma once") == std::string::npos) {
    found.push_back("a header without #pragma once");
  }
  if (const auto* of = layer_of(file.path)) {
    check_includes(file, *of, found);
    if (first_folder(file.path) == "engine") check_purity(file, found);
  }
  return found;
}

} // namespace lockstep::tests
