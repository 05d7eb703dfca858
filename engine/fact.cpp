#include "engine/fact.hpp"

namespace lockstep::engine {

std::string_view to_string(fact_kind kind) {
  switch (kind) {
  case fact_kind::received: return "received";
  case fact_kind::adjusted: return "adjusted";
  case fact_kind::counted: return "counted";
  case fact_kind::safety_set: return "safety_set";
  case fact_kind::held: return "held";
  case fact_kind::confirmed: return "confirmed";
  case fact_kind::released: return "released";
  case fact_kind::expired: return "expired";
  case fact_kind::ordered: return "ordered";
  case fact_kind::cancelled: return "cancelled";
  case fact_kind::cancelled_by_id: return "cancelled_by_id";
  case fact_kind::shipped: return "shipped";
  case fact_kind::returned: return "returned";
  case fact_kind::restocked: return "restocked";
  case fact_kind::scrapped: return "scrapped";
  case fact_kind::oversold: return "oversold";
  case fact_kind::resolved: return "resolved";
  }
  return "unknown";
}

} // namespace lockstep::engine
