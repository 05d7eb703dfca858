#include "adapters/rest/rule.hpp"

#include "engine/identifier.hpp"
#include "engine/limits.hpp"

namespace lockstep::adapters::rest {

engine::listing_rule read_rule(members& from) {
  engine::listing_rule rule;
  const auto units = from.optional_integer("buffer", 0, limits::units_per_movement_max);
  const auto percent = from.optional_integer("buffer_percent", 0, 100);
  if (units && percent) from.refuse("buffer_percent", "`buffer` is stated already: leave one of them out.");
  if (units) rule.buffer = engine::margin{*units, false};
  if (percent) rule.buffer = engine::margin{*percent, true};
  rule.cap = from.optional_integer("cap", 0, limits::published_max);
  rule.minimum = from.optional_integer("minimum", 0, limits::published_max);
  if (const auto share = from.optional_integer("share", 0, 100)) rule.share = static_cast<std::int8_t>(*share);
  rule.sells = from.stated_flag("sells");
  rule.sells_ahead = from.stated_flag("sells_ahead");
  return rule;
}

decoded<placed_rule> decode_rule(const boost::json::object& body) {
  reading read;
  members from{body, "", read};
  placed_rule wanted;
  wanted.account = from.text("account", limits::reference_bytes_max);
  wanted.tag = from.optional_text("tag", limits::sku_code_bytes_max);
  if (auto fine = engine::check_sku_code(wanted.tag); !wanted.tag.empty() && !fine)
    from.refuse("tag", fine.error().what);
  wanted.rule = read_rule(from);
  from.finish();
  if (auto wrong = read.failure()) return *std::move(wrong);
  return wanted;
}

void put_rule(json_text& to, const engine::listing_rule& shown) {
  if (shown.buffer) to.member(shown.buffer->percent ? "buffer_percent" : "buffer", shown.buffer->value);
  if (shown.cap) to.member("cap", *shown.cap);
  if (shown.minimum) to.member("minimum", *shown.minimum);
  if (shown.share) to.member("share", std::int64_t{*shown.share});
  if (shown.sells) to.member("sells", *shown.sells);
  if (shown.sells_ahead) to.member("sells_ahead", *shown.sells_ahead);
}

} // namespace lockstep::adapters::rest
