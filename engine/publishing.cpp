#include "engine/publishing.hpp"

#include "engine/limits.hpp"

#include <algorithm>

namespace lockstep::engine {

namespace {

template <class Value, class Member>
void take(stated<Value>& into, const std::optional<Member>& member, rule_level level) {
  if (member) into = {static_cast<Value>(*member), level};
}

void take_all(effective_rule& into, const listing_rule& rule, rule_level level) {
  take(into.buffer, rule.buffer, level);
  take(into.cap, rule.cap, level);
  take(into.minimum, rule.minimum, level);
  take(into.share, rule.share, level);
  take(into.sells, rule.sells, level);
  take(into.sells_ahead, rule.sells_ahead, level);
}

// Rounded down also below zero. Units are far from the edge: limits::stock_max.
quantity percent_of(quantity units, quantity percent) {
  const auto hundredths = units * percent;
  return hundredths / 100 - (hundredths % 100 < 0 ? 1 : 0);
}

quantity held_back(const margin& buffer, quantity units) {
  if (!buffer.percent) return buffer.value;
  return units > 0 ? units - percent_of(units, 100 - buffer.value) : 0;
}

// Runs the steps over the units.
struct derivation {
  quantity units = 0;
  std::vector<published_step>* steps = nullptr;

  void then(publishing_step step, quantity left, rule_level by = rule_level::nobody) {
    units = left;
    if (steps != nullptr) steps->push_back({step, left, by});
  }
};

// No fact makes more of them: only a number that a test made up does.
quantity bounded(quantity units) {
  return std::clamp(units, -2 * limits::stock_max, 2 * limits::stock_max);
}

} // namespace

std::string_view to_string(rule_level level) {
  switch (level) {
  case rule_level::account: return "account";
  case rule_level::tag: return "tag";
  case rule_level::listing: return "listing";
  default: return "";
  }
}

std::string_view to_string(publishing_step step) {
  switch (step) {
  case publishing_step::available: return "available";
  case publishing_step::fences: return "fences";
  case publishing_step::incoming: return "incoming";
  case publishing_step::locations: return "locations";
  case publishing_step::share: return "share";
  case publishing_step::buffer: return "buffer";
  case publishing_step::minimum: return "minimum";
  case publishing_step::cap: return "cap";
  case publishing_step::sells: return "sells";
  default: return "shown";
  }
}

effective_rule resolve(const listing_rule& account, const listing_rule* tagged, const listing_rule& listing) {
  effective_rule rule;
  take_all(rule, account, rule_level::account);
  if (tagged != nullptr) take_all(rule, *tagged, rule_level::tag);
  take_all(rule, listing, rule_level::listing);
  return rule;
}

quantity published(const number& from, const publishing_terms& terms, std::vector<published_step>* steps) {
  const auto& rule = terms.rule;
  derivation of{.units = 0, .steps = steps};
  of.then(publishing_step::available, bounded(from.available));
  if (const auto fenced = fenced_from(from, terms.account); fenced != 0)
    of.then(publishing_step::fences, of.units - fenced);
  const bool ahead = rule.sells_ahead.value;
  if (ahead) of.then(publishing_step::incoming, of.units + bounded(from.incoming), rule.sells_ahead.by);
  if (const auto most = units_at(from, terms.locations, ahead); !terms.locations.empty() && most)
    of.then(publishing_step::locations, std::min(of.units, *most));
  if (rule.share.value != 100)
    of.then(publishing_step::share, percent_of(of.units, rule.share.value), rule.share.by);
  if (rule.buffer.value.value != 0)
    of.then(publishing_step::buffer, of.units - held_back(rule.buffer.value, of.units), rule.buffer.by);
  if (rule.minimum.value > 0)
    of.then(publishing_step::minimum, of.units < rule.minimum.value ? 0 : of.units, rule.minimum.by);
  if (rule.cap.value) of.then(publishing_step::cap, std::min(of.units, *rule.cap.value), rule.cap.by);
  if (!rule.sells.value) of.then(publishing_step::sells, 0, rule.sells.by);
  of.then(publishing_step::shown, std::clamp<quantity>(of.units, 0, limits::published_max));
  return of.units;
}

} // namespace lockstep::engine
