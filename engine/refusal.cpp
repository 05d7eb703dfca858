#include "engine/refusal.hpp"

namespace lockstep::engine {

std::string_view to_string(refusal reason) {
  switch (reason) {
  case refusal::none: return "none";
  case refusal::key_reused: return "key_reused";
  case refusal::in_progress: return "in_progress";
  case refusal::is_bundle: return "is_bundle";
  case refusal::invalid_quantity: return "invalid_quantity";
  case refusal::invalid_expiry: return "invalid_expiry";
  case refusal::invalid_percent: return "invalid_percent";
  case refusal::invalid_text: return "invalid_text";
  case refusal::insufficient_stock: return "insufficient_stock";
  case refusal::unknown_location: return "unknown_location";
  case refusal::unknown_reservation: return "unknown_reservation";
  case refusal::reservation_closed: return "reservation_closed";
  case refusal::reservation_confirmed: return "reservation_confirmed";
  case refusal::not_confirmed: return "not_confirmed";
  case refusal::below_shipped: return "below_shipped";
  case refusal::below_zero: return "below_zero";
  case refusal::stock_limit: return "stock_limit";
  case refusal::too_many_reservations: return "too_many_reservations";
  case refusal::unknown_incident: return "unknown_incident";
  case refusal::older_than_window: return "older_than_window";
  case refusal::unknown_transfer: return "unknown_transfer";
  case refusal::unknown_return: return "unknown_return";
  case refusal::unknown_supply: return "unknown_supply";
  case refusal::invalid_location: return "invalid_location";
  case refusal::stale_observation: return "stale_observation";
  case refusal::observation_too_old: return "observation_too_old";
  case refusal::too_many_open: return "too_many_open";
  case refusal::quarantined: return "quarantined";
  }
  return "unknown";
}

} // namespace lockstep::engine
