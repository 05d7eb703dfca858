#include "app/demo/report.hpp"

#include "app/demo/report_figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace lockstep::app::demo {

using adapters::sandbox::shown_row;

namespace {

constexpr std::size_t oversold_told = 20;
constexpr std::size_t ignored_told = 6;

// A figure per shop, and all together where that means something.
struct table_row {
  std::string name;
  std::array<std::string, shop_names.size()> shops;
  std::string all;
};

template <class Figure>
table_row summed(std::string name, const demo_result& result, Figure figure) {
  table_row row{std::move(name), {}, {}};
  std::int64_t total = 0;
  for (std::size_t i = 0; i < shop_names.size(); ++i) {
    const auto value = static_cast<std::int64_t>(figure(result, i));
    total += value;
    row.shops[i] = fmt::format("{}", value);
  }
  row.all = fmt::format("{}", total);
  return row;
}

template <class Time>
table_row worst(std::string name, const demo_result& result, Time time) {
  table_row row{std::move(name), {}, {}};
  double most = 0;
  for (std::size_t i = 0; i < shop_names.size(); ++i) {
    const auto value = milliseconds_of(time(result.channels[i]));
    most = std::max(most, value);
    row.shops[i] = fmt::format("{:.0f} ms", value);
  }
  row.all = fmt::format("{:.0f} ms", most);
  return row;
}

std::vector<table_row> rows_of(const demo_result& result) {
  using r = const demo_result&;
  std::vector<table_row> rows;
  rows.push_back(summed("orders", result, [](r of, auto i) { return of.shops[i].orders; }));
  rows.push_back(summed("order lines sold", result, [](r of, auto i) { return of.shops[i].lines_sold; }));
  rows.push_back(summed("units sold", result, [](r of, auto i) { return of.shops[i].units_sold; }));
  rows.push_back(
      summed("lines refused, no stock", result, [](r of, auto i) { return of.shops[i].lines_refused; }));
  rows.push_back(
      summed("units refused, no stock", result, [](r of, auto i) { return of.shops[i].units_refused; }));
  rows.push_back(summed("units cancelled", result,
                        [](r of, auto i) { return sum(of.shown[i], &shown_row::cancelled); }));
  rows.push_back(
      summed("units shipped", result, [](r of, auto i) { return sum(of.shown[i], &shown_row::shipped); }));
  rows.push_back(
      summed("units returned", result, [](r of, auto i) { return sum(of.shown[i], &shown_row::returned); }));
  rows.push_back(
      summed("units oversold", result, [](r of, auto i) { return of.verified.oversold_units[i]; }));
  rows.push_back(
      summed("webhooks delivered", result, [](r of, auto i) { return of.shops[i].webhooks_delivered; }));
  rows.push_back(summed("webhooks lost", result, [](r of, auto i) { return of.shops[i].webhooks_lost; }));
  rows.push_back(summed("pushes sent", result, [](r of, auto i) { return of.shops[i].writes; }));
  rows.push_back(
      summed("numbers pushed", result, [](r of, auto i) { return of.channels[i].rows_acknowledged; }));
  rows.push_back(
      summed("saved by coalescing", result, [](r of, auto i) { return of.channels[i].coalesced; }));
  rows.push_back(summed("rows refused as stale", result, [](r of, auto i) { return of.channels[i].stale; }));
  rows.push_back(worst("sale to push, median", result, [](const auto& of) { return of.lag_p50; }));
  rows.push_back(worst("sale to push, p99", result, [](const auto& of) { return of.lag_p99; }));
  return rows;
}

std::string ignored_text(const demo_result& result) {
  std::vector<std::pair<std::size_t, std::string>> codes;
  for (const auto& [code, lines] : result.ignored)
    codes.emplace_back(lines, code);
  std::ranges::sort(codes, std::greater{});
  std::string text;
  for (std::size_t i = 0; i < std::min(codes.size(), ignored_told); ++i)
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ", codes[i].second, codes[i].first);
  return codes.size() > ignored_told ? text + ", ..." : text;
}

std::string head(const demo_result& result) {
  std::string text = fmt::format("\n{}\n", result.source);
  text += fmt::format(
      "  {} rows, {} orders, {} SKUs; {} lines are no goods ({}); {} rows could not be read\n", result.rows,
      result.orders, result.skus, result.ignored_lines(), ignored_text(result), result.bad_rows);
  const auto [main, depot] = result.opening_units;
  text += fmt::format(
      "  opening stock {} units, {} of them in a second warehouse: {:.0f} to {:.0f} % of what the log "
      "asks of each SKU, seed {}\n",
      main + depot, depot, 100 * opening_share_min, 100 * opening_share_max, result.seed);
  text += fmt::format("  {:.0f} s of the log per second, nights left out; tier intervals scaled alike: "
                      "moderate {} ms, slow {} ms\n",
                      result.factor, result.moderate.count(), result.slow.count());
  text += fmt::format("  webhooks: {:.1f} % lost, {:.1f} % twice, {:.1f} % up to {} ms late\n\n",
                      100 * webhook_faults.lost, 100 * webhook_faults.duplicate, 100 * webhook_faults.late,
                      webhook_faults.lateness_max.count());
  return text;
}

std::string table(const demo_result& result) {
  auto text = fmt::format("  {:<28}", "");
  for (const auto name : shop_names)
    text += fmt::format("{:>12}", name);
  text += fmt::format("{:>12}\n", "all");
  for (const auto& row : rows_of(result)) {
    text += fmt::format("  {:<28}", row.name);
    for (const auto& value : row.shops)
      text += fmt::format("{:>12}", value);
    text += fmt::format("{:>12}\n", row.all);
  }
  return text;
}

std::string own_text(const demo_result& result) {
  const auto ahead = sales_of(result, 0);
  const auto sets = sales_of(result, 1);
  return fmt::format("  sold ahead     {} of an article that came later: {} orders, {} cancelled, {} for "
                     "more than was to come "
                     "refused;\n"
                     "                 {} came in {} deliveries, {} shipped\n"
                     "  sets           {} of two articles: {} orders, {} cancelled, {} refused; {} shipped\n"
                     "  rule           {} never shows more than {} sets\n",
                     ahead.sold, ahead.orders, ahead.cancelled, ahead.refused, result.stock.supplied_units,
                     result.stock.supply_receipts, ahead.shipped, sets.sold, sets.orders, sets.cancelled,
                     sets.refused, sets.shipped, shop_names.back(), trade_cap);
}

std::string kinds_text(const demo_result& result) {
  constexpr std::size_t width = 100;
  std::string text;
  std::string line{"  facts         "};
  for (const auto& [kind, times] : result.verified.kinds) {
    const auto word = fmt::format(" {} {},", to_string(kind), times);
    if (line.size() + word.size() > width) {
      text += line + '\n';
      line.assign(16, ' ');
    }
    line += word;
  }
  line.back() = '\n'; // in place of the last comma
  return text + line;
}

std::string warehouse_text(const demo_result& result) {
  const auto& stock = result.stock;
  const auto& back = result.taken_back;
  return fmt::format(
             "\n  cancelled      {} lines before shipping ({} whole orders); {} lines returned, {} had been "
             "refused anyway\n"
             "  returns        {} announced without an order ({} units); {} inspections: {} units sellable, "
             "{} "
             "damaged\n"
             "  adjustments    {} write-offs ({} units; {} more refused, their units were promised or gone), "
             "{} finds ({} units)\n"
             "  transfers      {} from depot to main ({} units, {} lost on the way; {} more refused, their "
             "units were promised)\n",
             back.cancelled_lines, back.orders_cancelled, back.returned_lines, back.of_refused_lines,
             stock.announced, stock.announced_units, stock.inspections, stock.sellable_units,
             stock.damaged_units, stock.written_off, stock.written_off_units, stock.written_off_refused,
             stock.found, stock.found_units, stock.sent, stock.sent_units, stock.lost_units,
             stock.sent_refused) +
         own_text(result) + kinds_text(result);
}

std::string oversold_text(const demo_result& result) {
  const auto& cases = result.verified.oversold;
  if (cases.empty()) return "\n  nothing was oversold\n";
  auto text =
      fmt::format("\n  oversold, {} cases; explained when the shop showed what was true at most {} ms "
                  "before:\n",
                  cases.size(), result.verified.staleness_max.count());
  for (std::size_t i = 0; i < std::min(cases.size(), oversold_told); ++i)
    text += fmt::format("    {}\n", cases[i].story);
  if (cases.size() > oversold_told) text += fmt::format("    and {} more\n", cases.size() - oversold_told);
  return text;
}

std::string verdict_text(const demo_result& result) {
  auto text = fmt::format("\n  replayed in {:.1f} s ({:.1f} s of it the shops waited for their webhooks), "
                          "settled in {:.1f} s; {} facts in {} "
                          "commits\n\n",
                          result.replayed.took.count(), result.replayed.waited.count(),
                          result.settled_in.count(), result.verified.facts, result.node.commits);
  if (!result.unsettled.empty()) text += fmt::format("  FAIL  not settled: {}\n", result.unsettled);
  for (const auto& check : result.verified.checks) {
    text += fmt::format("  {}  {} ({} looked at{})\n", check.wrong == 0 ? "ok  " : "FAIL", check.name,
                        check.asked, check.wrong == 0 ? "" : fmt::format(", {} wrong", check.wrong));
    for (const auto& example : check.examples)
      text += fmt::format("          {}\n", example);
  }
  return text + (result.passed() ? "\n  passed\n" : "\n  FAILED\n");
}

} // namespace

std::size_t demo_result::ignored_lines() const {
  std::size_t sum_of_all = 0;
  for (const auto& [code, lines] : ignored)
    sum_of_all += lines;
  return sum_of_all;
}

std::string to_table(const demo_result& result) {
  return head(result) + table(result) + warehouse_text(result) + oversold_text(result) + verdict_text(result);
}

} // namespace lockstep::app::demo
