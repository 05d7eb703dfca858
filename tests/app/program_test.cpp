// The real program by its command line.
#include "tests/app/program.hpp"
#include "tests/app/temporary_folder.hpp"
#include "tests/catch.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <fstream>
#include <sstream>

using namespace lockstep::tests;
namespace json = boost::json;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

TEST_CASE("version is told in three ways") {
  CHECK(run_program({"version"}).out == "lockstep " LOCKSTEP_VERSION "\n");
  CHECK(run_program({"--version"}).out == "lockstep " LOCKSTEP_VERSION "\n");
  const auto machine = run_program({"version", "--json"});
  CHECK(machine.code == 0);
  CHECK(json::parse(machine.out).at("version") == LOCKSTEP_VERSION);
}

TEST_CASE("what cannot be understood ends with 2, names what is wrong and runs nothing") {
  struct row {
    std::vector<std::string> words;
    std::string what;
  };

  const auto& [words, what] = GENERATE(values<row>({
      {{"chekc-config"}, "no command 'chekc-config', nearest: check-config"},
      {{"rum"}, "no command 'rum', nearest: run"},
      {{"frobnicate"}, "no command 'frobnicate'\n"},
      {{"\x1B[2Jrun"}, "\\x1b[2Jrun"},
      {{}, "subcommand"},
      {{"version", "--jsn"}, "--jsn"},
      {{"version", "now"}, "now"},
      {{"console"}, "--token-file"},
      {{"console", "--port", "many", "--token-file", "x"}, "many"},
      {{"import"}, "file"},
      {{"import", "x.csv", "--url", "http://127.0.0.1:1"}, "--token-file"},
      {{"import", "x.csv", "--url", "http://127.0.0.1:1", "--token-file", "t", "--config", "c"}, "--config"},
      {{"check-config", "--markdown"}, "--keys"},
      {{"run", "--config"}, "--config"},
  }));
  const auto ended = run_program(words);
  CHECK(ended.code == 2);
  CHECK(ended.out == "");
  CHECK_THAT(ended.err, StartsWith("lockstep: ") && Contains(what));
}

TEST_CASE("help begins with examples and names every command") {
  const auto help = run_program({"--help"});
  CHECK(help.code == 0);
  for (const auto* command : {"run", "check-config", "console", "import", "export", "token", "version"})
    CHECK_THAT(help.out, Contains(fmt::format("\n  {} ", command)));
  CHECK(help.out.find("Examples:") < help.out.find("Usage:"));
  const auto one = run_program({"run", "--help"});
  CHECK(one.code == 0);
  CHECK_THAT(one.out, Contains("lockstep run --config /etc/lockstep/lockstep.toml"));
  CHECK_THAT(one.out, Contains("--set"));
}

TEST_CASE("a valid configuration is told so, and where its values come from") {
  const temporary_folder folder;
  const auto file = folder.write("lockstep.toml", "[store]\nurl = \"memory:\"\n[http]\nport = 8081\n");
  const auto plain = run_program({"check-config", "--config", file});
  CHECK(plain.code == 0);
  CHECK(plain.out == "configuration is valid\n");
  const auto printed =
      run_program({"check-config", "--config", file, "--print"}, "", {{"LOCKSTEP_MONITOR_PORT", "9999"}});
  CHECK(printed.code == 0);
  CHECK_THAT(printed.out, Contains(fmt::format("http.port = 8081  # {}:4:8\n", file)));
  CHECK_THAT(printed.out, Contains("monitor.port = 9999  # environment LOCKSTEP_MONITOR_PORT\n"));
  CHECK_THAT(printed.out, Contains("http.address = \"127.0.0.1\"  # default\n"));
}

TEST_CASE("a wrong configuration ends with 78 and tells everything that is wrong") {
  const temporary_folder folder;
  const auto file = folder.write("lockstep.toml", "[htp]\n[http]\nprot = 1\nthreads = 0\n");
  const auto ended = run_program({"check-config", "--config", file, "--set", "log.level=loud"});
  CHECK(ended.code == 78);
  CHECK(ended.out == "");
  CHECK(ended.err ==
        fmt::format("{0}:1:2: unknown section 'htp'; nearest: http\n"
                    "{0}:3:1: unknown key 'http.prot'; nearest: port\n"
                    "{0}:4:11: http.threads: 0 is outside 1 to 64\n"
                    "--set log.level: log.level: 'loud' is not one of: debug, info, warning, error, "
                    "critical\n",
                    file));
  const auto machine = run_program({"check-config", "--config", file, "--json"});
  CHECK(machine.code == 78);
  CHECK(json::parse(machine.out).at("valid") == false);
  CHECK(json::parse(machine.out).at("problems").as_array().size() == 3);
}

TEST_CASE("the keys are told as text, JSON and the page in docs/") {
  CHECK_THAT(run_program({"check-config", "--keys"}).out,
             Contains("http.port\n    0 to 65535; default 8080\n"));
  CHECK(json::parse(run_program({"check-config", "--keys", "--json"}).out).as_array().size() > 30);
  std::ostringstream page;
  page << std::ifstream{LOCKSTEP_SOURCE_DIR "/docs/configuration.md"}.rdbuf();
  CHECK(run_program({"check-config", "--keys", "--markdown"}).out == page.str());
}

TEST_CASE("a token comes with the hash that the configuration takes") {
  const auto made = json::parse(run_program({"token", "--json"}).out);
  const auto token = std::string{made.at("token").as_string()};
  const auto hash = std::string{made.at("sha256").as_string()};
  CHECK(token.size() == 46);
  CHECK_THAT(token, StartsWith("ls_"));
  CHECK(hash.size() == 64);
  CHECK(json::parse(run_program({"token", "--json"}).out).at("token").as_string() != token);

  const temporary_folder folder;
  const auto file = folder.write(
      "lockstep.toml", fmt::format("[[tokens]]\nname = \"a\"\nscopes = [\"read\"]\nsha256 = \"{}\"\n", hash));
  CHECK(run_program({"check-config", "--config", file}).code == 0);
}

TEST_CASE("a bad configuration never touches the store") {
  const temporary_folder folder;
  const auto file =
      folder.write("lockstep.toml", fmt::format("[store]\nurl = \"sqlite://{}\"\n[http]\nprot = 1\n",
                                                folder.path("lockstep.db")));
  CHECK(run_program({"run", "--config", file}).code == 78);
  CHECK_FALSE(std::filesystem::exists(folder.path("lockstep.db")));
}

TEST_CASE("a dry run of an import judges every line and needs no engine") {
  const temporary_folder folder;
  const auto file =
      folder.write("products.csv", "sku,title,on_hand\nA,First,1\n,No code,1\nB,Second,x\nC,Third,\n");
  const auto ended = run_program({"import", file, "--dry-run"});
  CHECK(ended.code == 1);
  CHECK(ended.out == "2 products read, 2 lines left out; nothing was sent\n");
  CHECK(ended.err ==
        fmt::format("{0}:3: no SKU\n{0}:4: on_hand 'x' is not a whole number from 0 to 1000000000\n", file));
  CHECK(run_program({"import", "-", "--dry-run"}, "sku\nA\n").code == 0);
}

TEST_CASE("every line that is left out stands in the file of rejects, to be mended and imported again") {
  const temporary_folder folder;
  const auto file = folder.write("products.csv", "sku,title,on_hand\nA,First,1\n,\"No, code\",1\nB,Second,x\n"
                                                 "C\"x,Broken,1\nA,Again,2\nD,Short\n");
  const auto rejects = folder.path("rejects.csv");
  const auto ended = run_program({"import", file, "--dry-run", "--rejects", rejects, "--json"});
  CHECK(ended.code == 1);
  CHECK(json::parse(ended.out).at("left_out") == 5);
  CHECK(json::parse(ended.out).at("bad").as_array().size() == 5);
  std::ostringstream written;
  written << std::ifstream{rejects}.rdbuf();
  CHECK(written.str() == "sku,title,on_hand,reject_line,reject_reason\r\n"
                         ",\"No, code\",1,3,no SKU\r\n"
                         "B,Second,x,4,on_hand 'x' is not a whole number from 0 to 1000000000\r\n"
                         ",,,5,a quote inside a field that does not begin with one\r\n"
                         "A,Again,2,6,SKU 'A' stands on line 2 already\r\n"
                         "D,Short,,7,\"2 fields, the header has 3\"\r\n");
  const auto mended = run_program({"import", rejects, "--dry-run"});
  CHECK(mended.out == "2 products read, 3 lines left out; nothing was sent\n"); // A and D have become good
  CHECK(run_program({"import", file, "--dry-run", "--rejects", folder.path("no/such")}).code == 1);
}

TEST_CASE("with all-or-nothing one bad line keeps everything back") {
  const temporary_folder folder;
  const auto file = folder.write("products.csv", "sku\nA\n\"B\n");
  const auto ended = run_program({"import", file, "--all-or-nothing", "--config", folder.path("none.toml")});
  CHECK(ended.code == 1);
  CHECK_THAT(ended.out, Contains("nothing was sent"));
}

TEST_CASE("with all-or-nothing a line that the engine would refuse keeps everything back") {
  const temporary_folder folder;
  const auto configuration = folder.write(
      "lockstep.toml", fmt::format("[store]\nurl = \"sqlite://{}\"\n", folder.path("lockstep.db")));
  const auto import = [&](const std::string& content) {
    return run_program({"import", "-", "--all-or-nothing", "--config", configuration}, content);
  };
  std::string many = "sku,on_hand,on_hand:West\n";
  for (int i = 0; i < 2'500; ++i)
    many += fmt::format("S{},1,\n", i);
  const auto held = import(many + "LAST,1,2\n");
  CHECK(held.code == 1);
  CHECK(held.err == "-:2502: refused by the engine: There is no location 'West'.\n");
  CHECK(held.out == "2501 products read, 1 lines left out; nothing was sent\n");
  const auto listed = run_program({"export", "--config", configuration});
  CHECK(listed.err == "0 lines\n");
  const auto taken = import("sku,on_hand\nA,1\nB,2\n");
  CHECK(taken.code == 0);
  CHECK_THAT(taken.out, Contains("2 products new, 0 changed; 2 counted"));
  CHECK(import("sku,counted\nA,1\nC,2\n").code == 1);
}

TEST_CASE("an export that finds no room ends with 1 and leaves the file that stood there") {
  const temporary_folder folder;
  const auto configuration = folder.write(
      "lockstep.toml", fmt::format("[store]\nurl = \"sqlite://{}\"\n", folder.path("lockstep.db")));
  const auto file = folder.write("out/stock.csv", "old");
  const auto ended = run_program({"export", "/dev/full", "--what", "stock", "--config", configuration});
  CHECK(ended.code == 1);
  CHECK_THAT(ended.err, Contains("/dev/full cannot be written"));
  CHECK(run_program({"export", file, "--url", "http://127.0.0.1:1", "--token-file", file}).code == 69);
  CHECK(std::ifstream{file}.peek() == 'o');
  CHECK(run_program({"export", file, "--what", "stock", "--config", configuration}).code == 0);
  CHECK(std::ifstream{file}.peek() == 's');
}

TEST_CASE("an engine that is not there is told with 69, a file that is not with 1") {
  const temporary_folder folder;
  const auto token = folder.write("token", "x\n");
  const auto products = folder.write("products.csv", "sku\nA\n");
  const std::vector<std::string> nobody{"--url", "http://127.0.0.1:1", "--token-file", token};
  auto words = std::vector<std::string>{"import", products};
  words.insert(words.end(), nobody.begin(), nobody.end());
  CHECK(run_program(words).code == 69);
  words = {"export"};
  words.insert(words.end(), nobody.begin(), nobody.end());
  CHECK(run_program(words).code == 69);
  CHECK(run_program({"console", "--port", "1", "--token-file", token}).code == 69);
  CHECK(run_program({"import", folder.path("none.csv"), "--dry-run"}).code == 1);
}
