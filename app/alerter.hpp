// Tells a receiver of the operator's which incidents are open: signed webhooks, sent again until they are
// taken. What counts is the state, not its history: a message that could not be delivered before its incident
// ended is never sent, and after a start the first message names all that are open.
#pragma once

#include "actors/node.hpp"
#include "adapters/http_client.hpp"
#include "app/alert_counts.hpp"
#include "app/secret.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace lockstep::app {

struct alerter_options {
  std::string url;
  secret key;                                     // signs
  std::chrono::milliseconds between_looks{1'000}; // at the incidents
  std::chrono::milliseconds first_retry{1'000};   // doubled after each failure
  std::chrono::milliseconds longest_retry{300'000};
};

class alerter {
 public:
  // `node`, `client` and `counts` outlive it.
  alerter(const actors::node& node, adapters::http_client& client, alert_counts& counts,
          alerter_options chosen);
  ~alerter(); // at once: an attempt under way may still arrive
  alerter(const alerter&) = delete;
  alerter& operator=(const alerter&) = delete;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace lockstep::app
