#include "tests/engine/scenario_views.hpp"

#include "engine/number.hpp"
#include "engine/publishing.hpp"
#include "engine/remedy.hpp"

#include <charconv>

namespace lockstep::test {
namespace {

// "3" or "15%".
margin take_margin(scenario_words& words) {
  const auto word = words.text();
  const bool percent = word.ends_with('%');
  quantity value = 0;
  const auto* end = word.data() + word.size() - (percent ? 1 : 0);
  if (std::from_chars(word.data(), end, value).ptr != end)
    throw scenario_error("'" + word + "' is no buffer");
  return {value, percent};
}

std::string text_of(const remedy& each) {
  const auto units = std::to_string(each.units);
  switch (each.what) {
  case remedy::kind::allocate:
    return "allocate " + units + " from " + std::to_string(static_cast<int>(each.from)) + " to " +
           std::to_string(static_cast<int>(each.to));
  case remedy::kind::inspect: return "inspect " + units;
  case remedy::kind::wait: return "wait " + units;
  case remedy::kind::substitute: return "substitute " + units;
  case remedy::kind::cancel: break;
  }
  return "cancel " + units + " by " + std::to_string(static_cast<int>(each.account));
}

} // namespace

quantity shown(scenario_words& words, const sku_state& state) {
  account_id account{};
  listing_rule rule;
  std::vector<location_id> locations;
  while (!words.empty())
    if (words.take("by"))
      account = static_cast<account_id>(words.number());
    else if (words.take("buffer"))
      rule.buffer = take_margin(words);
    else if (words.take("share"))
      rule.share = static_cast<std::int8_t>(words.number());
    else if (words.take("minimum"))
      rule.minimum = words.number();
    else if (words.take("cap"))
      rule.cap = words.number();
    else if (words.take("never"))
      rule.sells = false;
    else if (words.take("ahead"))
      rule.sells_ahead = true;
    else if (words.take("at"))
      locations.push_back(static_cast<location_id>(words.number()));
    else
      throw scenario_error("'" + words.text() + "' is no rule");
  return published(number_of(sku_id{1}, state), {account, locations, resolve({}, nullptr, rule)});
}

std::string remedies(const sku_state& state) {
  if (state.incidents.empty()) throw scenario_error("there is no incident");
  const auto cost = [](account_id account) { return quantity{static_cast<int>(account)}; };
  std::string text;
  for (const auto& each : examine(state, state.incidents.back(), cost).remedies)
    text += (text.empty() ? "" : ", ") + text_of(each);
  return text.empty() ? "none" : text;
}

} // namespace lockstep::test
