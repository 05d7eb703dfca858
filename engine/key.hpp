// Business keys: what makes two messages the same movement. A key is the UUID version 5 (RFC 9562: SHA-1 of a
// name) of its parts, so that anybody can compute it again, in SQL too. Content is a 64-bit FNV-1a of the
// movement's fields: it only tells an honest repeat from a reused key.
#pragma once

#include "engine/types.hpp"

#include <cstdint>
#include <string_view>

namespace lockstep::engine {

// Key of a request of our own API: (caller, Idempotency-Key). It is also the id of the hold or order it
// creates.
[[nodiscard]] uuid request_key(std::string_view caller, std::string_view idempotency_key);

// Key of an order line of a channel: (account, order, line). It is the id of the line's reservation.
[[nodiscard]] uuid line_key(account_id account, std::string_view order, std::string_view line);

// Key of a movement that a channel names with an id of its own (a refund, a return): (line, kind, id).
[[nodiscard]] uuid movement_key(const uuid& line, std::string_view kind, std::string_view id);

// FNV-1a, 64 bits, over typed parts; each part is closed by its length so that ("ab","c") and ("a","bc")
// differ.
class content_hash {
 public:
  content_hash& add(std::string_view text);
  content_hash& add(std::int64_t number);
  content_hash& add(const uuid& id);

  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 14695981039346656037ULL;
};

} // namespace lockstep::engine
