// Newest durable version of each SKU the writer has met: asked for once, then kept. Forgotten with the
// connection.
#pragma once

#include "storage/postgres/connection.hpp"
#include "storage/store.hpp"

#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <optional>
#include <vector>

namespace lockstep::storage::postgres {

class sku_versions {
 public:
  // Asks the ledger about the batch's SKUs that are new here.
  [[nodiscard]] answer<void> learn(connection& db, const batch& content);

  // Counts the batch's facts as stored. When its versions do not fit, tells why and counts nothing.
  [[nodiscard]] std::optional<commit_result> stage(const batch& content);
  // The staged batch was not stored.
  void abandon(const batch& content);

  void forget() { newest_.clear(); }

 private:
  void uncount(const batch& content, std::size_t facts);

  boost::unordered_flat_map<engine::sku_id, engine::version> newest_;
};

} // namespace lockstep::storage::postgres
