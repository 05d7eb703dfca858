#include "app/demo/storefronts.hpp"

#include "app/demo/random.hpp"
#include "engine/assertion.hpp"

#include <algorithm>
#include <functional>

namespace lockstep::app::demo {

using adapters::sandbox::line_units;
using adapters::sandbox::restock_type;

namespace {

// A checkout takes some hundred lines and no more; this many fit into parcels that a poll tells completely.
constexpr std::size_t lines_per_order_max = 400;
// Lines of one parcel or refund: as many as one page of the shop's API.
constexpr std::size_t lines_per_parcel_max = 50;

engine::time_point now() {
  return std::chrono::floor<engine::duration>(std::chrono::system_clock::now());
}

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL; // FNV-1a, the same everywhere
  for (const char c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

// Calls `each` with runs of at most lines_per_parcel_max lines.
void each_parcel(const std::vector<line_units>& lines,
                 const std::function<void(std::vector<line_units>)>& each) {
  for (std::size_t from = 0; from < lines.size(); from += lines_per_parcel_max) {
    const auto to = std::min(lines.size(), from + lines_per_parcel_max);
    each(
        {lines.begin() + static_cast<std::ptrdiff_t>(from), lines.begin() + static_cast<std::ptrdiff_t>(to)});
  }
}

} // namespace

storefronts::storefronts(shops& open, warehouse& stock, std::uint64_t seed)
    : shops_(open), stock_(stock), seed_(seed) {}

std::uint8_t storefronts::shop_of(const log_event& order) const {
  if (order.web_shop) return 0;
  return static_cast<std::uint8_t>(1 + mix(seed_, hash_of(order.invoice)) % (shop_names.size() - 1));
}

std::vector<order_lines> storefronts::sell(const log_event& order) {
  std::vector<order_lines> placed;
  const auto shop = shop_of(order);
  for (std::size_t from = 0; from < order.lines.size(); from += lines_per_order_max) {
    const auto to = std::min(order.lines.size(), from + lines_per_order_max);
    if (const auto lines = place(order, shop, from, to); lines.count > 0) placed.push_back(lines);
  }
  return placed;
}

order_lines storefronts::place(const log_event& order, std::uint8_t shop, std::size_t from, std::size_t to) {
  std::vector<adapters::sandbox::order_request> wanted;
  for (auto i = from; i < to; ++i)
    wanted.push_back({variant_of(order.lines[i].sku), order.lines[i].units});
  const auto placed = shops_[shop]->place_order(wanted);
  order_lines made{lines_.size(), 0};
  for (auto i = from; i < to; ++i)
    remember(order, order.lines[i], placed.lines[i - from], placed.order, shop);
  made.count = lines_.size() - made.first;
  if (made.count > 0) orders_[{shop, placed.order}] = made;
  return made;
}

void storefronts::remember(const log_event& order, const event_line& asked,
                           const adapters::sandbox::placed_line& said, std::int64_t placed,
                           std::uint8_t shop) {
  if (said.line == 0) {
    refused_[{order.customer, asked.sku}] += asked.units;
    return;
  }
  bought_[{order.customer, asked.sku}].push_back(lines_.size());
  sold_line sold;
  sold.sku = asked.sku;
  sold.shop = shop;
  sold.order = placed;
  sold.line = said.line;
  sold.ordered = asked.units;
  sold.shown = said.shown;
  sold.sold_at = now();
  sold.written_at = said.written_at;
  lines_.push_back(sold);
}

bool storefronts::ship(const order_lines& order) {
  std::vector<line_units> parcel;
  bool whole = true;
  for (auto i = order.first; i < order.first + order.count; ++i) {
    auto& line = lines_[i];
    const auto wanted = line.open();
    if (wanted == 0) continue;
    const auto picked = stock_.pick(line.sku, wanted);
    whole = whole && picked == wanted;
    if (picked == 0) continue;
    line.shipped += picked;
    parcel.push_back({line.line, picked});
  }
  const auto& first = lines_[order.first];
  each_parcel(parcel, [&](std::vector<line_units> lines) {
    engine::ensure(shops_[first.shop]->fulfil(first.order, lines), "a shop ships what it has sold",
                   first.order);
  });
  return whole;
}

void storefronts::take_back(const log_event& cancellation) {
  batch_of_order cancels;
  batch_of_order returns;
  for (const auto& wanted : cancellation.lines) {
    const sku_of_customer of{cancellation.customer, wanted.sku};
    auto left = wanted.units;
    if (const auto found = bought_.find(of); found != bought_.end() && !cancellation.customer.empty())
      left = match(wanted, found->second, cancels, returns);
    if (left == 0) continue;
    if (const auto found = refused_.find(of); found != refused_.end() && found->second > 0) {
      const auto absorbed = std::min(left, found->second);
      found->second -= absorbed;
      left -= absorbed;
      ++taken_back_.of_refused_lines;
    }
    if (left == 0) continue;
    ++taken_back_.unlinked_lines;
    stock_.take_return(wanted.sku, left);
  }
  cancel(cancels);
  give_back(returns);
}

// The newest lines first. What is still to be sent is cancelled before what was sent is returned; the units
// that no line explains are left. The lines change at once, the shops are told by the caller.
quantity storefronts::match(const event_line& wanted, const std::vector<std::size_t>& earlier,
                            batch_of_order& cancels, batch_of_order& returns) {
  auto left = wanted.units;
  for (auto at = earlier.rbegin(); at != earlier.rend() && left > 0; ++at) {
    auto& line = lines_[*at];
    const auto of_order = std::pair{line.shop, line.order};
    if (const auto units = std::min(left, line.open()); units > 0) {
      line.removed += units;
      left -= units;
      cancels[of_order].emplace_back(*at, units);
      put_backs_.push_back({line.sku, line.shop, units, now()});
      ++taken_back_.cancelled_lines;
    }
    if (const auto units = std::min(left, line.shipped - line.returned); units > 0) {
      line.returned += units;
      left -= units;
      returns[of_order].emplace_back(*at, units);
      ++taken_back_.returned_lines;
    }
  }
  return left;
}

// Nothing of the order was sent, and nothing of it is left.
bool storefronts::is_whole(const std::vector<std::pair<std::size_t, quantity>>& part) const {
  const auto& any = lines_[part.front().first];
  const auto& order = orders_.at({any.shop, any.order});
  quantity units = 0;
  quantity ordered = 0;
  for (const auto& [place, cancelled] : part)
    units += cancelled;
  for (auto i = order.first; i < order.first + order.count; ++i)
    ordered += lines_[i].ordered;
  return units == ordered;
}

void storefronts::cancel(const batch_of_order& cancels) {
  for (const auto& [of, part] : cancels) {
    auto& shop = *shops_[of.first];
    if (is_whole(part)) {
      engine::ensure(shop.cancel(of.second), "a shop cancels an order it has", of.second);
      ++taken_back_.orders_cancelled;
      continue;
    }
    std::vector<line_units> lines;
    for (const auto& [place, units] : part)
      lines.push_back({lines_[place].line, units});
    each_parcel(lines, [&](std::vector<line_units> some) {
      engine::ensure(shop.refund(of.second, some, restock_type::cancel), "a shop cancels what is open",
                     of.second);
    });
  }
}

void storefronts::give_back(const batch_of_order& returns) {
  for (const auto& [of, part] : returns) {
    std::vector<line_units> lines;
    for (const auto& [place, units] : part) {
      lines.push_back({lines_[place].line, units});
      stock_.inspect(lines_[place].sku, units);
    }
    each_parcel(lines, [&](std::vector<line_units> some) {
      engine::ensure(shops_[of.first]->refund(of.second, some, restock_type::return_),
                     "a shop takes back what it sent", of.second);
    });
  }
}

} // namespace lockstep::app::demo
