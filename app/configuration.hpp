// What the operator decided: flags over environment over files over the defaults below. Everything that is
// wrong is told at once, with its place; a configuration with a problem is never used.
#pragma once

#include "app/setting.hpp"
#include "engine/limits.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace lockstep::app {

using namespace std::chrono_literals;

struct store_section {
  std::string url = "sqlite:///var/lib/lockstep/lockstep.db";
  std::string witness; // file; empty: none is kept
  milliseconds archive_after = std::chrono::days{90};
};

struct http_section {
  std::string address = "127.0.0.1";
  std::int64_t port = 8080;
  std::int64_t threads = 2;
};

struct monitor_section {
  std::string address = "127.0.0.1";
  std::int64_t port = 9464; // Prometheus' range for exporters
};

struct console_section {
  std::string address = "127.0.0.1";
  std::int64_t port = 7070;
  secret_file token; // without it the console stays closed
};

struct engine_section {
  std::int64_t threads = 2;
  milliseconds key_retention = limits::key_retention_default;
  std::int64_t credits = limits::credits_total;
  milliseconds drain_timeout = 20s;
};

struct log_section {
  std::string level = "info";
  std::string format = "automatic";
};

// Where incidents are told. Nowhere without a URL.
struct alerts_section {
  std::string url;
  secret_file key;
};

// Who tells which codes stand for one product. Nobody is asked without keys.
struct ecomsource_section {
  std::string url = "https://api.ecomsource.ai";
  secret_file access_key;
  secret_file secret_key;
  std::string country = "US";
  std::int64_t requests_per_minute = 60;
  std::int64_t requests_per_day = 10;
  std::int64_t batch = 1;
  milliseconds fresh = std::chrono::days{14};
  milliseconds fresh_unknown = 24h;
};

// A caller of the API: only the hash of its token is known here.
struct token_section {
  std::string name;
  std::vector<std::string> scopes;
  std::string sha256; // 64 lower-case hexadecimal digits
};

// One account on a marketplace.
struct channel_section {
  std::string name;
  std::string marketplace = "shopify";
  std::string base_url;
  secret_file access_token;
  std::vector<secret_file> webhook_secrets;
  std::string location;
  std::string drift = "ask";
  std::string sale = "ship";
  milliseconds moderate_interval = 15min;
  milliseconds slow_interval = 1h;
  milliseconds poll_interval = 3min;
  milliseconds poll_overlap = 5min;
  milliseconds sweep_interval = 6h;
  milliseconds ships_within = 48h;
  std::int64_t cancel_cost = 50;
};

struct configuration {
  store_section store;
  http_section http;
  monitor_section monitor;
  console_section console;
  engine_section engine;
  log_section log;
  alerts_section alerts;
  ecomsource_section ecomsource;
  std::vector<token_section> tokens;
  std::vector<channel_section> channels;
  // Where each value that is not a default came from, by its name ("http.port", "channels[0].base_url").
  std::map<std::string, std::string> origins;
};

// Where a configuration may come from, weakest first.
struct configuration_sources {
  std::vector<std::string> files; // later wins; beside FILE also FILE.d/*.toml in the order of names
  std::vector<std::pair<std::string, std::string>>
      environment;                // LOCKSTEP_SECTION_KEY; other names are ignored
  std::vector<std::string> flags; // "section.key=value"
};

// The process's own variables that start with LOCKSTEP_.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> configuration_environment();

struct configuration_problem {
  std::string where; // "file:line:column", "environment NAME", "--set section.key"
  std::string what;
  bool no_permission = false; // a file that may not be read
};

// Usable when `problems` is empty.
struct loaded_configuration {
  configuration content;
  std::vector<configuration_problem> problems;
};

// Reads files and secrets; resolves nothing on the network and opens no store.
[[nodiscard]] loaded_configuration load_configuration(const configuration_sources& sources);

} // namespace lockstep::app
