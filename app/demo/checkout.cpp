#include "app/demo/checkout.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace lockstep::app::demo {

checkout::checkout(courier& told, warehouse& stock, std::vector<article> articles)
    : courier_(told), stock_(stock), articles_(std::move(articles)) {}

boost::json::object checkout::line(std::string_view operation, const own_order& of, std::string_view member,
                                   quantity units) const {
  boost::json::object wanted{{"sku", articles_[of.of].code}};
  wanted[boost::json::string_view{member.data(), member.size()}] = units;
  boost::json::array lines;
  lines.push_back(std::move(wanted));
  return {{"op", boost::json::string_view{operation.data(), operation.size()}},
          {"order", of.name},
          {"mode", "request"},
          {"lines", std::move(lines)}};
}

// The functions are called with the lock held, once the engine has answered.
void checkout::send(std::size_t place, boost::json::object line, std::function<void(own_order&)> done,
                    std::function<refused_as(own_order&, std::string_view code)> refused) {
  ++orders_[place].under_way;
  const auto recorded = [this, place, done = std::move(done)] {
    const std::lock_guard guard{mutex_};
    --orders_[place].under_way;
    done(orders_[place]);
  };
  const auto not_recorded = [this, place, refused = std::move(refused)](std::string_view code) {
    const std::lock_guard guard{mutex_};
    --orders_[place].under_way;
    return refused(orders_[place], code);
  };
  courier_.send({std::move(line), recorded, not_recorded});
}

void checkout::order(std::size_t of, quantity units, bool ahead) {
  const std::lock_guard lock{mutex_};
  const auto place = orders_.size();
  auto& placed = orders_.emplace_back();
  placed.name = fmt::format("own-{}", orders_.size());
  placed.of = of;
  placed.ordered = units;
  auto told = line("order", placed, "units", units);
  if (ahead) told["sells_ahead"] = true;
  send(
      place, std::move(told),
      [this, place](own_order& order) {
        order.granted = true;
        if (order.ends) tell_cancellation(place);
      },
      [](own_order&, std::string_view code) {
        return code == "insufficient-stock" ? refused_as::expected : refused_as::unexpected;
      });
}

void checkout::cancel(std::size_t of) {
  const std::lock_guard lock{mutex_};
  const auto found = std::ranges::find_if(orders_.rbegin(), orders_.rend(), [&](const own_order& each) {
    return each.of == of && !each.ends && (each.granted || each.under_way > 0);
  });
  if (found == orders_.rend()) return;
  found->ends = true;
  if (found->granted) tell_cancellation(static_cast<std::size_t>(orders_.rend() - found) - 1);
}

// Of an order that was granted: one still under way may be told again later, and then its cancellation, which the
// engine refuses of what it does not know, would have gone before it.
void checkout::tell_cancellation(std::size_t place) {
  const auto& of = orders_[place];
  send(
      place, line("cancel", of, "cancelled", of.ordered), [](own_order& order) { order.cancelled = order.ordered; },
      [](own_order&, std::string_view) { return refused_as::unexpected; });
}

std::size_t checkout::ship_open() {
  const std::lock_guard lock{mutex_};
  std::size_t parcels = 0;
  for (std::size_t i = 0; i < orders_.size(); ++i) {
    const auto& each = orders_[i];
    if (each.ends || each.under_way > 0 || each.open() == 0 || !pick(articles_[each.of], each.open()))
      continue;
    ship(i);
    ++parcels;
  }
  return parcels;
}

void checkout::ship(std::size_t place) {
  auto& of = orders_[place];
  of.ends = true;
  send(
      place, line("ship", of, "shipped", of.ordered), [](own_order& order) { order.shipped = order.ordered; },
      [this](own_order& order, std::string_view) {
        put_back(articles_[order.of], order.ordered);
        return refused_as::unexpected;
      });
}

bool checkout::pick(const article& of, quantity pieces) {
  for (std::size_t i = 0; i < of.parts.size(); ++i) {
    const auto& part = of.parts[i];
    const auto picked = stock_.pick(part.sku, part.units * pieces);
    if (picked == part.units * pieces) continue;
    stock_.put_back(part.sku, picked);
    for (std::size_t before = 0; before < i; ++before)
      stock_.put_back(of.parts[before].sku, of.parts[before].units * pieces);
    return false;
  }
  return true;
}

void checkout::put_back(const article& of, quantity pieces) {
  for (const auto& part : of.parts)
    stock_.put_back(part.sku, part.units * pieces);
}

std::vector<own_order> checkout::orders() const {
  const std::lock_guard lock{mutex_};
  return orders_;
}

} // namespace lockstep::app::demo
