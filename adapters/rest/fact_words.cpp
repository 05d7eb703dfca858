#include "adapters/rest/fact_words.hpp"

#include "adapters/rest/json_text.hpp"
#include "engine/command.hpp"
#include "engine/sku_state.hpp"

#include <fmt/format.h>

namespace lockstep::adapters::rest {

namespace {

using engine::fact;
using engine::fact_kind;

std::string units(engine::quantity count) {
  return fmt::format("{} {}", count, count == 1 ? "unit" : "units");
}

std::string with_note(std::string sentence, const fact& happened) {
  return happened.note.empty() ? sentence : fmt::format("{} ({})", sentence, happened.note);
}

std::string counted(const fact& happened) {
  if (happened.units == 0) return fmt::format("counted {}: as recorded", units(happened.value));
  const auto difference = happened.units < 0 ? -happened.units : happened.units;
  return fmt::format("counted {}: {} {} than recorded", units(happened.value), difference,
                     happened.units < 0 ? "fewer" : "more");
}

std::string safety(const fact& happened) {
  if (happened.value == static_cast<engine::quantity>(engine::safety_rule::kind::dynamic))
    return fmt::format("dynamic safety buffer is {}", units(happened.units));
  const bool percent = happened.value == static_cast<engine::quantity>(engine::safety_rule::kind::percent);
  return percent ? fmt::format("safety buffer set to {} % of on-hand", happened.units)
                 : fmt::format("safety buffer set to {}", units(happened.units));
}

std::string adjusted(const fact& happened) {
  return fmt::format("adjusted by {}{}", happened.units > 0 ? "+" : "", units(happened.units));
}

std::string of_line(std::string_view verb, const fact& happened) {
  return fmt::format("{} {} ({} of the line in all)", verb, units(happened.units), happened.value);
}

// A line that ships when sold brings its units back when it is cancelled.
std::string shipped(const fact& happened) {
  if (happened.units >= 0) return of_line("shipped", happened);
  return fmt::format("took back {} ({} of the line remain shipped)", units(-happened.units), happened.value);
}

std::string expected(const fact& happened) {
  return fmt::format("supply of {} expected by {}", units(happened.value), rfc3339(happened.expires_at));
}

std::string supply_closed(const fact& happened) {
  const bool cut = happened.value == static_cast<engine::quantity>(engine::incident::kind::supply_cancelled);
  return fmt::format("supply {}: {} will not come", cut ? "cancelled" : "ended short", units(happened.units));
}

std::string in_words_of_matter(const fact& happened, const engine::catalogue& known) {
  const auto place = [&](auto number) { return known.code_of(static_cast<engine::location_id>(number)); };
  switch (happened.kind) {
  case fact_kind::sent:
    return with_note(fmt::format("sent {} from {} to {}", units(happened.units), place(happened.location),
                                 place(happened.value)),
                     happened);
  case fact_kind::arrived:
    return with_note(fmt::format("{} arrived at {}", units(happened.units), place(happened.location)),
                     happened);
  case fact_kind::lost: return with_note(units(happened.units) + " lost in transit", happened);
  case fact_kind::announced: return with_note("return of " + units(happened.units) + " announced", happened);
  case fact_kind::return_closed:
    return with_note(fmt::format("return closed: {} did not come", units(happened.units)), happened);
  case fact_kind::expected: return with_note(expected(happened), happened);
  case fact_kind::supply_closed: return with_note(supply_closed(happened), happened);
  case fact_kind::supply_late:
    return fmt::format("supply late, {} outstanding: incident {}", units(happened.units), happened.version);
  case fact_kind::extended: return "hold extended until " + rfc3339(happened.expires_at);
  case fact_kind::allocated:
    return fmt::format("{} to be served from {} instead of {}", units(happened.units), place(happened.location),
                       place(happened.value));
  case fact_kind::fenced: return units(happened.units) + " kept for one account";
  case fact_kind::below_zero:
    return fmt::format("{} shipped {} that it did not have: incident {}", place(happened.location),
                       units(happened.units), happened.version);
  default: return std::string{engine::to_string(happened.kind)};
  }
}

} // namespace

std::string in_words(const fact& happened, const engine::catalogue& known) {
  switch (happened.kind) {
  case fact_kind::received: return with_note("received " + units(happened.units), happened);
  case fact_kind::adjusted: return with_note(adjusted(happened), happened);
  case fact_kind::counted: return with_note(counted(happened), happened);
  case fact_kind::safety_set: return safety(happened);
  case fact_kind::held:
    return fmt::format("held {} until {}", units(happened.units), rfc3339(happened.expires_at));
  case fact_kind::confirmed: return "hold confirmed: it no longer expires";
  case fact_kind::released: return fmt::format("hold released: {} back", units(happened.units));
  case fact_kind::expired: return fmt::format("hold expired: {} back", units(happened.units));
  case fact_kind::ordered: return of_line("ordered", happened);
  case fact_kind::cancelled: return of_line("cancelled", happened);
  case fact_kind::cancelled_by_id: return of_line("cancelled by refund", happened);
  case fact_kind::shipped: return shipped(happened);
  case fact_kind::returned:
    return with_note(fmt::format("returned {}, to be inspected", units(happened.units)), happened);
  case fact_kind::restocked:
    return with_note(fmt::format("inspected: {} sellable again", units(happened.units)), happened);
  case fact_kind::scrapped:
    return with_note(fmt::format("inspected: {} written off", units(happened.units)), happened);
  case fact_kind::oversold:
    return fmt::format("oversold by {}: incident {}", units(happened.units), happened.version);
  case fact_kind::resolved: return with_note(fmt::format("incident {} resolved", happened.value), happened);
  default: return in_words_of_matter(happened, known);
  }
}

} // namespace lockstep::adapters::rest
