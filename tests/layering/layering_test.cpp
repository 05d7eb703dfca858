#include "tests/catch.hpp"
#include "tests/layering/rules.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace lockstep::tests;

namespace {

struct planted {
  std::string path;
  std::string text;
};

std::string include_line(const std::string& what) {
  return "#include " + what + "\n";
}

} // namespace

TEST_CASE("no file of ours breaks the rules of its folder") {
  const auto files = read_tree(LOCKSTEP_SOURCE_DIR);
  for (const auto& file : files) {
    const auto found = breaches_of(file);
    INFO(fmt::format("{}: {}", file.path, fmt::join(found, "; ")));
    CHECK(found.empty());
  }
  // The rules looked at the tree that is meant.
  for (const auto* path :
       {"engine/decide.hpp", "storage/store.hpp", "adapters/channel.hpp", "actors/node.hpp", "app/main.cpp",
        "engine/CMakeLists.txt", "tests/layering/rules.cpp", "setup"}) {
    CAPTURE(path);
    CHECK(std::any_of(files.begin(), files.end(), [&](const source& file) { return file.path == path; }));
  }
}

TEST_CASE("a planted breach is found") {
  const std::vector<planted> table{
      {"engine/a.cpp", include_line("<caf/all.hpp>")},
      {"engine/a.cpp", include_line("<boost/asio.hpp>")},
      {"engine/a.cpp", include_line("<boost/uuid/random_generator.hpp>")},
      {"engine/a.cpp", include_line("<curl/curl.h>")},
      {"engine/a.cpp", include_line("<unistd.h>")},
      {"engine/a.cpp", include_line("<fmt/format.h>")},
      {"engine/a.cpp", include_line("<thread>")},
      {"engine/a.cpp", "  #  include <mutex>\n"},
      {"engine/a.cpp", include_line("<random>")},
      {"engine/a.cpp", include_line("\"storage/store.hpp\"")},
      {"engine/a.cpp", "auto now = std::chrono::system_clock::now();"},
      {"engine/a.cpp", "auto now = clock::now ();"},
      {"engine/a.cpp", "auto* home = std::getenv(name);"},
      {"engine/sub/a.cpp", include_line("<caf/all.hpp>")},
      {"storage/sqlite/a.cpp", include_line("<caf/all.hpp>")},
      {"storage/a.cpp", include_line("\"actors/node.hpp\"")},
      {"storage/a.cpp", include_line("\"adapters/channel.hpp\"")},
      {"storage/a.cpp", include_line("<boost/beast.hpp>")},
      {"adapters/a.cpp", include_line("\"actors/node.hpp\"")},
      {"adapters/a.cpp", include_line("\"storage/store.hpp\"")},
      {"adapters/a.cpp", include_line("\"app/daemon.hpp\"")},
      {"adapters/a.cpp", include_line("<sqlite3.h>")},
      {"actors/a.cpp", include_line("\"app/daemon.hpp\"")},
      {"actors/a.cpp", include_line("<curl/curl.h>")},
      {"actors/a.cpp", include_line("<sqlite3.h>")},
      {"actors/a.cpp", include_line("<boost/asio.hpp>")},
      {"app/a.cpp", include_line("<caf/all.hpp>")},
      {"app/a.cpp", include_line("<sqlite3.h>")},
      {"bench/a.cpp", include_line("<caf/all.hpp>")},
      {"actors/a.cpp", include_line("\"tests/catch.hpp\"")},
      {"actors/a.cpp", include_line("<unheard/of.hpp>")},
      {"tests/engine/a.cpp", include_line("\"storage/store.hpp\"")},
      {"tests/storage/a.cpp", include_line("<caf/all.hpp>")},
      {"tests/app/a.cpp", include_line("<caf/all.hpp>")},
      {"engine/a.hpp", "struct a {};\n"},
      {"engine/a.cpp", include_line("<vector>") + include_line("\"engine/a.hpp\"")},
      {"engine/a.cpp", std::string(17'000, ' ')},
      {"engine/a.cpp", "// TO"
                       "DO: later\n"},
      {"tests/app/a.cpp", "// FIX"
                          "ME\n"},
      {"docs/a.md", "XX"
                    "X\n"},
      {"engine/CMakeLists.txt", "target_link_libraries(lockstep_engine PUBLIC lockstep_options caf_core)"},
      {"engine/CMakeLists.txt", "target_link_libraries(lockstep_engine PUBLIC fmt::fmt)"},
      {"engine/CMakeLists.txt",
       "target_link_libraries(lockstep_engine\n  PUBLIC lockstep_options\n  PRIVATE Threads::Threads)"},
      {"storage/CMakeLists.txt",
       "target_link_libraries(lockstep_storage PUBLIC lockstep_engine lockstep_actors)"},
      {"adapters/CMakeLists.txt", "target_link_libraries(lockstep_adapters PUBLIC lockstep_storage)"},
      {"actors/CMakeLists.txt", "target_link_libraries(lockstep_actors PUBLIC lockstep_app)"},
      {"app/CMakeLists.txt", "target_link_libraries(lockstep_app PRIVATE caf_io)"},
  };
  for (const auto& [path, text] : table) {
    CAPTURE(path, text);
    CHECK(breaches_of({path, text}).size() == 1);
  }
}

TEST_CASE("what the rules allow is not reported") {
  const std::vector<planted> table{
      {"engine/a.cpp",
       include_line("\"engine/a.hpp\"") + include_line("<boost/uuid/uuid.hpp>") + include_line("<map>")},
      {"engine/a.cpp", "// no clock::now() here, nor \"caf/\" \nconst char* text = \"clock::now()\";\n"},
      {"engine/a.cpp", "auto sql = R\"(std::getenv \" )\"; auto n = 1'000; /* ::now */"},
      {"storage/a.cpp",
       include_line("\"storage/a.hpp\"") + include_line("<sqlite3.h>") + include_line("<unistd.h>")},
      {"adapters/a.cpp", include_line("<boost/beast.hpp>") + include_line("<curl/curl.h>")},
      {"actors/a.cpp", include_line("<caf/all.hpp>") + include_line("\"storage/store.hpp\"")},
      {"tests/actors/a.cpp", include_line("\"tests/catch.hpp\"") + include_line("<caf/all.hpp>")},
      {"tests/engine/a.cpp", include_line("<rapidcheck.h>") + include_line("<thread>")},
      {"tests/storage/a.cpp", include_line("<sqlite3.h>")},
      {"app/a.cpp", include_line("\"actors/node.hpp\"") + include_line("<CLI/CLI.hpp>")},
      {"engine/a.cpp", "auto pattern = \"lockstep.XX"
                       "XXXX\";"},
      {"engine/CMakeLists.txt",
       "target_link_libraries(lockstep_engine PUBLIC lockstep_options Boost::headers)"},
      {"actors/CMakeLists.txt",
       "target_link_libraries(lockstep_actors PUBLIC lockstep_engine PRIVATE caf_io fmt::fmt)"},
      {"tests/CMakeLists.txt", "target_link_libraries(lockstep_test_main PUBLIC rapidcheck)"},
  };
  for (const auto& [path, text] : table) {
    CAPTURE(path, text);
    const auto found = breaches_of({path, text});
    INFO(fmt::format("{}", fmt::join(found, "; ")));
    CHECK(found.empty());
  }
}
