// Whoever wants to see facts the moment they are durable.
#pragma once

#include "storage/store.hpp"

#include <memory>
#include <vector>

namespace lockstep::actors {

class fact_listener {
 public:
  virtual ~fact_listener() = default;

  // One commit's facts, in commit order. Called on the persistence thread after COMMIT: it must only hand
  // over, must not block, and bounds by itself what it keeps.
  virtual void committed(std::shared_ptr<const std::vector<storage::sku_fact>> facts) noexcept = 0;
};

} // namespace lockstep::actors
