// Asks a look-up service which other codes stand for our products, on a thread of its own, and keeps what it
// says as proposals for a person. Nobody waits for it: what is asked for is queued within a bound, and
// forgotten when the process ends.
#pragma once

#include "actors/node.hpp"
#include "adapters/ecomsource/lookup_queue.hpp"
#include "adapters/http_client.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace lockstep::app {

struct identification_options {
  adapters::ecomsource::service_account account;
  adapters::ecomsource::queue_options queue;
};

struct identification_status {
  std::size_t waiting = 0; // SKUs whose codes are not all asked for yet
  bool all = false;        // and those that are still to be found in the catalogue
  std::array<std::uint64_t, 5> requests{}; // by adapters::ecomsource::lookup_status
  std::uint64_t found = 0;                 // SKUs of which the service knows something
  std::uint64_t unknown = 0;               // SKUs of which it does not
  std::uint64_t given_up = 0;              // SKUs over which it failed too often
  std::uint64_t proposals = 0;             // told by it; those that were decided before stay decided
  std::optional<engine::time_point> allowance_back_at; // set: nothing is asked before it, the day's are used up
  std::string trouble;                     // why the last request brought nothing; empty: all is well
};

class identification {
 public:
  enum class verdict : std::uint8_t { queued, nothing_to_ask, full };

  // `client` outlives it; the node outlives its stop(), and it outlives the node's drain(), because its sink
  // belongs to the node until then.
  identification(actors::node& node, adapters::http_client& client, identification_options chosen);
  ~identification();
  identification(const identification&) = delete;
  identification& operator=(const identification&) = delete;

  // nothing_to_ask: the SKU bears no UPC, EAN, GTIN or ASIN. Any thread, at once.
  [[nodiscard]] verdict ask(engine::sku_id sku);
  // Every SKU that bears a UPC, EAN or GTIN, or an ASIN, and not both. One walk at a time. Any thread, at once.
  void ask_all();
  [[nodiscard]] identification_status status() const;

  // At once: a request under way may still arrive. What waits is forgotten.
  void stop();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace lockstep::app
