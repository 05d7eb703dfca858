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
  case fact_kind::sent: return "sent";
  case fact_kind::arrived: return "arrived";
  case fact_kind::lost: return "lost";
  case fact_kind::announced: return "announced";
  case fact_kind::return_closed: return "return_closed";
  case fact_kind::expected: return "expected";
  case fact_kind::supply_closed: return "supply_closed";
  case fact_kind::supply_late: return "supply_late";
  case fact_kind::extended: return "extended";
  case fact_kind::allocated: return "allocated";
  case fact_kind::fenced: return "fenced";
  case fact_kind::below_zero: return "below_zero";
  }
  return "unknown";
}

} // namespace lockstep::engine
