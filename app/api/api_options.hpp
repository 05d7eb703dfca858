// What the configuration decides about intake over HTTP.
#pragma once

#include "adapters/channel.hpp"
#include "adapters/http_server.hpp"
#include "app/alert_counts.hpp"
#include "engine/limits.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace lockstep::app {

class identification;

// What a bearer of a token may do. `admin` includes nothing else: give what is needed.
struct api_scopes {
  bool read = false;  // GET
  bool write = false; // movements and products
  bool admin = false; // channels, incidents, dead letters, quarantine
};

// A caller of the API. `name` is the caller that Idempotency-Keys belong to, and its account in the catalogue
// (marketplace "api"). Only the SHA-256 of the token is kept, as 64 hex digits.
struct api_token {
  std::string name;
  api_scopes scopes;
  std::string sha256_hex;
};

// How webhooks of one channel account are verified and read.
struct webhook_account {
  std::shared_ptr<const adapters::channel_adapter> adapter;
  bool ships_when_sold = false; // as engine::record_line
};

// What an account's orders mean for incidents.
struct order_terms {
  std::chrono::milliseconds ships_within{std::chrono::hours{48}};
  std::int64_t cancel_cost = 50; // 0 to 100: the seller's own scale
};

struct api_options {
  adapters::http_server_options listen; // /v1 and /webhooks
  adapters::http_server_options
      monitor; // /livez, /readyz, /metrics: no token, so keep it on the loopback address
  std::vector<api_token> tokens;
  std::map<std::string, webhook_account, std::less<>> webhooks; // by account name
  std::map<std::string, order_terms, std::less<>> terms;        // by account name; others have the defaults
  const alert_counts* alerts = nullptr;                         // outlives the server; null: nobody is told
  identification* identifies = nullptr;                         // outlives the server; null: nobody is asked
  std::size_t worker_threads = 2; // for what blocks: readers of the store, questions to channels
  std::size_t worker_queue_max = limits::http_worker_queue_max;
  std::chrono::milliseconds answer_timeout = limits::http_answer_timeout;
  std::chrono::milliseconds webhook_answer_timeout = limits::webhook_answer_timeout;
  // An I/O thread or a scheduler of actors that has not turned for this long is stuck; both do every second.
  std::chrono::milliseconds turn_max = std::chrono::seconds{10};
};

} // namespace lockstep::app
