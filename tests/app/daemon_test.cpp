// The real program as a service: start, work, reload, stop, and what is left after each.
#include "app/console_connection.hpp"
#include "tests/app/installation.hpp"
#include "tests/catch.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <array>
#include <csignal>
#include <fstream>
#include <sstream>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

using namespace lockstep::tests;
namespace json = boost::json;
using Catch::Matchers::Contains;

namespace {

// Where a service manager would listen, sd_notify(3).
class notify_socket {
 public:
  explicit notify_socket(std::string path)
      : path_(std::move(path)), socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof(address.sun_path) - 1);
    if (bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
      FAIL("cannot bind " << path_);
    const timeval patience{.tv_sec = 30, .tv_usec = 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  }

  ~notify_socket() { close(socket_); }

  notify_socket(const notify_socket&) = delete;
  notify_socket& operator=(const notify_socket&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

  // True when a message with that text comes before `patience` of silence.
  [[nodiscard]] bool hears(std::string_view text) const {
    std::array<char, 4096> buffer{};
    for (;;) {
      const auto got = recv(socket_, buffer.data(), buffer.size(), 0);
      if (got <= 0) return false;
      if (std::string_view{buffer.data(), static_cast<std::size_t>(got)}.find(text) != std::string_view::npos)
        return true;
    }
  }

 private:
  std::string path_;
  int socket_;
};

} // namespace

TEST_CASE("the engine starts, and SIGTERM drains it with 0") {
  const installation here;
  background_program running{here.run_words()};
  const auto at = wait_until_ready(running);
  CHECK(at.http > 0);
  CHECK(at.monitor > 0);
  CHECK(at.console > 0);
  running.signal(SIGTERM);
  CHECK(running.wait() == 0);
  CHECK_THAT(running.log(), Contains("\"id\":\"stop-asked\"") && Contains("\"id\":\"stopped\""));
}

TEST_CASE("SIGINT stops as SIGTERM does") {
  const installation here;
  background_program running{here.run_words()};
  (void)wait_until_ready(running);
  running.signal(SIGINT);
  CHECK(running.wait() == 0);
}

namespace {

// A request that never comes to its end: whoever waits for it waits until a deadline. It has begun for the
// engine too when this returns.
lockstep::app::console_connection unfinished_request(const ports& at, const installation& here) {
  auto connection = lockstep::app::console_connection::open("127.0.0.1", static_cast<std::uint16_t>(at.http));
  REQUIRE(connection.has_value());
  REQUIRE(connection->send(
      fmt::format("POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n"
                  "Content-Type: application/x-ndjson\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n",
                  here.token_text())));
  REQUIRE_THAT(connection->receive().value_or(""), Contains("100 Continue"));
  return std::move(*connection);
}

} // namespace

TEST_CASE("a drain ends at its deadline, and the process with it") {
  const installation here;
  background_program running{words(here.run_words(), {"--set", "engine.drain_timeout=1s"})};
  const auto open = unfinished_request(wait_until_ready(running), here);
  running.signal(SIGTERM);
  CHECK(running.wait() == 0);
  CHECK_THAT(running.log(), Contains("the deadline came first"));
}

TEST_CASE("a second signal ends the process at once, and the store is whole afterwards") {
  const installation here;
  {
    background_program running{words(here.run_words(), {"--set", "engine.drain_timeout=10m"})};
    const auto open = unfinished_request(wait_until_ready(running), here);
    running.signal(SIGTERM);
    REQUIRE_FALSE(running.wait_for("stop-asked").empty());
    running.signal(SIGINT);
    CHECK(running.wait() == 1);
    CHECK_THAT(running.log(), Contains("\"id\":\"stopped-at-once\""));
  }
  background_program again{here.run_words()};
  (void)wait_until_ready(again);
  again.signal(SIGTERM);
  CHECK(again.wait() == 0);
}

TEST_CASE("an engine whose shop is away starts, serves and stops in time") {
  const installation here;
  here.configure(fmt::format("[[channels]]\nname = \"eu\"\nbase_url = \"http://127.0.0.1:1\"\n"
                             "access_token_file = \"{0}\"\nwebhook_secret_files = [\"{0}\"]\n"
                             "location = \"gid://shopify/Location/1\"\n",
                             here.console_token()));
  background_program running{here.run_words()};
  const auto at = wait_until_ready(running);
  CHECK(run_program(words({"export"}, over_http(here, at))).code == 0);
  const auto listed =
      run_program({"console", "--port", std::to_string(at.console), "--token-file", here.console_token()},
                  "channel list\n");
  CHECK_THAT(listed.out, Contains("eu"));
  running.signal(SIGTERM);
  CHECK(running.wait() == 0);
}

TEST_CASE("a second engine on the same store is kept out with 69 and leaves the first alone") {
  const installation here;
  background_program first{here.run_words()};
  const auto at = wait_until_ready(first);
  background_program second{here.run_words()};
  CHECK(second.wait() == 69);
  CHECK_THAT(second.log(), Contains("\"id\":\"start-failed\""));

  const auto products = here.folder().write("products.csv", "sku,on_hand\nA,5\n");
  const auto direct = run_program({"import", products, "--config", here.file()});
  CHECK(direct.code == 69);
  CHECK_THAT(direct.err, Contains("is the engine running? Then use --url and --token-file"));
  CHECK(run_program(words({"import", products}, over_http(here, at))).code == 0); // the first goes on
  first.signal(SIGTERM);
  CHECK(first.wait() == 0);
}

TEST_CASE("an import over HTTP survives a kill, counts once however often it is sent, and comes out in the "
          "export") {
  const installation here;
  const auto products =
      here.folder().write("products.csv", "sku,title,upc,on_hand\n"
                                          "85123A,\"White, hanging heart\",036000291452,12\n"
                                          "SKU with blanks / slash,Second,,0\n"
                                          "NEVER,Not counted,,\n");
  std::string exported;
  {
    background_program running{here.run_words()};
    const auto at = wait_until_ready(running);
    const auto first = run_program(words({"import", products, "--json"}, over_http(here, at)));
    INFO(first.err);
    REQUIRE(first.code == 0);
    CHECK(json::parse(first.out).at("products_new") == 3);
    CHECK(json::parse(first.out).at("counted") == 2);
    const auto second = run_program(words({"import", products, "--json"}, over_http(here, at)));
    CHECK(second.code == 0);
    CHECK(json::parse(second.out).at("products_changed") == 3);
    CHECK(json::parse(second.out).at("counted") == 0);
    CHECK(json::parse(second.out).at("counted_before") == 2);
    exported = run_program(words({"export"}, over_http(here, at))).out;
    running.signal(SIGKILL);
    CHECK(running.wait() == -SIGKILL);
  }
  CHECK(exported == "sku,title,tags,upc,ean,gtin,asin,walmart_item_id,on_hand,reserved,available\r\n"
                    "85123A,\"White, hanging heart\",,036000291452,,,,,12,0,12\r\n"
                    "NEVER,Not counted,,,,,,,,,\r\n"
                    "SKU with blanks / slash,Second,,,,,,,0,0,0\r\n");

  // Nobody runs now: the same, straight from the store.
  const auto direct = run_program({"export", "--config", here.file()});
  CHECK(direct.code == 0);
  CHECK(direct.out == exported);
  const auto file = here.folder().path("export.csv");
  CHECK(run_program({"export", file, "--config", here.file()}).code == 0);
  CHECK(run_program({"import", file, "--dry-run"}).code == 0); // what is exported can be imported
}

TEST_CASE("an import straight into the store is there when the engine starts") {
  const installation here;
  const auto products = here.folder().write("products.csv", "sku,on_hand\nA,5\nB,7\n");
  const auto imported = run_program({"import", products, "--config", here.file()});
  INFO(imported.err);
  REQUIRE(imported.code == 0);
  CHECK(imported.out == "2 products new, 0 changed; 2 counted, 0 counted before; 0 lines left out\n");

  background_program running{here.run_words()};
  const auto at = wait_until_ready(running);
  const auto exported = run_program(words({"export", "--json"}, over_http(here, at)));
  CHECK_THAT(exported.out,
             Contains(R"("sku":"A")") && Contains(R"("on_hand":5)") && Contains(R"("on_hand":7)"));
}

TEST_CASE("what the engine refuses stands in the file of rejects too, a bundle with all its lines") {
  const installation here;
  const auto rejects = here.folder().path("rejects.csv");
  const auto left_out = [&](const std::string& text) {
    const auto file = here.folder().write("file.csv", text);
    const auto ended = run_program({"import", file, "--config", here.file(), "--rejects", rejects, "--json"});
    CHECK(ended.code == 1);
    const auto alone = run_program({"import", file, "--config", here.file(), "--json"});
    CHECK(json::parse(alone.out).at("left_out") == json::parse(ended.out).at("left_out"));
    std::ostringstream written;
    written << std::ifstream{rejects}.rdbuf();
    return written.str();
  };
  CHECK(left_out("sku,on_hand,on_hand:West,on_hand:East\nA,5,,\nB,,3,4\nC,x,,\n") ==
        "sku,on_hand,on_hand:West,on_hand:East,reject_line,reject_reason\r\n"
        "C,x,,,4,on_hand 'x' is not a whole number from 0 to 1000000000\r\n"
        "B,,3,4,3,There is no location 'East'.\r\n"); // in the order of the columns' names, the first
  CHECK(left_out("sku,component,units\nKIT,A,1\nKIT,B,2\n") ==
        "sku,component,units,reject_line,reject_reason\r\n"
        "KIT,A,1,2,There is no SKU 'KIT'.\r\n"
        "KIT,B,2,3,There is no SKU 'KIT'.\r\n");
}

TEST_CASE("rules are imported straight into the store, and exported from there") {
  const installation here;
  here.configure(fmt::format("[[channels]]\nname = \"eu\"\nbase_url = \"http://127.0.0.1:1\"\n"
                             "access_token_file = \"{0}\"\nwebhook_secret_files = [\"{0}\"]\n"
                             "location = \"gid://shopify/Location/1\"\n",
                             here.console_token()));
  {
    background_program running{here.run_words()}; // which makes the account known
    (void)wait_until_ready(running);
    running.signal(SIGTERM);
    CHECK(running.wait() == 0);
  }
  const auto rules = here.folder().write("rules.csv", "account,tag,cap,sells\neu,,50,\neu,sale,,FALSE\n");
  const auto imported = run_program({"import", rules, "--config", here.file()});
  CHECK(imported.out == "2 rules new, 0 changed; 0 lines left out\n");
  const auto exported = run_program({"export", "--what", "rules", "--config", here.file()});
  CHECK(exported.out == "account,tag,buffer,buffer_percent,cap,minimum,share,sells,sells_ahead\r\n"
                        "eu,,,,50,,,,\r\neu,sale,,,,,,false,\r\n");
}

TEST_CASE("a token the engine does not know is told in its own words") {
  const installation here;
  background_program running{here.run_words()};
  const auto at = wait_until_ready(running);
  const auto wrong = here.folder().write("wrong", "ls_wrong\n");
  const auto ended =
      run_program({"export", "--url", fmt::format("http://127.0.0.1:{}", at.http), "--token-file", wrong});
  CHECK(ended.code != 0);
  CHECK_THAT(ended.err, Contains("lockstep: "));
}

TEST_CASE("SIGHUP takes a good configuration over and keeps the old one when the new is bad") {
  const installation here;
  background_program running{here.run_words()};
  (void)wait_until_ready(running);

  here.configure("[log]\nlevle = \"debug\"\n[http2]\n");
  running.signal(SIGHUP);
  const auto refused = running.wait_for("reload-refused");
  CHECK_THAT(refused,
             Contains("unknown key 'log.levle'; nearest: level") && Contains("unknown section 'http2'"));

  here.configure("[engine]\nthreads = 3\ndrain_timeout = \"7s\"\n");
  running.signal(SIGHUP);
  const auto taken = json::parse(running.wait_for("reloaded"));
  CHECK(taken.at("changed") == "engine.drain_timeout");
  CHECK(taken.at("wait_for_restart") == "engine.threads");

  running.signal(SIGTERM);
  CHECK(running.wait() == 0);
}

TEST_CASE("the console answers over a pipe, refuses a wrong token, and may stop the engine") {
  const installation here;
  background_program running{here.run_words()};
  const auto at = wait_until_ready(running);
  const auto console = [&](const std::string& token_file, const std::string& input) {
    return run_program({"console", "--port", std::to_string(at.console), "--token-file", token_file}, input);
  };
  const auto status = console(here.console_token(), "help\nstatus\n");
  CHECK(status.code == 0);
  CHECK_THAT(status.out, Contains("shutdown") && !Contains("lockstep>"));
  CHECK(console(here.token(), "status\n").code == 77);
  CHECK(console(here.console_token(), "shutdown\nshutdown\n").code == 0);
  CHECK(running.wait() == 0);
}

TEST_CASE("a service manager hears when the engine is ready, alive, reloading and stopping") {
  const installation here;
  const notify_socket manager{here.folder().path("notify")};
  background_program running{here.run_words(),
                             {{"NOTIFY_SOCKET", manager.path()}, {"WATCHDOG_USEC", "300000"}}};
  if (!manager.hears("READY=1")) {
    WARN("built without libsystemd");
    return;
  }
  CHECK(manager.hears("WATCHDOG=1"));
  running.signal(SIGHUP);
  CHECK(manager.hears("RELOADING=1"));
  CHECK(manager.hears("READY=1"));
  CHECK(manager.hears("WATCHDOG=1")); // it goes on
  running.signal(SIGTERM);
  CHECK(manager.hears("STOPPING=1"));
  CHECK(running.wait() == 0);
}

TEST_CASE("a port that is taken ends the start with 69") {
  const installation here;
  background_program first{here.run_words()};
  const auto at = wait_until_ready(first);
  const auto other = here.folder().path("other.db");
  background_program second{words(here.run_words(), {"--set", "store.url=sqlite://" + other, "--set",
                                                     fmt::format("http.port={}", at.http)})};
  CHECK(second.wait() == 69);
}

TEST_CASE("a store that is no store of ours ends the start with 78, untouched") {
  const installation here;
  here.folder().write("lockstep.db",
                      "this is a letter to a friend, and long enough to have a header of its own: dear");
  background_program running{here.run_words()};
  CHECK(running.wait() == 78);
  std::ifstream file{here.folder().path("lockstep.db")};
  std::string text;
  std::getline(file, text);
  CHECK_THAT(text, Contains("a letter to a friend"));
}
