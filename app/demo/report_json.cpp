// The end of the demo as programs read it.
#include "app/demo/report.hpp"
#include "app/demo/report_figures.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace lockstep::app::demo {

namespace json = boost::json;
using adapters::sandbox::shown_row;

namespace {

json::object shop_json(const demo_result& result, std::size_t i) {
  const auto& shop = result.shops[i];
  const auto& channel = result.channels[i];
  return {{"name", json::string_view{shop_names[i].data(), shop_names[i].size()}},
          {"orders", shop.orders},
          {"lines_sold", shop.lines_sold},
          {"units_sold", shop.units_sold},
          {"lines_refused", shop.lines_refused},
          {"units_refused", shop.units_refused},
          {"units_cancelled", sum(result.shown[i], &shown_row::cancelled)},
          {"units_shipped", sum(result.shown[i], &shown_row::shipped)},
          {"units_returned", sum(result.shown[i], &shown_row::returned)},
          {"units_oversold", result.verified.oversold_units[i]},
          {"webhooks_delivered", shop.webhooks_delivered},
          {"webhooks_lost", shop.webhooks_lost},
          {"pushes_sent", shop.writes},
          {"rows_acknowledged", channel.rows_acknowledged},
          {"rows_coalesced", channel.coalesced},
          {"rows_stale", channel.stale},
          {"lag_p50_ms", milliseconds_of(channel.lag_p50)},
          {"lag_p99_ms", milliseconds_of(channel.lag_p99)}};
}

json::array checks_json(const demo_result& result) {
  json::array checks;
  for (const auto& check : result.verified.checks) {
    json::array examples;
    for (const auto& example : check.examples)
      examples.emplace_back(example);
    checks.push_back(json::object{{"name", check.name},
                                  {"asked", check.asked},
                                  {"wrong", check.wrong},
                                  {"examples", std::move(examples)}});
  }
  return checks;
}

json::object own_json(const demo_result& result, std::size_t article) {
  const auto sales = sales_of(result, article);
  return {{"orders", sales.orders},
          {"refused", sales.refused},
          {"cancelled", sales.cancelled},
          {"units", sales.sold},
          {"shipped", sales.shipped}};
}

json::object kinds_json(const demo_result& result) {
  json::object kinds;
  for (const auto& [kind, times] : result.verified.kinds)
    kinds[to_string(kind)] = times;
  return kinds;
}

} // namespace

std::string to_json(const demo_result& result) {
  json::array of_shops;
  for (std::size_t i = 0; i < shop_names.size(); ++i)
    of_shops.push_back(shop_json(result, i));
  json::array oversold;
  for (const auto& each : result.verified.oversold)
    oversold.emplace_back(each.story);
  const json::object object{{"passed", result.passed()},
                            {"source", result.source},
                            {"seed", result.seed},
                            {"rows", result.rows},
                            {"orders", result.orders},
                            {"skus", result.skus},
                            {"ignored_lines", result.ignored_lines()},
                            {"bad_rows", result.bad_rows},
                            {"opening_units", result.opening_units[0] + result.opening_units[1]},
                            {"opening_units_depot", result.opening_units[1]},
                            {"opening_share_min", opening_share_min},
                            {"opening_share_max", opening_share_max},
                            {"factor", result.factor},
                            {"differences_before", result.differences},
                            {"replayed_s", result.replayed.took.count()},
                            {"waited_s", result.replayed.waited.count()},
                            {"settled_s", result.settled_in.count()},
                            {"unsettled", result.unsettled},
                            {"facts", result.verified.facts},
                            {"written_off", result.stock.written_off},
                            {"written_off_refused", result.stock.written_off_refused},
                            {"found", result.stock.found},
                            {"returns_announced", result.stock.announced},
                            {"units_sellable", result.stock.sellable_units},
                            {"units_damaged", result.stock.damaged_units},
                            {"transfers", result.stock.sent},
                            {"transfers_refused", result.stock.sent_refused},
                            {"units_transferred", result.stock.sent_units},
                            {"units_lost", result.stock.lost_units},
                            {"units_supplied", result.stock.supplied_units},
                            {"sold_ahead", own_json(result, 0)},
                            {"sets", own_json(result, 1)},
                            {"facts_by_kind", kinds_json(result)},
                            {"cancelled_lines", result.taken_back.cancelled_lines},
                            {"staleness_max_ms", result.verified.staleness_max.count()},
                            {"shops", std::move(of_shops)},
                            {"oversold", std::move(oversold)},
                            {"checks", checks_json(result)}};
  return json::serialize(object);
}

} // namespace lockstep::app::demo
