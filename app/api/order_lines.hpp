// Order lines that a channel has told, on their way into the ledger: what cannot be recorded becomes a dead
// letter in the same breath, so that nothing told is ever lost. Used by webhooks and by the replay of dead
// letters.
#pragma once

#include "adapters/order_intake.hpp"
#include "app/api/route.hpp"

#include <chrono>
#include <span>
#include <string>
#include <vector>

namespace lockstep::app {

enum class intake_end : std::uint8_t {
  durable,  // every line is recorded, or kept as a dead letter
  refused,  // not admitted: nothing was done
  draining, // the same, because of shutdown
  unknown,  // no answer in time; telling it again is harmless
};

struct intake_result {
  intake_end how = intake_end::unknown;
  std::vector<adapters::unmapped_line> dead; // lines that could not be recorded
  std::size_t test_orders = 0;
};

// Records the lines of `orders` and awaits them. Writes no dead letters: see keep_dead().
[[nodiscard]] io_task<intake_result> record_orders(const call& c, const engine::account& account,
                                                   std::span<const adapters::order_message> orders,
                                                   bool ships_when_sold, std::chrono::milliseconds allowed);

// Makes records durable. False: not admitted, or no answer in time.
[[nodiscard]] io_task<bool> make_durable(const call& c, std::vector<storage::record> records,
                                         std::chrono::milliseconds allowed);

// Dead letters of lines that an account told in a message of `kind`.
[[nodiscard]] std::vector<storage::record> dead_letters_of(engine::account_id account, std::string_view kind,
                                                           std::vector<adapters::unmapped_line> lines);

} // namespace lockstep::app
