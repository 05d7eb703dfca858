#include "app/demo/office.hpp"

#include <algorithm>
#include <numeric>

namespace lockstep::app::demo {

namespace {

constexpr std::string_view supply_name = "PO-1";
constexpr quantity novelty_first_delivery = 25;
constexpr quantity novelty_order = 5;
constexpr std::size_t novelty_article = 0;
constexpr std::size_t set_article = 1;

} // namespace

struct office::act {
  double share; // of the log that has gone by
  void (*what)(office& of);
};

const std::vector<office::act>& office::acts() {
  constexpr auto sell_ahead = [](office& of) { of.selling_.order(novelty_article, novelty_order, true); };
  constexpr auto sell_set = [](office& of) {
    if (of.selling_.articles().size() > set_article)
      of.selling_.order(set_article, 1 + static_cast<quantity>(of.next_ % 3), false);
  };
  constexpr auto ship = [](office& of) { of.selling_.ship_open(); };
  static const std::vector<act> in_order{
      {0.02, [](office& of) { of.expect(); }},
      {0.05, sell_ahead},
      {0.10, sell_set},
      {0.12, sell_ahead},
      {0.18, sell_ahead},
      {0.20, sell_set},
      {0.25, [](office& of) { of.stock_.send_to_main(); }},
      {0.28, sell_ahead},
      {0.30, sell_set},
      {0.32, [](office& of) { of.stock_.take_in(); }},
      {0.35, sell_ahead},
      {0.40, sell_ahead},
      {0.44, [](office& of) { of.selling_.cancel(novelty_article); }},
      // More than is still to come: refused.
      {0.46, [](office& of) { of.selling_.order(novelty_article, novelty_supply, true); }},
      {0.50, [](office& of) { of.deliver(novelty_first_delivery, false); }},
      {0.52, sell_set},
      {0.54, [](office& of) { of.selling_.cancel(set_article); }},
      {0.60, ship},
      {0.65, sell_set},
      {0.70, ship},
      {0.75, [](office& of) { of.deliver(novelty_supply - novelty_first_delivery, true); }},
      {0.80, sell_set},
      {0.85, ship},
      {0.90, sell_set},
  };
  return in_order;
}

void office::reach(double share) {
  for (; next_ < acts().size() && acts()[next_].share <= share; ++next_)
    acts()[next_].what(*this);
}

bool office::close() {
  const bool some_left = next_ < acts().size();
  reach(1);
  return selling_.ship_open() > 0 || some_left;
}

// Due when this demo is long over.
void office::expect() {
  boost::json::object told{{"op", "supply"},
                           {"sku", boost::json::string_view{novelty_code.data(), novelty_code.size()}},
                           {"supply", boost::json::string_view{supply_name.data(), supply_name.size()}},
                           {"units", novelty_supply},
                           {"due", "2099-01-01T00:00:00Z"}};
  courier_.send({std::move(told), {}, {}});
}

void office::deliver(quantity units, bool completes) {
  stock_.receive(novelty_, units, std::string{supply_name}, completes);
}

void add_novelty(order_log& log) {
  log.skus.push_back({std::string{novelty_code}, "ARTICLE THAT IS STILL TO COME"});
}

shelf asked_units(const order_log& log) {
  shelf units(log.skus.size(), 0);
  for (const auto& event : log.events)
    if (event.kind == event_kind::order || event.kind == event_kind::write_off)
      for (const auto& line : event.lines)
        units[line.sku] += line.units;
  return units;
}

std::vector<article_part> parts_of_set(const order_log& log, const shelf_by_place& opening) {
  auto left = asked_units(log);
  for (std::size_t i = 0; i < left.size(); ++i)
    left[i] = opening[0][i] + opening[1][i] - left[i];
  std::vector<std::uint32_t> places(log.skus.size() - 1); // the novelty is in none
  std::iota(places.begin(), places.end(), 0U);
  if (places.size() < 2) return {};
  std::ranges::stable_sort(places, std::ranges::greater{}, [&](std::uint32_t place) { return left[place]; });
  return {{places[0], 1}, {places[1], 2}};
}

} // namespace lockstep::app::demo
