// A movement from its decoded form to its answer: bound to SKU numbers, submitted, awaited, told in JSON.
// Used for single requests and for every line of a batch.
#pragma once

#include "adapters/rest/movement.hpp"
#include "app/api/route.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::app {

// A plain SKU that a line takes from: the line's own, or a leaf of its bundle.
struct taken_sku {
  std::size_t line = 0;
  engine::sku_id sku{};
  std::string code;
  engine::quantity per = 1; // units of it for each of the line
};

// A movement whose SKUs are known.
struct bound_movement {
  rest::movement asked;
  std::vector<actors::submission> commands; // one per line (what bundles do not keep: per leaf); tickets not set
  std::optional<rest::hold_id> hold;        // that it creates or speaks of
  std::vector<taken_sku> leaves;            // of the lines that are about bundles, as they are composed now

  [[nodiscard]] bool is_bundle(engine::sku_id sku) const;
};

// `key`: the Idempotency-Key. Problems: unknown_sku with every line concerned, unknown_hold.
[[nodiscard]] rest::decoded<bound_movement>
bind_movement(rest::movement asked, const engine::catalogue& known, const caller& who, std::string_view key);

// What became of a submission.
enum class fate : std::uint8_t { answered, overloaded, draining, unknown };

[[nodiscard]] fate fate_of(actors::admission verdict);

struct told {
  fate how = fate::unknown;
  std::vector<std::optional<actors::answer>>
      answers; // by line; one for a movement that is decided together; may be empty
};

// Which of these commands, each of which begins what has an id of its own, did so before the time that keys are
// certainly remembered: the ledger still knows them. One job of a worker. Nothing: it could not be asked now.
[[nodiscard]] io_task<std::optional<std::vector<bool>>> began_long_ago(api_context& api,
                                                                       std::vector<const actors::submission*> begins);

// The answer to one of those.
[[nodiscard]] actors::answer too_old(const actors::submission& begins);

// Submits and waits for the answers, at most as long as the options say.
[[nodiscard]] io_task<told> perform(api_context& api, answer_box& box, bound_movement& movement);

// The outcome as HTTP tells it.
struct movement_outcome {
  unsigned status = 0;
  bool repeated = false;
  std::string result; // JSON object; empty when there is a problem
  std::optional<rest::problem> problem;
};

[[nodiscard]] movement_outcome outcome_of(const bound_movement& movement, const told& what);

// The Idempotency-Key: printable ASCII, 1 to limits::key_bytes_max, bare or as an RFC 8941 string.
[[nodiscard]] rest::decoded<std::string> read_key(std::string_view text);

} // namespace lockstep::app
