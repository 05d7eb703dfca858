// What the API shows, as JSON. Pure: names of SKUs and accounts come from the catalogue the caller looks at.
#pragma once

#include "adapters/rest/json_text.hpp"
#include "engine/catalogue.hpp"
#include "engine/fact.hpp"
#include "engine/sku_state.hpp"

#include <string_view>

namespace lockstep::adapters::rest {

// The members of a SKU's stock, into an object that is open.
void put_stock(json_text& to, std::string_view sku, const engine::figures& now);

// Where a SKU's units are, as the member `locations`.
void put_locations(json_text& to, const engine::sku_state& state, const engine::catalogue& known);

// One product with its listings as an object.
void put_product(json_text& to, const engine::product& item, const engine::catalogue& known);

// One listing as an object.
void put_listing(json_text& to, const engine::listing& shown, const engine::catalogue& known);

// One fact as an object: in words, and every number.
void put_fact(json_text& to, std::string_view sku, const engine::fact& happened,
              const engine::catalogue& known);

// One open incident as an object.
void put_incident(json_text& to, std::string_view sku, const engine::incident& open,
                  const engine::catalogue& known);

// Its members, into an object that is open.
void put_incident_members(json_text& to, std::string_view sku, const engine::incident& open,
                          const engine::catalogue& known);

// "oversold", "supply_short", "supply_cancelled", "supply_late" or "below_zero".
[[nodiscard]] std::string_view cause_name(engine::incident::kind cause);

// "observe", "active" or "paused".
[[nodiscard]] std::string_view mode_name(engine::account_mode mode);

// The text of a uuid: 8-4-4-4-12 lower-case hexadecimal digits.
[[nodiscard]] std::string uuid_text(const engine::uuid& id);

} // namespace lockstep::adapters::rest
