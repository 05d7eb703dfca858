// The movements of the kill test: number `index` of a client is always the same movement under the same key,
// so that the client can send again what it does not know the outcome of, and anybody can tell what the
// ledger must hold.
//
//   every SKU gets in turn: hold h; confirm h (every fifth: release h); ship h (after a release: receive one
//   unit). Every seventh movement is a group instead: one hold on each of two SKUs, all or nothing. A client
//   that is a marketplace tells orders of one line and one unit, of SKUs or of bundles of them.
#pragma once

#include "engine/key.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace lockstep::kill {

inline constexpr std::uint64_t skus = 20;
inline constexpr std::uint64_t bundles = 5;
inline constexpr std::uint64_t group_every = 7;
inline constexpr std::string_view caller = "kill"; // name of the API token: the scope of its keys
inline constexpr std::string_view group_word = "group ";

// "SKU-0", ...; `number` is the store's id of it less one, because products are made in this order.
[[nodiscard]] std::string sku_code(std::uint64_t number);

struct movement {
  std::uint64_t sku = 0; // of its first line
  std::string key;       // Idempotency-Key
  std::string op;        // in a batch
  std::string path;      // as a request of its own
  std::string hold;      // named by the path, or a member in a batch; may be empty
  std::string members;   // of the JSON object, without braces; may be empty

  [[nodiscard]] std::string batch_line() const;
  [[nodiscard]] std::string body() const; // of a request of its own
};

[[nodiscard]] movement movement_of(std::string_view client, std::uint64_t index);
// What its first fact carries as key.
[[nodiscard]] engine::uuid movement_id(std::string_view client, std::uint64_t index);

// An order as Shopify's webhook tells it: of one unit of a plain SKU, or of a bundle.
[[nodiscard]] std::string order_text(std::uint64_t index, bool of_bundle);

// Bundles are made after the SKUs.
[[nodiscard]] constexpr std::uint64_t order_sku(std::uint64_t index, bool of_bundle) {
  return of_bundle ? skus + index % bundles : index % skus;
}

// What a bundle is made of, as the API takes it: another composition in every life. The last bundle contains the
// first.
[[nodiscard]] std::string composition_text(std::uint64_t bundle, std::uint64_t life);

// What the fact of its line carries as reservation.
[[nodiscard]] engine::uuid order_id(engine::account_id account, std::uint64_t index);

} // namespace lockstep::kill
