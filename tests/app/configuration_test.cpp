#include "app/configuration.hpp"

#include "app/settings_table.hpp"
#include "tests/app/all_problems.hpp"
#include "tests/app/temporary_folder.hpp"
#include "tests/catch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include <unistd.h>

using namespace lockstep;
using namespace lockstep::app;
using Catch::Matchers::Contains;
using lockstep::tests::all_problems;
using lockstep::tests::temporary_folder;

namespace {

std::string hash_of_a_token() {
  return std::string(64, 'a');
}

// A file that states every key there is, none of them at its default.
std::string everything(const temporary_folder& folder) {
  return fmt::format(R"([store]
url = "memory:"
witness = "/mnt/other/witness"
archive_after = "100d"
[http]
address = "127.0.0.2"
port = 8081
threads = 3
[monitor]
address = "::1"
port = 9465
[console]
address = "127.0.0.3"
port = 7071
token_file = "{0}"
[engine]
threads = 5
key_retention = "9d"
credits = 2048
drain_timeout = "30s"
[log]
level = "warning"
format = "json"
[alerts]
url = "https://pager.example/lockstep"
key_file = "{2}"
[ecomsource]
url = "https://lookup.example"
access_key_file = "{0}"
secret_key_file = "{0}"
country = "DE"
requests_per_minute = 30
requests_per_day = 5000
batch = 20
fresh = "30d"
fresh_unknown = "2d"
[[tokens]]
name = "warehouse"
scopes = ["read", "write"]
sha256 = "{1}"
[[channels]]
name = "eu"
marketplace = "shopify"
base_url = "https://example.myshopify.com"
access_token_file = "{0}"
webhook_secret_files = ["{0}", "{0}"]
location = "gid://shopify/Location/1"
drift = "repair"
sale = "decrement"
moderate_interval = "10m"
slow_interval = "30m"
poll_interval = "1m"
poll_overlap = "2m"
sweep_interval = "3h"
ships_within = "24h"
cancel_cost = 80
)",
                     folder.write("secret", "s3cret\n"), hash_of_a_token(),
                     folder.write("alert-key", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"));
}

loaded_configuration load_text(const temporary_folder& folder, std::string_view text) {
  return load_configuration({{folder.write("lockstep.toml", text)}, {}, {}});
}

} // namespace

TEST_CASE("a file may state every key of the table, and each one arrives") {
  const temporary_folder folder;
  const auto loaded = load_text(folder, everything(folder));
  CHECK(all_problems(loaded) == "");
  const auto& all = loaded.content;
  CHECK(all.store.url == "memory:");
  CHECK(all.store.witness == "/mnt/other/witness");
  CHECK(all.store.archive_after == std::chrono::days{100});
  CHECK(all.http.address == "127.0.0.2");
  CHECK(all.http.port == 8081);
  CHECK(all.http.threads == 3);
  CHECK(all.monitor.address == "::1");
  CHECK(all.monitor.port == 9465);
  CHECK(all.console.address == "127.0.0.3");
  CHECK(all.console.port == 7071);
  CHECK(all.console.token.value.reveal() == "s3cret");
  CHECK(all.engine.threads == 5);
  CHECK(all.engine.key_retention == std::chrono::days{9});
  CHECK(all.engine.credits == 2048);
  CHECK(all.engine.drain_timeout == 30s);
  CHECK(all.log.level == "warning");
  CHECK(all.log.format == "json");
  REQUIRE(all.tokens.size() == 1);
  CHECK(all.tokens[0].name == "warehouse");
  CHECK(all.tokens[0].scopes == std::vector<std::string>{"read", "write"});
  CHECK(all.tokens[0].sha256 == hash_of_a_token());
  REQUIRE(all.channels.size() == 1);
  const auto& channel = all.channels[0];
  CHECK(channel.name == "eu");
  CHECK(channel.base_url == "https://example.myshopify.com");
  CHECK(channel.access_token.value.reveal() == "s3cret");
  REQUIRE(channel.webhook_secrets.size() == 2);
  CHECK(channel.webhook_secrets[1].value.reveal() == "s3cret");
  CHECK(channel.location == "gid://shopify/Location/1");
  CHECK(channel.drift == "repair");
  CHECK(channel.sale == "decrement");
  CHECK(channel.moderate_interval == 10min);
  CHECK(channel.slow_interval == 30min);
  CHECK(channel.poll_interval == 1min);
  CHECK(channel.poll_overlap == 2min);
  CHECK(channel.sweep_interval == 3h);
  CHECK(channel.ships_within == 24h);
  CHECK(channel.cancel_cost == 80);
  CHECK(all.alerts.url == "https://pager.example/lockstep");
  CHECK(all.alerts.key.value.reveal().starts_with("whsec_"));
  CHECK(all.ecomsource.url == "https://lookup.example");
  CHECK(all.ecomsource.access_key.value.reveal() == "s3cret");
  CHECK(all.ecomsource.secret_key.value.reveal() == "s3cret");
  CHECK(all.ecomsource.country == "DE");
  CHECK(all.ecomsource.requests_per_minute == 30);
  CHECK(all.ecomsource.requests_per_day == 5'000);
  CHECK(all.ecomsource.batch == 20);
  CHECK(all.ecomsource.fresh == std::chrono::days{30});
  CHECK(all.ecomsource.fresh_unknown == 48h);
}

TEST_CASE("that file really states every key: a key without a test is found here") {
  const temporary_folder folder;
  const auto loaded = load_text(folder, everything(folder));
  std::size_t settable = 0;
  for (const auto& value : setting_values(loaded.content)) {
    INFO(value.name);
    CHECK(value.origin != "default");
    ++settable;
  }
  CHECK(settable == describe_settings().size()); // one token, one channel
}

TEST_CASE("alerts need a key of Standard Webhooks, or they are not set up") {
  const temporary_folder folder;
  const std::string url = "[alerts]\nurl = \"https://pager.example/\"\n";
  const auto without = load_text(folder, url);
  REQUIRE(without.problems.size() == 1);
  CHECK(without.problems.front().what.find("alerts.key_file, which signs") != std::string::npos);
  const auto wrong = load_text(folder, url + "key_file = \"" + folder.write("key", "s3cret\n") + "\"\n");
  REQUIRE(wrong.problems.size() == 1);
  CHECK(wrong.problems.front().what.find("whsec_") != std::string::npos);
  CHECK(wrong.problems.front().what.find("s3cret") == std::string::npos);
}

TEST_CASE("an empty file gives the defaults") {
  const temporary_folder folder;
  const auto loaded = load_text(folder, "");
  CHECK(all_problems(loaded) == "");
  CHECK(loaded.content.http.address == "127.0.0.1");
  CHECK(loaded.content.http.port == 8080);
  CHECK(loaded.content.engine.key_retention == limits::key_retention_default);
  CHECK(loaded.content.console.token.value.empty());
  CHECK(loaded.content.channels.empty());
}

TEST_CASE("one wrong value is told with its file, line and column") {
  struct row {
    std::string text;     // the file
    std::string position; // line:column
    std::string what;
  };

  const auto& [text, position, what] = GENERATE(values<row>({
      {"[http]\nprot = 1\n", "2:1", "unknown key 'http.prot'; nearest: port"},
      {"[htpp]\nport = 1\n", "1:2", "unknown section 'htpp'; nearest: http"},
      {"[http]\nzzzzzzzz = 1\n", "2:1", "unknown key 'http.zzzzzzzz'"},
      {"[http]\nport = 70000\n", "2:8", "http.port: 70000 is outside 0 to 65535"},
      {"[http]\nport = -1\n", "2:8", "http.port: -1 is outside 0 to 65535"},
      {"[http]\nport = \"8080\"\n", "2:8", "http.port: takes a whole number"},
      {"[http]\nport = 80.5\n", "2:8", "http.port: takes a whole number"},
      {"[http]\nport = true\n", "2:8", "http.port: takes a whole number"},
      {"[http]\naddress = \"localhost\"\n", "2:11", "http.address: takes an IP address"},
      {"[http]\naddress = 1\n", "2:11", "http.address: takes text in quotes"},
      {"http = 1\n", "1:1", "'http' is a section: write [http]"},
      {"tokens = 1\n", "1:10", "'tokens' is a list: write [[tokens]]"},
      {"[tokens]\nname = \"a\"\n", "1:1", "'tokens' is a list: write [[tokens]]"},
      {"[store]\nurl = \"postgres://x\"\n", "2:7", "store.url: takes \"sqlite:///absolute/path/of/file\""},
      {"[store]\nurl = \"sqlite:///\"\n", "2:7", "store.url: takes"},
      {"[store]\nurl = \"postgresql://a:b@c/d\"\n", "2:7", "store.url: takes no password"},
      {"[engine]\ndrain_timeout = 20\n", "2:17", "engine.drain_timeout: takes a whole number with its unit"},
      {"[engine]\ndrain_timeout = \"20\"\n", "2:17", "'20': takes a whole number with its unit"},
      {"[engine]\ndrain_timeout = \"2w\"\n", "2:17", "'2w': takes a whole number with its unit"},
      {"[engine]\ndrain_timeout = \"1d\"\n", "2:17", "engine.drain_timeout: 1d is outside 1s to 10m"},
      {"[engine]\ndrain_timeout = \"99999999999999999d\"\n", "2:17", "takes a whole number with its unit"},
      {"[log]\nlevel = \"wraning\"\n", "2:9",
       "'wraning' is not one of: debug, info, warning, error, critical "
       "(nearest: warning)"},
      {"[http]\nport = \n", "2:8", ""},
      {"[http]\nport = 1\nport = 2\n", "3:8", ""},
  }));
  const temporary_folder folder;
  const auto loaded = load_text(folder, text);
  INFO(text << all_problems(loaded));
  REQUIRE(loaded.problems.size() == 1);
  CHECK(loaded.problems[0].where == folder.path("lockstep.toml") + ":" + position);
  CHECK_THAT(loaded.problems[0].what, Contains(what));
}

TEST_CASE("entries of lists are checked like sections") {
  struct row {
    std::string key, value, what;
  };

  const auto& [key, value, what] = GENERATE(values<row>({
      {"name", R"("EU")", "channels[0].name: takes 1 to 40 lower-case letters"},
      {"name", R"("")", "channels[0].name: takes 1 to 40 lower-case letters"},
      {"marketplace", R"("shopifi")", "'shopifi' is not one of: shopify (nearest: shopify)"},
      {"base_url", R"("http://example.com")",
       "channels[0].base_url: takes https (http only to this machine)"},
      {"base_url", R"("ftp://example.com")", "channels[0].base_url: takes https"},
      {"base_url", R"("https://user:pass@example.com")", "takes no user, query or fragment"},
      {"base_url", R"("https://example.com/?a=b")", "takes no user, query or fragment"},
      {"base_url", R"("example.com")", "takes an address such as"},
      {"location", R"("")", "channels[0].location"},
      {"location", R"("12")", "channels[0].location"},
      {"drift", R"("ignore")", "'ignore' is not one of: repair, ask, adopt"},
      {"sale", R"("shipp")", "(nearest: ship)"},
      {"webhook_secret_files", "[]", "has 0 entries, takes 1 to 2"},
      {"webhook_secret_files", R"(["a", "b", "c"])", "has 3 entries, takes 1 to 2"},
      {"webhook_secret_files", "[1]", "takes a list of texts"},
      {"webhook_secret_files", R"("/one")", "takes a list of texts"},
      {"slow_interval", R"("1m")", "slow_interval 1m is shorter than moderate_interval 10m"},
      {"drfit", R"("ask")", "unknown key 'channels[0].drfit'; nearest: drift"},
  }));
  const temporary_folder folder;
  auto text = everything(folder);
  const auto channel = text.find("[[channels]]");
  const auto line = text.find("\n" + key + " = ", channel);
  if (line == std::string::npos) {
    text += fmt::format("{} = {}\n", key, value);
  } else {
    const auto end = text.find('\n', line + 1);
    text.replace(line + 1, end - line - 1, fmt::format("{} = {}", key, value));
  }
  const auto loaded = load_text(folder, text);
  INFO(text);
  CHECK_THAT(all_problems(loaded), Contains(what));
}

TEST_CASE("facts are not archived while repeats of them are still looked for") {
  const temporary_folder folder;
  const auto loaded =
      load_text(folder, "[store]\narchive_after = \"20d\"\n[engine]\nkey_retention = \"21d\"\n");
  CHECK_THAT(all_problems(loaded),
             Contains("store.archive_after 20d is shorter than engine.key_retention 21d"));
  CHECK(loaded.problems.size() == 1);
  CHECK(all_problems(load_text(folder, "[store]\narchive_after = \"20d\"\n")) == "");
}

TEST_CASE("a shop on this machine may be spoken to without TLS") {
  const auto address = GENERATE("http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000");
  const temporary_folder folder;
  auto text = everything(folder);
  const std::string before = "https://example.myshopify.com";
  text.replace(text.find(before), before.size(), address);
  CHECK(all_problems(load_text(folder, text)) == "");
}

TEST_CASE("what a list's entry must state and does not is told") {
  const temporary_folder folder;
  const auto loaded = load_text(folder, "[[channels]]\n\n[[tokens]]\n");
  const auto text = all_problems(loaded);
  for (const auto* name : {"channels[0].name", "channels[0].base_url", "channels[0].access_token_file",
                           "channels[0].webhook_secret_files", "channels[0].location", "tokens[0].name",
                           "tokens[0].scopes", "tokens[0].sha256"})
    CHECK_THAT(text, Contains(fmt::format("{} is missing", name)));
  CHECK(loaded.problems.size() == 8);
  CHECK_THAT(text, Contains("lockstep.toml:1:"));
  CHECK_THAT(text, Contains("lockstep.toml:3:"));
}

TEST_CASE("all problems of all files are told at once, in the order of their lines") {
  const temporary_folder folder;
  const auto first = folder.write("a.toml", "[http]\nthraeds = 1\nport = 99999\n[log]\nlevel = \"loud\"\n");
  const auto second = folder.write("b.toml", "[http\n");
  const auto third = folder.write("c.toml", "[store]\nurl = 5\n");
  const auto loaded = load_configuration({{first, second, third, folder.path("none.toml")}, {}, {}});
  std::vector<std::string> places;
  for (const auto& problem : loaded.problems)
    places.push_back(problem.where.substr(folder.path("").size()));
  REQUIRE(places.size() == 6);
  CHECK(places[0] == "a.toml:2:1");
  CHECK(places[1] == "a.toml:3:8");
  CHECK(places[2] == "a.toml:5:9");
  CHECK_THAT(places[3], Contains("b.toml:"));
  CHECK(places[4] == "c.toml:2:7");
  CHECK(places[5] == "none.toml");
}

TEST_CASE("names are unique over tokens and channels together") {
  const temporary_folder folder;
  auto text = everything(folder);
  text.replace(text.find("\"warehouse\""), 11, "\"eu\"");
  CHECK_THAT(all_problems(load_text(folder, text)),
             Contains("channels[0].name: 'eu' is taken by another entry"));
}

TEST_CASE("intake and monitor cannot share a port") {
  const temporary_folder folder;
  const auto loaded = load_text(folder, "[monitor]\nport = 8080\n");
  REQUIRE(loaded.problems.size() == 1);
  CHECK_THAT(loaded.problems[0].what, Contains("http and monitor both listen on 127.0.0.1 port 8080"));
  CHECK_THAT(loaded.problems[0].where, Contains("lockstep.toml:2:8"));
}

TEST_CASE("a secret that may not be opened is a matter of permission") {
  const temporary_folder folder;
  const auto file = folder.write("secret", "abc\n");
  std::filesystem::permissions(file, std::filesystem::perms::none);
  const auto text = fmt::format("[console]\ntoken_file = \"{}\"\n", file);
  const auto loaded = load_text(folder, text);
  if (geteuid() == 0) { // root reads it all the same
    CHECK(all_problems(loaded) == "");
  } else {
    REQUIRE(loaded.problems.size() == 1);
    CHECK(loaded.problems[0].no_permission);
  }
}

TEST_CASE("no printed form of a configuration shows a secret") {
  const temporary_folder folder;
  const auto loaded = load_text(folder, everything(folder));
  for (const auto& value : setting_values(loaded.content))
    CHECK_THAT(value.text, !Contains("s3cret"));
}

TEST_CASE("what a reload changes is told apart by whether it can take effect") {
  const temporary_folder folder;
  const auto before = load_text(folder, everything(folder));
  SECTION("nothing") {
    const auto changes = compare(before.content, load_text(folder, everything(folder)).content);
    CHECK(changes.live.empty());
    CHECK(changes.need_restart.empty());
  }
  SECTION("values, secrets and whole entries") {
    auto text = everything(folder);
    text.replace(text.find("\"warning\""), 9, "\"debug\"");
    text.replace(text.find("8081"), 4, "8082");
    text.replace(text.find("\"warehouse\""), 11, "\"shelf\"");
    folder.write("secret", "another\n");
    const auto changes = compare(before.content, load_text(folder, text).content);
    CHECK(changes.live == std::vector<std::string>{"log.level"});
    const auto& waiting = changes.need_restart;
    for (const auto* name : {"http.port", "console.token_file", "channels.eu.access_token_file",
                             "tokens.shelf.name", "tokens.warehouse.name"})
      CHECK(std::count(waiting.begin(), waiting.end(), name) == 1);
  }
}
