#include "app/configuration.hpp"

#include "tests/app/all_problems.hpp"
#include "tests/app/temporary_folder.hpp"
#include "tests/catch.hpp"

#include <fmt/format.h>

using namespace lockstep::app;
using Catch::Matchers::Contains;
using lockstep::tests::all_problems;
using lockstep::tests::temporary_folder;

TEST_CASE("flags win over environment, environment over files, later files over earlier ones") {
  const temporary_folder folder;
  const auto first = folder.write("a.toml", "[http]\nport = 1001\nthreads = 11\n[monitor]\nport = 1011\n");
  const auto second = folder.write("b.toml", "[http]\nport = 1002\nthreads = 12\n");
  configuration_sources sources{{first, second}, {}, {}};

  SECTION("later files win, key by key") {
    const auto loaded = load_configuration(sources);
    CHECK(loaded.content.http.port == 1002);
    CHECK(loaded.content.http.threads == 12);
    CHECK(loaded.content.monitor.port == 1011);
  }
  SECTION("the environment wins over files") {
    sources.environment = {{"LOCKSTEP_HTTP_PORT", "1003"}};
    const auto loaded = load_configuration(sources);
    CHECK(loaded.content.http.port == 1003);
    CHECK(loaded.content.http.threads == 12);
    CHECK(loaded.content.origins.at("http.port") == "environment LOCKSTEP_HTTP_PORT");
  }
  SECTION("flags win over the environment") {
    sources.environment = {{"LOCKSTEP_HTTP_PORT", "1003"}, {"LOCKSTEP_HTTP_THREADS", "13"}};
    sources.flags = {"http.port=1004"};
    const auto loaded = load_configuration(sources);
    CHECK(loaded.content.http.port == 1004);
    CHECK(loaded.content.http.threads == 13);
    CHECK(loaded.content.origins.at("http.port") == "--set http.port");
  }
}

TEST_CASE("fragments beside a file are read in the order of their names, others passed over") {
  const temporary_folder folder;
  const auto file = folder.write("lockstep.toml", "[http]\nport = 1\n");
  folder.write("lockstep.toml.d/20.toml", "[http]\nport = 3\n");
  folder.write("lockstep.toml.d/10.toml", "[http]\nport = 2\nthreads = 4\n");
  folder.write("lockstep.toml.d/30.toml.bak", "not toml at all");
  const auto loaded = load_configuration({{file}, {}, {}});
  CHECK(all_problems(loaded) == "");
  CHECK(loaded.content.http.port == 3);
  CHECK(loaded.content.http.threads == 4);
}

TEST_CASE("environment and flags read text as whatever the key wants") {
  const auto loaded =
      load_configuration({{},
                          {{"LOCKSTEP_ENGINE_DRAIN_TIMEOUT", "45s"}, {"LOCKSTEP_LOG_LEVEL", "debug"}},
                          {"engine.key_retention=10d", "store.url=memory:"}});
  CHECK(all_problems(loaded) == "");
  CHECK(loaded.content.engine.drain_timeout == 45s);
  CHECK(loaded.content.log.level == "debug");
  CHECK(loaded.content.engine.key_retention == std::chrono::days{10});
  CHECK(loaded.content.store.url == "memory:");
}

TEST_CASE("a wrong name or value in environment or flags is told with the name") {
  const auto loaded = load_configuration({{},
                                          {{"LOCKSTEP_HTTP_PROT", "1"},
                                           {"LOCKSTEP_HTTP_PORT", "many"},
                                           {"LOCKSTEP_CHANNELS_EU_NAME", "x"},
                                           {"LOCKSTEP_SOMETHING_ELSE", "is not ours"}},
                                          {"http.prot=1", "http.port", "http.threads=1x"}});
  const auto text = all_problems(loaded);
  CHECK_THAT(text, Contains("environment LOCKSTEP_HTTP_PROT: no such setting; nearest: LOCKSTEP_HTTP_PORT"));
  CHECK_THAT(text, Contains("environment LOCKSTEP_HTTP_PORT: http.port: takes a whole number"));
  CHECK_THAT(
      text,
      Contains("environment LOCKSTEP_CHANNELS_EU_NAME: [[channels]] is a list: it is read from files only"));
  CHECK_THAT(text, Contains("--set http.prot: no such setting; nearest: http.port"));
  CHECK_THAT(text, Contains("--set http.port: takes section.key=value"));
  CHECK_THAT(text, Contains("--set http.threads: http.threads: takes a whole number"));
  CHECK(loaded.problems.size() == 6);
}

TEST_CASE("the look-up service needs both of its keys, and a country is two letters") {
  const temporary_folder folder;
  const auto load = [&](const std::string& text) {
    return load_configuration({{folder.write("lockstep.toml", text)}, {}, {}});
  };
  const auto key = fmt::format("key_file = \"{}\"\n", folder.write("key", "s3cret\n"));
  for (const auto* one : {"access_", "secret_"}) {
    const auto loaded = load(fmt::format("[ecomsource]\n{}{}", one, key));
    REQUIRE(loaded.problems.size() == 1);
    CHECK(loaded.problems.front().what == "ecomsource takes two keys or none");
    CHECK(loaded.problems.front().where == folder.path("lockstep.toml") + ":2:19");
  }
  CHECK_THAT(all_problems(load("[ecomsource]\ncountry = \"usa\"\n")), Contains("two capital letters"));
}
