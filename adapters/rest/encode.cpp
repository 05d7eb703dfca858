#include "adapters/rest/encode.hpp"

#include "adapters/rest/fact_words.hpp"
#include "adapters/rest/rule.hpp"

#include <boost/uuid/uuid_io.hpp>

namespace lockstep::adapters::rest {

namespace {

std::string_view account_name(const engine::catalogue& known, engine::account_id id) {
  const auto* account = known.find(id);
  return account == nullptr ? std::string_view{} : std::string_view{account->name};
}

std::string_view sku_code(const engine::catalogue& known, engine::sku_id id) {
  const auto* product = known.find(id);
  return product == nullptr ? std::string_view{} : std::string_view{product->code};
}

} // namespace

std::string uuid_text(const engine::uuid& id) {
  return boost::uuids::to_string(id);
}

std::string_view mode_name(engine::account_mode mode) {
  switch (mode) {
  case engine::account_mode::observe: return "observe";
  case engine::account_mode::active: return "active";
  default: return "paused";
  }
}

std::string_view cause_name(engine::incident::kind cause) {
  switch (cause) {
  case engine::incident::kind::oversold: return "oversold";
  case engine::incident::kind::supply_short: return "supply_short";
  case engine::incident::kind::supply_cancelled: return "supply_cancelled";
  case engine::incident::kind::supply_late: return "supply_late";
  default: return "below_zero";
  }
}

void put_incident(json_text& to, std::string_view sku, const engine::incident& open,
                  const engine::catalogue& known) {
  to.begin_object();
  put_incident_members(to, sku, open, known);
  to.end_object();
}

void put_incident_members(json_text& to, std::string_view sku, const engine::incident& open,
                          const engine::catalogue& known) {
  to.member("sku", sku);
  to.member("incident", open.opened);
  to.member("cause", cause_name(open.cause));
  to.member("units", open.units);
  const bool of_supply = open.cause == engine::incident::kind::supply_late;
  to.member(of_supply ? "supply" : "line", uuid_text(open.line));
  if (open.cause == engine::incident::kind::below_zero) to.member("location", known.code_of(open.location));
  to.member("since", open.since);
}

void put_stock(json_text& to, std::string_view sku, const engine::figures& now) {
  to.member("sku", sku);
  to.member("version", now.version);
  to.member("known", now.has_number);
  to.member("available", now.available);
  to.member("on_hand", now.on_hand);
  to.member("in_transit", now.in_transit);
  to.member("total", now.total);
  to.member("reserved", now.reserved);
  to.member("safety", now.safety);
  to.member("inspecting", now.inspecting);
  to.member("incoming", now.incoming);
  to.member("oversold", now.oversold);
}

void put_locations(json_text& to, const engine::sku_state& state, const engine::catalogue& known) {
  to.begin_array("locations");
  for (const auto& each : state.stock) {
    to.begin_object();
    to.member("location", known.code_of(each.location));
    to.member("on_hand", each.on_hand);
    to.member("reserved", each.reserved);
    to.member("free", each.on_hand - each.reserved);
    if (each.observed_at != engine::time_point{}) to.member("observed_at", each.observed_at);
    to.end_object();
  }
  to.end_array();
}

void put_listing(json_text& to, const engine::listing& shown, const engine::catalogue& known) {
  to.begin_object();
  to.member("id", static_cast<std::int64_t>(shown.id));
  to.member("account", account_name(known, shown.account));
  to.member("sku", sku_code(known, shown.sku));
  to.member("item", shown.item);
  if (!shown.variant.empty()) to.member("variant", shown.variant);
  if (!shown.location.empty()) to.member("location", shown.location);
  put_rule(to, shown.rule);
  to.end_object();
}

namespace {

void put_components(json_text& to, std::string_view name, const std::vector<engine::component>& parts,
                    const engine::catalogue& known) {
  to.begin_array(name);
  for (const auto& each : parts) {
    to.begin_object();
    to.member("sku", sku_code(known, each.sku));
    to.member("units", each.per);
    to.end_object();
  }
  to.end_array();
}

} // namespace

void put_product(json_text& to, const engine::product& item, const engine::catalogue& known) {
  to.begin_object();
  to.member("sku", item.code);
  to.member("title", item.title);
  to.begin_array("identifiers");
  for (const auto& name : item.identifiers) {
    to.begin_object();
    to.member("scheme", name.scheme);
    to.member("value", name.value);
    to.end_object();
  }
  to.end_array();
  to.begin_array("tags");
  for (const auto& tag : item.tags)
    to.element(tag);
  to.end_array();
  to.begin_array("substitutes");
  for (const auto each : item.substitutes) {
    to.begin_object();
    to.member("sku", sku_code(known, each));
    to.end_object();
  }
  to.end_array();
  to.begin_array("listings");
  for (const auto id : known.listings_of(item.id)) {
    if (const auto* shown = known.find(id)) put_listing(to, *shown, known);
  }
  to.end_array();
  if (const auto* bundle = known.bundles().find(item.id)) {
    to.member("revision", static_cast<std::int64_t>(bundle->revision));
    put_components(to, "components", bundle->components, known);
    put_components(to, "leaves", bundle->leaves, known);
  }
  to.end_object();
}

void put_fact(json_text& to, std::string_view sku, const engine::fact& happened,
              const engine::catalogue& known) {
  to.begin_object();
  to.member("sku", sku);
  to.member("version", happened.version);
  to.member("at", happened.at);
  to.member("kind", engine::to_string(happened.kind));
  to.member("what", in_words(happened, known));
  to.member("units", happened.units);
  to.member("available", happened.available);
  to.member("location", known.code_of(happened.location));
  if (const auto who = account_name(known, happened.account); !who.empty()) to.member("account", who);
  if (!happened.reservation.is_nil()) to.member("reservation", uuid_text(happened.reservation));
  if (!happened.reference.empty()) to.member("reference", happened.reference);
  if (!happened.note.empty()) to.member("note", happened.note);
  to.end_object();
}

} // namespace lockstep::adapters::rest
