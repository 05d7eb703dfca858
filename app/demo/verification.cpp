#include "app/demo/verification.hpp"

#include "app/demo/ledger.hpp"
#include "engine/key.hpp"
#include "engine/limits.hpp"

#include <fmt/format.h>

#include <algorithm>

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
  void check_listings();
  void check_movements();
  void check_stock();
  void check_shelves();
  void check_replay();
  void explain_oversold();
  [[nodiscard]] quantity most_excused(const sold_line& sold) const;
  [[nodiscard]] quantity put_back_before(const sold_line& sold) const;
  [[nodiscard]] std::string story_of(std::size_t line, quantity units, engine::time_point told_at) const;
  [[nodiscard]] std::string rivals_of(const sold_line& line, engine::time_point told_at) const;
  [[nodiscard]] engine::uuid key_of(const sold_line& line) const;

  [[nodiscard]] const std::string& code(std::size_t sku) const { return log_.skus[sku].code; }

  world& in_;
  const order_log& log_;
  const storefronts& selling_;
  std::vector<engine::sku_id> ids_;      // by place in the log
  std::vector<engine::figures> figures_; // of the actors, by place
  ledger ledger_;
  boost::unordered_flat_map<engine::uuid, std::size_t, engine::uuid_hash>
      by_key_;                                   // lines the shops sold
  std::vector<std::vector<std::size_t>> by_sku_; // the same by SKU, in the order they were sold
  verification found_;
};

result<verification> verifier::run() {
  if (auto done = ask(); !done) return done.error();
  match_lines();
  check_listings();
  check_movements();
  check_stock();
  check_shelves();
  check_replay();
  explain_oversold();
  found_.facts = ledger_.facts;
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

void verifier::match_lines() {
  by_sku_.resize(log_.skus.size());
  const auto& lines = selling_.lines();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    by_key_.emplace(key_of(lines[i]), i);
    by_sku_[lines[i].sku].push_back(i);
  }
}

// The number a shop shows is the one the truth publishes.
void verifier::check_listings() {
  check agree{"listings agree: the shop shows what the truth publishes", 0, 0, {}};
  for (std::size_t shop = 0; shop < shop_names.size(); ++shop)
    for (const auto& row : in_.shopping()[shop]->shown()) {
      const auto sku = static_cast<std::size_t>(row.inventory_item - item_of(0));
      const auto truth = std::clamp<engine::quantity>(figures_[sku].available, 0, limits::published_max);
      ++agree.asked;
      if (row.available != truth)
        agree.fault(fmt::format("{} shows {} of {}, the truth is {}", shop_names[shop], row.available,
                                code(sku), truth));
    }
  found_.checks.push_back(std::move(agree));
}

// Every unit a shop sold, cancelled, sent or took back is in the ledger once, and nothing else is.
void verifier::check_movements() {
  check once{"movements of the shops are in the ledger exactly once", 0, 0, {}};
  for (const auto& [key, place] : by_key_) {
    const auto& sold = selling_.lines()[place];
    const auto where = [&] {
      return fmt::format("{} order {} line {} ({})", shop_names[sold.shop], sold.order, sold.line,
                         code(sold.sku));
    };
    once.asked += 1U + (sold.removed > 0) + (sold.shipped > 0) + (sold.returned > 0);
    const auto kept = ledger_.lines.find(key);
    if (kept == ledger_.lines.end()) {
      once.fault(fmt::format("{} is missing", where()));
      continue;
    }
    const auto& line = kept->second;
    const auto cancelled = std::max(line.cancelled, line.cancelled_by_id);
    const auto compare = [&](std::string_view what, quantity shop, quantity in_ledger) {
      if (shop != in_ledger)
        once.fault(fmt::format("{}: {} {} at the shop, {} in the ledger", where(), what, shop, in_ledger));
    };
    if (line.sku != ids_[sold.sku]) once.fault(fmt::format("{} is under another SKU", where()));
    compare("ordered", sold.ordered, line.ordered);
    compare("cancelled", sold.removed, cancelled);
    compare("shipped", sold.shipped, line.shipped);
    compare("returned", sold.returned, line.returned);
  }
  for (const auto& [key, line] : ledger_.lines)
    if (!by_key_.contains(key))
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
    const auto in_less_out = sums.received + sums.adjusted + sums.restocked - sums.shipped;
    ++conserved.asked;
    if (in_less_out != now.on_hand || now.total != now.on_hand)
      conserved.fault(fmt::format("{}: in less out is {}, on hand {}, total {}", code(sku), in_less_out,
                                  now.on_hand, now.total));
    if (sums.returned - sums.restocked - sums.scrapped != now.inspecting)
      conserved.fault(fmt::format("{}: {} returned, {} restocked, {} inspecting", code(sku), sums.returned,
                                  sums.restocked, now.inspecting));
    quantity open = 0;
    for (const auto place : by_sku_[sku])
      open += selling_.lines()[place].open();
    ++promised.asked;
    if (open != now.reserved)
      promised.fault(
          fmt::format("{}: {} units open at the shops, {} reserved", code(sku), open, now.reserved));
  }
  found_.checks.push_back(std::move(conserved));
  found_.checks.push_back(std::move(promised));
}

// The warehouse counted for itself.
void verifier::check_shelves() {
  check counted{"on hand is what stands on the warehouse's shelves", 0, 0, {}};
  const auto shelves = in_.stock().shelves();
  for (std::size_t sku = 0; sku < ids_.size(); ++sku) {
    ++counted.asked;
    if (shelves[sku] != figures_[sku].on_hand)
      counted.fault(
          fmt::format("{}: {} on the shelf, {} on hand", code(sku), shelves[sku], figures_[sku].on_hand));
  }
  const auto tasks = in_.stock().counts();
  for (const auto& [problem, times] : tasks.unexpected)
    counted.fault(fmt::format("the engine refused the warehouse {} times: {}", times, problem));
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

void verifier::explain_oversold() {
  check explained{"oversold cases are explained", 0, 0, {}};
  for (const auto& fact : ledger_.oversold) {
    ++explained.asked;
    const auto line = by_key_.find(fact.line);
    if (line == by_key_.end()) {
      explained.fault(fmt::format("SKU {}: {} units oversold by no shop's sale",
                                  static_cast<std::int64_t>(fact.sku), fact.units));
      continue;
    }
    const auto& sold = selling_.lines()[line->second];
    found_.oversold_units[sold.shop] += fact.units;
    auto story = story_of(line->second, fact.units, fact.at);
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
