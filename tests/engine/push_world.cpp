#include "tests/engine/push_world.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace lockstep::tests {

namespace {

constexpr auto account = engine::account_id{1};
constexpr auto timeout = 30s;
constexpr auto settle = 60s;
constexpr auto signal_lag = 5s;
constexpr auto poll_every = 30s;
constexpr std::size_t requests_max = 3;

void demand(bool holds, const std::string& what) {
  if (!holds) throw std::logic_error{what};
}

engine::sku_id sku_of(std::size_t i) {
  return engine::sku_id{static_cast<std::int64_t>(i) + 1};
}

engine::listing_id listing_of(std::size_t i) {
  return engine::listing_id{static_cast<std::int64_t>(i) + 1};
}

} // namespace

push_world::push_world(options chosen)
    : options_(chosen), terms_{.push = {chosen.compare_and_set, settle, signal_lag},
                               .rows_per_write = chosen.rows_per_write,
                               .rows_per_read = 10,
                               .intervals = {.moderate = 20s, .slow = 60s}},
      shelves_(chosen.listings), random_(chosen.seed) {
  for (auto& s : shelves_) {
    s.shown = s.available = options_.opening;
    s.stored = {.last = {1, 1, s.shown, now_ - 1h}, .expected = s.shown, .uncertain = false, .parked = {}};
    s.acknowledged_version = 1;
  }
  start(true);
}

void push_world::start(bool clean) {
  ++life_;
  requests_ = 0;
  polling_ = false;
  push_ = std::make_unique<engine::channel_push>(terms_);
  std::vector<std::size_t> needed;
  for (std::size_t i = 0; i < shelves_.size(); ++i) {
    engine::listing content;
    content.id = listing_of(i);
    content.account = account;
    content.sku = sku_of(i);
    content.item = std::to_string(i);
    auto& s = shelves_[i];
    const bool rests = told_to_ != time_point{} && s.stored.last.counter > 0 && !s.stored.uncertain &&
                       s.changed_at < told_to_;
    const auto slot = push_->put(content, &s.stored, clean || rests, now_);
    s.in_flight = false;
    s.acknowledged = s.stored.last.counter;
    if (rests) {
      check_settled(i);
      push_->rest(slot);
    } else
      needed.push_back(i);
  }
  push_->heard(told_to_);
  time_point facts_to = told_to_;
  for (const auto i : needed) {
    ++announced_;
    tell_number(i, false, true);
    facts_to = std::max(facts_to, shelves_[i].changed_at);
  }
  push_->heard(facts_to);
  next_poll_ = now_;
  pump();
}

// What nothing but its row speaks for must show what the facts make of it, and nothing of ours may still
// change that. A sale made before or about the row's time is exempt: when it is told, its number is sent
// again.
void push_world::check_settled(std::size_t i) const {
  const auto& s = shelves_[i];
  if (s.edited) return;
  auto shown = std::max<quantity>(0, s.available);
  for (const auto& sold : s.orders) {
    if (sold->told()) continue;
    if (sold->at <= s.stored.last.at + signal_lag) return;
    shown -= sold->units;
  }
  const auto name = "listing " + std::to_string(i);
  demand(s.landing == 0, name + " is relied on, and a write to it may still land");
  demand(s.shown == shown,
         name + " is relied on to show " + std::to_string(shown) + ", and shows " + std::to_string(s.shown));
}

void push_world::crash() {
  start(false);
}

// --- the clock
// --------------------------------------------------------------------------------------------------------

void push_world::later(engine::duration wait, std::function<void()> what) {
  agenda_.emplace(now_ + wait, std::move(what));
}

void push_world::pass(engine::duration time) {
  const auto until = now_ + time;
  while (true) {
    auto next = std::min(until, next_poll_);
    if (!agenda_.empty()) next = std::min(next, agenda_.begin()->first);
    if (const auto due = push_->next_write_at(now_); due && *due > now_) next = std::min(next, *due);
    if (const auto due = push_->wakes_at(); due && *due > now_) next = std::min(next, *due);
    if (const auto due = push_->orders_wanted(); due && *due > now_) next = std::min(next, *due);
    now_ = std::max(now_, next);
    while (!agenda_.empty() && agenda_.begin()->first <= now_) {
      const auto what = std::move(agenda_.begin()->second);
      agenda_.erase(agenda_.begin());
      what();
      pump();
    }
    pump();
    if (now_ >= until) return;
  }
}

bool push_world::chance(double share) {
  return std::uniform_real_distribution<double>{}(random_) < share;
}

engine::duration push_world::up_to(engine::duration most) {
  return engine::duration{std::uniform_int_distribution<std::int64_t>{1'000, most.count()}(random_)};
}

// --- the shop and the ledger
// ------------------------------------------------------------------------------------------

void push_world::sell_here(std::size_t sku, quantity units) {
  auto& s = shelves_[sku];
  if (s.shown < units) return;
  s.shown -= units;
  auto sold = std::make_shared<order>(order{units, now_});
  s.orders.push_back(sold);
  if (!chance(options_.faults.order_untold)) later(up_to(signal_lag), [this, sku, sold] { tell(sku, sold); });
  pump();
}

void push_world::restock_here(std::size_t sku) {
  auto& s = shelves_[sku];
  if (s.orders.empty() || !s.orders.back()->told() || s.orders.back()->units <= 0) return;
  const auto units = s.orders.back()->units;
  s.orders.pop_back();
  s.shown += units;
  auto back = std::make_shared<order>(order{-units, now_});
  s.orders.push_back(back);
  later(up_to(signal_lag), [this, sku, back] { tell(sku, back); });
}

void push_world::tell(std::size_t sku, const std::shared_ptr<order>& sold) {
  if (sold->told()) return;
  sold->told_at = now_;
  auto& s = shelves_[sku];
  s.available -= sold->units;
  push_->sale({account, sku_of(sku), sold->units, sold->at}, now_);
  tell_fact(sku, true);
}

void push_world::sell_elsewhere(std::size_t sku, quantity units) {
  auto& s = shelves_[sku];
  if (s.available < units) return;
  s.available -= units;
  tell_fact(sku, true);
  pump();
}

void push_world::receive(std::size_t sku, quantity units) {
  shelves_[sku].available += units;
  tell_fact(sku, false);
  pump();
}

void push_world::edit_by_hand(std::size_t sku, quantity shown) {
  shelves_[sku].shown = shown;
  shelves_[sku].edited = true;
}

void push_world::tell_fact(std::size_t sku, bool by_sale) {
  ++shelves_[sku].version;
  shelves_[sku].changed_at = now_;
  tell_number(sku, by_sale, false);
  push_->heard(now_);
}

void push_world::tell_number(std::size_t sku, bool by_sale, bool announced) {
  ++told_;
  const auto& s = shelves_[sku];
  engine::number told;
  told.sku = sku_of(sku);
  told.version = s.version;
  told.available = s.available;
  told.known = true;
  told.by_sale = by_sale;
  told.announced = announced;
  told.velocity = engine::velocity::restore(static_cast<double>(sku) * 20, now_); // one of each tier
  push_->number(told, now_, now_);
}

void push_world::poll() {
  polling_ = true;
  next_poll_ = now_ + poll_every;
  later(up_to(1s), [this, began = now_, life = life_] {
    if (life != life_) return;
    polling_ = false;
    for (std::size_t i = 0; i < shelves_.size(); ++i) {
      const auto orders =
          shelves_[i].orders; // telling changes nothing here, but a copy is safe whatever it does
      for (const auto& sold : orders)
        if (sold->at <= began) tell(i, sold);
    }
    push_->orders_read(began, now_);
  });
}

void push_world::sweep(bool edited_only) {
  std::map<std::size_t, quantity> shown;
  for (std::size_t i = 0; i < shelves_.size(); ++i)
    if (shelves_[i].edited || !edited_only) shown[i] = shelves_[i].shown;
  if (shown.empty()) return;
  later(up_to(500ms), [this, shown, asked = now_, life = life_] {
    if (life != life_) return;
    for (const auto& [i, seen] : shown) {
      // What a sweep finds and puts right is in no fact: a crash before its row is recorded forgets it, a
      // second at most, and the next sweep finds it again.
      auto& s = shelves_[i];
      s.edited = s.edited || push_->protocol(static_cast<engine::channel_push::slot>(i)).expected() != seen;
      push_->swept(*push_->find(listing_of(i)), seen, asked, now_);
    }
  });
}

// What is recorded after an acknowledgement or a sale; a crash comes before or after it, never within.
void push_world::record() {
  const auto told_to = push_->told_to(now_ - 2h);
  for (const auto slot : push_->take_changed()) {
    const auto& p = push_->protocol(slot);
    shelves_[slot].stored = {p.last(), p.expected().value_or(0), push_->says_uncertain(slot),
                             p.parked_because()};
  }
  told_to_ = told_to;
}

// --- the network
// ------------------------------------------------------------------------------------------------------

void push_world::pump() {
  push_->wake(now_);
  const auto wanted = push_->orders_wanted();
  if (!polling_ && (now_ >= next_poll_ || (wanted && now_ >= *wanted))) poll();
  for (const auto& found : push_->take_drift())
    push_->settle_drift(found, true, now_);
  for (const auto sku : push_->take_needed())
    later(up_to(100ms), [this, i = static_cast<std::size_t>(sku) - 1, life = life_] {
      if (life != life_) return;
      ++announced_;
      tell_number(i, false, true);
    });
  while (requests_ < requests_max) {
    auto batch = push_->next_write(now_);
    if (batch.empty()) break;
    send_write(std::move(batch));
  }
  while (requests_ < requests_max && push_->wants_read())
    send_read(push_->next_read(now_));
  if (chance(0.5)) record();
}

void push_world::send_write(std::vector<engine::channel_push::write_row> rows) {
  ++writes_;
  ++requests_;
  flight batch{std::move(rows), {}, {}, now_, life_};
  for (const auto& row : batch.rows) {
    auto& s = shelves_[row.listing];
    const auto version = push_->number_of(row.listing).version;
    demand(!std::exchange(s.in_flight, true), "two requests in flight for one listing");
    demand(row.write.counter > s.acknowledged, "a publication was sent after it was acknowledged");
    demand(version >= s.acknowledged_version, "an older number was sent after a newer was acknowledged");
    batch.wanted.push_back(push_->protocol(row.listing).wanted());
    batch.versions.push_back(version);
  }
  const auto lands = [this, batch] {
    for (const auto& row : batch.rows)
      --shelves_[row.listing].landing;
    return land(batch);
  };
  const auto& f = options_.faults;
  const std::vector<verdict> lost(batch.rows.size(), verdict::lost);
  const std::vector<verdict> refused(batch.rows.size(), verdict::not_applied);
  if (chance(f.write_refused)) return later(up_to(200ms), [this, batch, refused] { answer(batch, refused); });
  if (chance(f.request_lost)) return later(timeout, [this, batch, lost] { answer(batch, lost); });
  for (const auto& row : batch.rows)
    ++shelves_[row.listing].landing;
  if (chance(f.lands_late)) {
    later(timeout, [this, batch, lost] { answer(batch, lost); });
    return later(timeout + up_to(settle - 1s), [lands] { (void)lands(); });
  }
  const bool answered = !chance(f.answer_lost);
  later(up_to(200ms), [this, batch, lost, answered, lands] {
    const auto verdicts = lands();
    later(answered ? up_to(200ms) : timeout,
          [this, batch, v = answered ? verdicts : lost] { answer(batch, v); });
  });
}

// All or nothing, as Shopify does it.
std::vector<push_world::verdict> push_world::land(const flight& batch) {
  std::vector<verdict> verdicts(batch.rows.size(), verdict::applied);
  bool refused = false;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const auto& [listing, write] = batch.rows[i];
    if (!write.expected || *write.expected == shelves_[listing].shown) continue;
    verdicts[i] = verdict::stale;
    refused = true;
  }
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const auto& [listing, write] = batch.rows[i];
    if (refused && verdicts[i] == verdict::applied) verdicts[i] = verdict::not_applied;
    if (refused) continue;
    if (options_.checks_unseen) check_unseen(listing, write.value, batch.wanted[i], batch.sent_at);
    shelves_[listing].shown = write.value;
  }
  return verdicts;
}

// Units sold here that were not known when the write left must not be offered by it.
void push_world::check_unseen(std::size_t sku, quantity value, quantity wanted, time_point sent_at) const {
  quantity unknown = 0;
  for (const auto& sold : shelves_[sku].orders)
    if (sold->told_at > sent_at) unknown += sold->units;
  demand(value == 0 || value + unknown <= wanted,
         "listing " + std::to_string(sku) + ": " + std::to_string(value) + " written of " +
             std::to_string(wanted) + " while " + std::to_string(unknown) + " were sold unseen");
}

void push_world::answer(const flight& batch, const std::vector<verdict>& verdicts) {
  if (batch.life != life_) return;
  --requests_;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const auto& row = batch.rows[i];
    auto& s = shelves_[row.listing];
    s.in_flight = false;
    if (verdicts[i] == verdict::applied) {
      s.acknowledged = std::max(s.acknowledged, row.write.counter);
      s.acknowledged_version = std::max(s.acknowledged_version, batch.versions[i]);
    }
    push_->written(row, verdicts[i], {}, now_);
  }
}

void push_world::send_read(const std::vector<engine::channel_push::slot>& slots) {
  ++requests_;
  for (const auto slot : slots)
    demand(!std::exchange(shelves_[slot].in_flight, true), "two requests in flight for one listing");
  const bool fails = chance(options_.faults.read_failed);
  later(up_to(200ms), [this, slots, fails, life = life_] {
    std::vector<quantity> shown;
    for (const auto slot : slots)
      shown.push_back(shelves_[slot].shown);
    later(up_to(200ms), [this, slots, shown, fails, life] {
      if (life != life_) return;
      --requests_;
      for (std::size_t i = 0; i < slots.size(); ++i) {
        shelves_[slots[i]].in_flight = false;
        if (fails)
          push_->unread(slots[i], now_);
        else
          push_->read(slots[i], shown[i], now_);
      }
    });
  });
}

// --- the end
// ----------------------------------------------------------------------------------------------------------

void push_world::calm(engine::duration time) {
  options_.faults = {};
  const auto until = now_ + time;
  while (now_ < until) {
    sweep(true);
    pass(2min);
  }
}

std::string push_world::disagreement() const {
  std::string out;
  for (std::size_t i = 0; i < shelves_.size(); ++i) {
    const auto& s = shelves_[i];
    const auto wanted = std::max<quantity>(0, s.available);
    if (s.shown == wanted) continue;
    out += "listing " + std::to_string(i) + " shows " + std::to_string(s.shown) + " instead of " +
           std::to_string(wanted) + "; ";
  }
  if (push_->pending() > 0) out += std::to_string(push_->pending()) + " listings pending; ";
  return out;
}

} // namespace lockstep::tests
