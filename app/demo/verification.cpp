#include "app/demo/verification.hpp"

#include "app/demo/ledger.hpp"
#include "engine/bundle.hpp"
#include "engine/key.hpp"
#include "engine/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace lockstep::app::demo {

using engine::result;

namespace {

constexpr std::size_t examples_max = 10;

std::int64_t milliseconds_between(engine::time_point from, engine::time_point to) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count();
}

class verifier {
 public:
  verifier(world& in, const order_log& log, const storefronts& selling,
           std::chrono::milliseconds staleness_max)
      : in_(in), log_(log), selling_(selling) {
    found_.staleness_max = staleness_max;
  }

  result<verification> run();

 private:
  [[nodiscard]] result<void> ask();
  void match_lines();
  void match_own_orders();
  void expect(const engine::uuid& key, line_sums line, std::string where);
  void check_listings();
  void check_movements();
  void check_stock();
  void check_shelves();
  void check_replay();
  void explain_oversold();
  [[nodiscard]] std::optional<std::size_t> sale_behind(const oversold_fact& fact) const;
  [[nodiscard]] quantity most_excused(const sold_line& sold) const;
  [[nodiscard]] quantity put_back_before(const sold_line& sold) const;
  [[nodiscard]] std::string story_of(std::size_t line, quantity units, engine::time_point told_at) const;
  [[nodiscard]] std::string rivals_of(const sold_line& line, engine::time_point told_at) const;
  [[nodiscard]] engine::uuid key_of(const sold_line& line) const;
  [[nodiscard]] quantity truth_of(std::size_t item) const;

  [[nodiscard]] const std::string& code(std::size_t sku) const { return log_.skus[sku].code; }

  world& in_;
  const order_log& log_;
  const storefronts& selling_;
  std::vector<engine::sku_id> ids_;      // by place in the log
  std::vector<engine::figures> figures_; // of the actors, by place
  ledger ledger_;
  boost::unordered_flat_map<engine::uuid, std::size_t, engine::uuid_hash> by_key_; // lines the shops sold
  std::vector<std::vector<std::size_t>> by_sku_; // the same by SKU, in the order they were sold

  // What the ledger must hold of every line that anybody sold, and nothing else.
  struct expected_line {
    line_sums units;
    std::string where;
  };

  boost::unordered_flat_map<engine::uuid, expected_line, engine::uuid_hash> expected_;
  boost::unordered_flat_map<engine::sku_id, quantity> open_; // units of them that are promised
  verification found_;
};

result<verification> verifier::run() {
  if (auto done = ask(); !done) return done.error();
  match_lines();
  match_own_orders();
  check_listings();
  check_movements();
  check_stock();
  check_shelves();
  check_replay();
  explain_oversold();
  found_.facts = ledger_.facts;
  found_.kinds = ledger_.kinds;
  return std::move(found_);
}

result<void> verifier::ask() {
  {
    const auto known = in_.node().catalogue();
    for (const auto& sku : log_.skus)
      ids_.push_back(known->find_code(sku.code)->id);
  }
  auto figures = in_.figures().ask(ids_);
  if (!figures) return figures.error();
  figures_ = std::move(*figures);
  auto read = read_ledger(in_.node());
  if (!read) return read.error();
  ledger_ = std::move(*read);
  return {};
}

engine::uuid verifier::key_of(const sold_line& line) const {
  return engine::line_key(in_.account(line.shop), std::to_string(line.order), std::to_string(line.line));
}

void verifier::expect(const engine::uuid& key, line_sums line, std::string where) {
  open_[line.sku] += line.ordered - line.cancelled - line.shipped;
  expected_[key] = {line, std::move(where)};
}

void verifier::match_lines() {
  by_sku_.resize(log_.skus.size());
  const auto& lines = selling_.lines();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& sold = lines[i];
    by_key_.emplace(key_of(sold), i);
    by_sku_[sold.sku].push_back(i);
    expect(key_of(sold), {ids_[sold.sku], sold.ordered, sold.removed, 0, sold.shipped, sold.returned},
           fmt::format("{} order {} line {} ({})", shop_names[sold.shop], sold.order, sold.line,
                       code(sold.sku)));
  }
}

// An order of a set is a line of its own, and one of each of its parts.
void verifier::match_own_orders() {
  const auto account = in_.own_account();
  const auto& articles = in_.selling().articles();
  for (const auto& order : in_.selling().orders()) {
    if (!order.granted) continue;
    const auto& of = articles[order.of];
    const auto line = engine::line_key(account, order.name, of.code);
    const auto units = [&](engine::sku_id sku, quantity per) {
      return line_sums{sku, order.ordered * per, order.cancelled * per, 0, order.shipped * per, 0};
    };
    const auto where = fmt::format("{} ({})", order.name, of.code);
    expect(line, units(in_.node().catalogue()->find_code(of.code)->id, 1), where);
    if (of.code != set_code) continue;
    for (const auto& part : of.parts)
      expect(engine::component_line(line, ids_[part.sku]), units(ids_[part.sku], part.units),
             fmt::format("{}, {}", where, code(part.sku)));
  }
}

// What may be shown of an item: its available units, or the sets that its parts make.
quantity verifier::truth_of(std::size_t item) const {
  if (item < figures_.size()) return figures_[item].available;
  auto sets = limits::published_max;
  for (const auto& part : in_.parts_of_set())
    sets = std::min(sets, std::max<quantity>(0, figures_[part.sku].available) / part.units);
  return sets;
}

// The number a shop shows is the one the truth publishes.
void verifier::check_listings() {
  check agree{"listings agree: the shop shows what the truth publishes", 0, 0, {}};
  for (std::size_t shop = 0; shop < shop_names.size(); ++shop) {
    for (const auto& row : in_.shopping()[shop]->shown()) {
      const auto item = static_cast<std::size_t>(row.inventory_item - item_of(0));
      const bool capped = shop + 1 == shop_names.size() && row.sku == set_code;
      const auto truth = std::clamp<quantity>(truth_of(item), 0, capped ? trade_cap : limits::published_max);
      ++agree.asked;
      if (row.available != truth)
        agree.fault(fmt::format("{} shows {} of {}, the truth is {}", shop_names[shop], row.available,
                                row.sku, truth));
    }
  }
  found_.checks.push_back(std::move(agree));
}

// Every unit that was sold, cancelled, sent or taken back is in the ledger once, and nothing else is.
void verifier::check_movements() {
  check once{"movements of the shops are in the ledger exactly once", 0, 0, {}};
  for (const auto& [key, sold] : expected_) {
    const auto& [units, where] = sold;
    once.asked += 1U + (units.cancelled > 0) + (units.shipped > 0) + (units.returned > 0);
    const auto kept = ledger_.lines.find(key);
    if (kept == ledger_.lines.end()) {
      once.fault(fmt::format("{} is missing", where));
      continue;
    }
    const auto& line = kept->second;
    const auto compare = [&, &place = where](std::string_view what, quantity told, quantity in_ledger) {
      if (told != in_ledger)
        once.fault(fmt::format("{}: {} {} at the shop, {} in the ledger", place, what, told, in_ledger));
    };
    if (line.sku != units.sku) once.fault(fmt::format("{} is under another SKU", where));
    compare("ordered", units.ordered, line.ordered);
    compare("cancelled", units.cancelled, std::max(line.cancelled, line.cancelled_by_id));
    compare("shipped", units.shipped, line.shipped);
    compare("returned", units.returned, line.returned);
  }
  for (const auto& [key, line] : ledger_.lines)
    if (!expected_.contains(key))
      once.fault(fmt::format("the ledger has a line of SKU {} that no shop sold",
                             static_cast<std::int64_t>(line.sku)));
  found_.checks.push_back(std::move(once));
}

// What came in less what went out is there; what is promised is what is open.
void verifier::check_stock() {
  check conserved{"stock is conserved: in less out is on hand", 0, 0, {}};
  check promised{"reserved units are those of open order lines", 0, 0, {}};
  for (std::size_t sku = 0; sku < ids_.size(); ++sku) {
    const auto& sums = ledger_.sums[ids_[sku]];
    const auto& now = figures_[sku];
    ++conserved.asked;
    const auto compare = [&](std::string_view what, quantity sum, quantity figure) {
      if (sum != figure)
        conserved.fault(fmt::format("{}: {} by the ledger's movements, {} {}", code(sku), sum, figure, what));
    };
    compare("on hand", sums.on_hand(), now.on_hand);
    compare("in transit", sums.in_transit(), now.in_transit);
    compare("in total", sums.on_hand() + sums.in_transit(), now.total);
    compare("inspecting", sums.inspecting(), now.inspecting);
    compare("incoming", sums.expected - sums.supplied, now.incoming);
    ++promised.asked;
    if (open_[ids_[sku]] != now.reserved)
      promised.fault(fmt::format("{}: {} units open at the shops, {} reserved", code(sku), open_[ids_[sku]],
                                 now.reserved));
  }
  found_.checks.push_back(std::move(conserved));
  found_.checks.push_back(std::move(promised));
}

// The warehouses counted for themselves.
void verifier::check_shelves() {
  check counted{"on hand is what stands on the warehouses' shelves", 0, 0, {}};
  const auto shelves = in_.stock().shelves();
  for (std::size_t at = 0; at < place_codes.size(); ++at) {
    const auto location = in_.node().catalogue()->find_location(place_codes[at])->id;
    for (std::size_t sku = 0; sku < ids_.size(); ++sku) {
      const auto& stock = ledger_.states[ids_[sku]].stock;
      const auto found = std::ranges::find(stock, location, &engine::stock_at::location);
      const auto on_hand = found == stock.end() ? 0 : found->on_hand;
      ++counted.asked;
      if (shelves[at][sku] != on_hand)
        counted.fault(fmt::format("{}: {} on the shelf of {}, {} on hand", code(sku), shelves[at][sku],
                                  place_codes[at], on_hand));
    }
  }
  if (const auto kind = ledger_.kinds.find(engine::fact_kind::below_zero); kind != ledger_.kinds.end())
    counted.fault(fmt::format("{} shipments took more than stood in the warehouse", kind->second));
  for (const auto& [problem, times] : in_.telling().unexpected())
    counted.fault(fmt::format("the engine refused the seller {} times: {}", times, problem));
  if (const auto why = in_.telling().failure(); !why.empty()) counted.fault(why);
  found_.checks.push_back(std::move(counted));
}

void verifier::check_replay() {
  check same{"a replay of the ledger gives the actors' figures", 0, 0, {}};
  for (std::size_t sku = 0; sku < ids_.size(); ++sku) {
    ++same.asked;
    const auto replayed = engine::figures_of(ledger_.states[ids_[sku]]);
    if (replayed != figures_[sku])
      same.fault(fmt::format(
          "{}: replayed version {} on hand {} reserved {}, actor version {} on hand {} reserved {}",
          code(sku), replayed.version, replayed.on_hand, replayed.reserved, figures_[sku].version,
          figures_[sku].on_hand, figures_[sku].reserved));
  }
  found_.checks.push_back(std::move(same));
}

// A shop's own cancellations reach the ledger by webhook, or with the next poll when that is lost.
quantity verifier::put_back_before(const sold_line& sold) const {
  const auto oldest = sold.sold_at - order_poll_interval - webhook_faults.lateness_max - found_.staleness_max;
  quantity units = 0;
  for (const auto& each : selling_.put_backs())
    if (each.sku == sold.sku && each.shop == sold.shop && each.at >= oldest && each.at <= sold.sold_at)
      units += each.units;
  return units;
}

// The most that the shop may have shown at this sale: what was the truth a moment ago, as nobody can know of
// a rival's sale sooner, and what it put back on sale itself.
quantity verifier::most_excused(const sold_line& sold) const {
  const auto numbers = ledger_.numbers.find(ids_[sold.sku]);
  if (numbers == ledger_.numbers.end()) return 0;
  const auto truth = most_available(numbers->second, sold.sold_at - found_.staleness_max, sold.sold_at);
  return std::max<quantity>(0, truth) + put_back_before(sold);
}

// The sale of the line itself; or, while an order of the seller's own was being decided, of the same units.
std::optional<std::size_t> verifier::sale_behind(const oversold_fact& fact) const {
  if (const auto line = by_key_.find(fact.line); line != by_key_.end()) return line->second;
  const auto sku = std::ranges::find(ids_, fact.sku);
  std::optional<std::size_t> found;
  if (sku == ids_.end() || !expected_.contains(fact.line)) return found;
  for (const auto place : by_sku_[static_cast<std::size_t>(sku - ids_.begin())])
    if (std::chrono::abs(fact.at - selling_.lines()[place].sold_at) <= found_.staleness_max) found = place;
  return found;
}

void verifier::explain_oversold() {
  check explained{"oversold cases are explained", 0, 0, {}};
  for (const auto& fact : ledger_.oversold) {
    ++explained.asked;
    if (fact.by_a_loss) continue; // known to everybody: the transfer says so
    const auto place = sale_behind(fact);
    if (!place) {
      explained.fault(fmt::format("SKU {}: {} units oversold by no shop's sale",
                                  static_cast<std::int64_t>(fact.sku), fact.units));
      continue;
    }
    const auto& sold = selling_.lines()[*place];
    found_.oversold_units[sold.shop] += fact.units;
    auto story = story_of(*place, fact.units, fact.at);
    if (const auto excused = most_excused(sold); sold.shown > excused)
      explained.fault(fmt::format("{}; it should have shown {} by then", story, excused));
    found_.oversold.push_back({sold.sku, sold.shop, fact.units, std::move(story)});
  }
  found_.checks.push_back(std::move(explained));
}

std::string verifier::story_of(std::size_t place, quantity units, engine::time_point told_at) const {
  const auto& line = selling_.lines()[place];
  const auto written =
      line.written_at == engine::time_point{}
          ? std::string{"never written since the start"}
          : fmt::format("last push {} ms before", milliseconds_between(line.written_at, line.sold_at));
  return fmt::format("{}: {} units; {} sold {} when it showed {} ({}), recorded after {} ms; {}",
                     code(line.sku), units, shop_names[line.shop], line.ordered, line.shown, written,
                     milliseconds_between(line.sold_at, told_at), rivals_of(line, told_at));
}

// What each other shop had sold last by the time the ledger heard of the line.
std::string verifier::rivals_of(const sold_line& line, engine::time_point told_at) const {
  std::string text;
  for (std::size_t shop = 0; shop < shop_names.size(); ++shop) {
    if (shop == line.shop) continue;
    const sold_line* last = nullptr;
    for (const auto place : by_sku_[line.sku]) {
      const auto& other = selling_.lines()[place];
      if (other.shop == shop && other.sold_at <= told_at) last = &other;
    }
    if (last == nullptr) continue;
    const auto before = milliseconds_between(last->sold_at, line.sold_at);
    text += fmt::format("{}{} sold {} {} ms {}", text.empty() ? "" : ", ", shop_names[shop], last->ordered,
                        before < 0 ? -before : before, before < 0 ? "later" : "before");
  }
  return text.empty() ? "no other shop had sold any" : text;
}

} // namespace

void check::fault(std::string what) {
  ++wrong;
  if (examples.size() < examples_max) examples.push_back(std::move(what));
}

bool verification::passed() const {
  return std::ranges::all_of(checks, [](const check& each) { return each.wrong == 0; });
}

std::chrono::milliseconds staleness_bound(const std::vector<actors::channel_status>& channels,
                                          std::chrono::milliseconds slow_interval) {
  std::vector<std::chrono::microseconds> lags;
  for (const auto& each : channels)
    lags.push_back(each.lag_p99);
  std::ranges::sort(lags);
  const auto push = lags.empty() ? std::chrono::microseconds{0} : 10 * lags[lags.size() / 2];
  return slow_interval + std::chrono::ceil<std::chrono::milliseconds>(push) + std::chrono::seconds{1};
}

result<verification> verify(world& in, const order_log& log, const storefronts& selling,
                            std::chrono::milliseconds staleness_max) {
  return verifier{in, log, selling, staleness_max}.run();
}

} // namespace lockstep::app::demo
