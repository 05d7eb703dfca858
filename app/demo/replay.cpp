#include "app/demo/replay.hpp"

#include "app/demo/random.hpp"

#include <algorithm>
#include <thread>

namespace lockstep::app::demo {

using namespace std::chrono_literals;

namespace {

// From an order to its parcel, and from a parcel that fell short to the next try, in the log's open hours.
constexpr open_time ship_after_min = 2h;
constexpr open_time ship_after_max = 8h;
constexpr open_time ship_again_after = 10h;

// A shop whose webhooks pile up is told of nothing new before they are taken: an engine that is behind would
// only look worse by the length of the log.
constexpr std::size_t webhooks_waiting_max = 400;
constexpr auto look_again = 5ms;
constexpr auto step_max = 20ms; // between two looks whether to stop

} // namespace

replay::replay(const order_log& log, const pace& speed, storefronts& selling, shops& open, warehouse& stock,
               office& people, std::uint64_t seed, std::function<bool()> stop)
    : log_(log), pace_(speed), selling_(selling), shops_(open), stock_(stock), people_(people), seed_(seed),
      stop_(std::move(stop)) {}

replay_result replay::run() {
  started_ = clock::now();
  bool stopped = false;
  for (std::size_t i = 0; i < log_.events.size() && !stopped; ++i) {
    const auto now = pace_.at(i);
    while (!stopped && !shipments_.empty() && shipments_.top().due <= now) {
      const auto due = shipments_.top();
      shipments_.pop();
      stopped = !reach(due.due);
      if (!stopped) ship(due);
    }
    stopped = stopped || !reach(now);
    if (stopped) break;
    people_.reach(static_cast<double>(i) / static_cast<double>(log_.events.size()));
    handle(log_.events[i], now);
    position_.event = i + 1;
  }
  return {clock::now() - started_, waited_, stopped};
}

bool replay::reach(open_time time) {
  let_the_engine_catch_up();
  const auto due = started_ + waited_ + std::chrono::duration_cast<clock::duration>(pace_.real(time));
  for (auto now = clock::now(); now < due; now = clock::now()) {
    if (stop_()) return false;
    std::this_thread::sleep_for(std::min<clock::duration>(due - now, step_max));
  }
  return !stop_();
}

void replay::let_the_engine_catch_up() {
  if (webhooks_waiting() <= webhooks_waiting_max) return;
  const auto from = clock::now();
  while (webhooks_waiting() > webhooks_waiting_max / 2 && !stop_())
    std::this_thread::sleep_for(look_again);
  waited_ += clock::now() - from;
}

std::size_t replay::webhooks_waiting() const {
  std::size_t most = 0;
  for (const auto& shop : shops_)
    most = std::max(most, shop->statistics().webhooks_waiting);
  return most;
}

void replay::handle(const log_event& event, open_time now) {
  switch (event.kind) {
  case event_kind::order:
    for (const auto& order : selling_.sell(event)) {
      chance draw{mix(seed_, order.first)};
      shipments_.push({now + open_time{draw.between(ship_after_min.count(), ship_after_max.count())}, order});
    }
    ++position_.orders;
    break;
  case event_kind::cancellation: selling_.take_back(event); break;
  case event_kind::write_off:
    for (const auto& line : event.lines)
      stock_.write_off(line.sku, line.units, event.reason);
    break;
  case event_kind::found:
    for (const auto& line : event.lines)
      stock_.find(line.sku, line.units, event.reason);
    break;
  }
}

void replay::ship(const shipment& due) {
  ++position_.shipments;
  if (!selling_.ship(due.order)) shipments_.push({due.due + ship_again_after, due.order});
}

} // namespace lockstep::app::demo
