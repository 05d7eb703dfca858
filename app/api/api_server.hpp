// Intake over HTTP: REST under /v1, webhooks under /webhooks, health and metrics on a listener of their own.
#pragma once

#include "actors/node.hpp"
#include "app/api/api_options.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace lockstep::app {

class api_server {
 public:
  // `node` outlives the server. The server outlives node::drain(), because its sinks belong to the node until
  // then.
  api_server(actors::node& node, api_options options);
  ~api_server(); // stops at once when stop() was not called
  api_server(const api_server&) = delete;
  api_server& operator=(const api_server&) = delete;

  // Creates the callers' accounts, binds both listeners, serves. Errors: malformed (a token's hash, a name
  // used twice), conflict (a caller named like a channel account), unavailable (an address cannot be bound).
  [[nodiscard]] engine::result<void> start();
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::uint16_t monitor_port() const;

  // Takes no new work and lets requests under way finish until `deadline`; then closes what is left. The
  // monitor goes last. Blocks. True when nothing had to be cut. Call it before node::drain().
  bool stop(std::chrono::milliseconds deadline);

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace lockstep::app
