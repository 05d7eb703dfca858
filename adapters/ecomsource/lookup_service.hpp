// EcomSource, a service that knows which codes stand for one product. Pure: text in, text out. Nothing of the
// vendor's documents its API; what is here is what its callers' public code does (README.md).
#pragma once

#include "adapters/http_client.hpp"
#include "engine/catalogue.hpp"
#include "engine/rate_limit.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::adapters::ecomsource {

struct service_account {
  std::string base_url; // "https://api.ecomsource.ai", without a path
  std::string access_key, secret_key;
  std::string country = "US";
};

// One product of an answer. A code may stand for several (multipacks, variants): they are never merged.
struct known_product {
  std::string title;
  std::vector<engine::identifier> identifiers; // in their stored form; what breaks its scheme is left out
  friend bool operator==(const known_product&, const known_product&) = default;
};

enum class lookup_status : std::uint8_t {
  answered,      // `products` tells of every code
  throttled,     // ask again later
  refused,       // the keys are wrong, or the account may not ask: a person has to act
  failed,        // no answer, a server's error, or not what the service writes: ask again later
  batch_refused, // not these codes together: ask for each alone
};

struct lookup_answer {
  lookup_status status = lookup_status::failed;
  // When answered, of each code in the order asked: the products that bear it. None: it is unknown there.
  std::vector<std::vector<known_product>> products;
  engine::throttle limits; // when throttled
  std::string what;        // for people, when not answered
};

// What the service calls a code; empty: it cannot be asked for it. Codes of one request have one type.
[[nodiscard]] std::string_view service_type(const engine::identifier& code);

// `codes` are of one type, at least one.
[[nodiscard]] http_request encode_lookup(const service_account& account,
                                         std::span<const engine::identifier> codes);
[[nodiscard]] lookup_answer decode_lookup(const http_response& answer,
                                          std::span<const engine::identifier> codes);

} // namespace lockstep::adapters::ecomsource
