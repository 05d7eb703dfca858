// How an answer finds its way back: a ticket goes in with the command, and comes out with the answer after
// COMMIT. Never a pointer: a session that is gone simply drops it.
#pragma once

#include "engine/refusal.hpp"
#include "engine/sku_state.hpp"
#include "engine/types.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace lockstep::actors {

struct ticket {
  std::uint16_t sink = 0;    // number from node::add_sink(); 0: nobody listens
  std::uint16_t part = 0;    // line of a batch
  std::uint32_t session = 0; // the rest belongs to the sink
  std::uint32_t generation = 0;
  std::uint32_t request = 0;
};

enum class answer_kind : std::uint8_t {
  decided,     // by a SKU: see reason, figures
  recorded,    // a record or a barrier: everything queued before it is durable
  quarantined, // the store could not hold it; nothing of it was kept
};

struct answer {
  ticket to;
  answer_kind kind = answer_kind::decided;
  engine::refusal reason = engine::refusal::none;
  bool repeated = false; // done before under the same key: version, available, reservation are the first ones
  engine::sku_id sku{};  // who decided; for a refused group the member that refused
  engine::version version = 0;    // first fact of the decision, 0 when there is none
  engine::quantity available = 0; // after the decision
  engine::uuid reservation{};
  engine::figures figures;                         // now
  std::shared_ptr<const engine::sku_state> detail; // copy of the state, for reads that asked for it
};

// One per I/O thread. deliver() is called on the persistence thread, once per commit, after it: it must only
// hand over (asio::post) and must not throw.
class answer_sink {
 public:
  virtual ~answer_sink() = default;
  virtual void deliver(std::vector<answer> answers) noexcept = 0;
};

} // namespace lockstep::actors
