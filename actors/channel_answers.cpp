// How a channel actor takes answers, orders of people and questions; what it sends is in channel_state.cpp.
#include "actors/channel_state.hpp"

#include "adapters/log.hpp"
#include "adapters/timestamp.hpp"
#include "engine/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace lockstep::actors {

namespace {

using adapters::batch_verdict;
using adapters::row_verdict;
using adapters::log::level;
using engine::account_mode;
using engine::push_state;
using engine::request_kind;
using engine::request_outcome;
using verdict = engine::channel_push::verdict;

constexpr auto repeat_wait = std::chrono::seconds{1}; // per attempt, while the first is still running there

engine::throttle throttle_of(const adapters::throttle_report& told) {
  engine::throttle out{.cost = told.cost,
                       .available = told.available,
                       .maximum = told.maximum,
                       .restore_per_second = told.restore_per_second,
                       .retry_after = std::nullopt};
  if (told.retry_after) out.retry_after = *told.retry_after;
  return out;
}

request_outcome outcome_of(batch_verdict v) {
  switch (v) {
  case batch_verdict::throttled: return request_outcome::throttled;
  case batch_verdict::retry:
  case batch_verdict::uncertain: return request_outcome::failed;
  case batch_verdict::judged:
  case batch_verdict::unauthorized:
  case batch_verdict::repeat_key:
  case batch_verdict::new_key: return request_outcome::answered;
  }
  return request_outcome::failed;
}

verdict verdict_of(row_verdict v) {
  switch (v) {
  case row_verdict::applied: return verdict::applied;
  case row_verdict::not_applied: return verdict::not_applied;
  case row_verdict::stale: return verdict::stale;
  case row_verdict::rejected: return verdict::rejected;
  case row_verdict::uncertain: return verdict::lost;
  }
  return verdict::lost;
}

// In metrics.
std::string_view name_of(batch_verdict v) {
  switch (v) {
  case batch_verdict::judged: return "ok";
  case batch_verdict::throttled: return "throttled";
  case batch_verdict::unauthorized: return "refused";
  case batch_verdict::retry:
  case batch_verdict::new_key: return "failed";
  case batch_verdict::repeat_key: return "busy";
  case batch_verdict::uncertain: return "unknown";
  }
  return "unknown";
}

// A refused batch that blames no row would be sent again for ever.
bool blames_nobody(const adapters::write_result& result) {
  return std::all_of(result.rows.begin(), result.rows.end(),
                     [](const auto& row) { return row.verdict == row_verdict::not_applied; });
}

} // namespace

void channel_state::answered(std::uint64_t sequence, const adapters::http_response& response) {
  const auto found = requests_.find(sequence);
  if (found == requests_.end()) return;
  auto content = std::move(found->second);
  requests_.erase(found);
  const auto at = now();
  const auto& adapter = *context_.options.adapter;
  switch (content.kind) {
  case request_kind::write:
    return judge_write(std::move(content), adapter.decode_write(response, content.rows.size()), at);
  case request_kind::read: return judge_read(content, adapter.decode_read(response), at);
  case request_kind::list: {
    const auto page = adapter.decode_list(response);
    close(content, page.verdict, page.throttle, page.what, at);
    return sweep_.answered(page, at);
  }
  case request_kind::orders: {
    auto page = adapter.decode_orders(response);
    close(content, page.verdict, page.throttle, page.what, at);
    return poll_.answered(std::move(page), at);
  }
  }
}

// What every answer means for the account, whatever was asked.
void channel_state::close(const request& content, batch_verdict judged, const adapters::throttle_report& told,
                          std::string_view what, engine::time_point at) {
  const auto before = gate_.circuit().state();
  gate_.answered(content.kind, outcome_of(judged), throttle_of(told), at, jitter());
  const std::string_view account = context_.account.name;
  if (judged == batch_verdict::unauthorized && suspended_.empty()) {
    suspended_ = what.empty() ? "credentials refused" : what;
    push_.orders_missed();
    adapters::log::write(level::error, "channel-unauthorized",
                         "the channel refuses our credentials: nothing is sent until `resume`",
                         {{"account", account}, {"answer", what}});
  } else if (outcome_of(judged) == request_outcome::failed) {
    adapters::log::write(level::warning, "channel-request-failed", "the channel did not answer as it should",
                         {{"account", account}, {"answer", what}});
  }
  const auto after = gate_.circuit().state();
  if (before != after && after == engine::circuit_state::open)
    adapters::log::write(level::error, "channel-circuit-open", "the channel is away: single probes only",
                         {{"account", account}});
}

void channel_state::judge_write(request content, const adapters::write_result& result,
                                engine::time_point at) {
  auto judged = result.verdict;
  const bool whole = result.rows.size() == content.rows.size();
  if (judged == batch_verdict::judged && !whole) judged = batch_verdict::uncertain;
  if (judged == batch_verdict::judged && blames_nobody(result)) judged = batch_verdict::retry;
  close(content, judged, result.throttle, result.what, at);
  ++write_outcomes_[name_of(judged)];
  switch (judged) {
  case batch_verdict::judged: return judge_rows(content, result, at);
  case batch_verdict::throttled:
  case batch_verdict::unauthorized:
  case batch_verdict::retry:
  case batch_verdict::new_key: return judge_all(content, verdict::not_applied, at);
  case batch_verdict::uncertain: return judge_all(content, verdict::lost, at);
  case batch_verdict::repeat_key: break;
  }
  if (content.attempts >= limits::repeat_key_attempts_max) return judge_all(content, verdict::lost, at);
  content.not_before = at + repeat_wait * content.attempts++;
  repeats_.push_back(std::move(content));
}

void channel_state::judge_rows(const request& content, const adapters::write_result& result,
                               engine::time_point at) {
  for (std::size_t i = 0; i < content.rows.size(); ++i) {
    const auto& row = result.rows[i];
    if (row.verdict == row_verdict::rejected) log_parked(content.rows[i].listing, row.reason);
    push_.written(content.rows[i], verdict_of(row.verdict), row.reason, at);
  }
}

void channel_state::judge_all(const request& content, verdict same, engine::time_point at) {
  for (const auto& row : content.rows)
    push_.written(row, same, {}, at);
}

void channel_state::judge_read(const request& content, const adapters::read_result& result,
                               engine::time_point at) {
  close(content, result.verdict, result.throttle, result.what, at);
  if (result.verdict != batch_verdict::judged) {
    for (const auto slot : content.slots)
      push_.unread(slot, at);
    return;
  }
  std::map<std::pair<std::string_view, std::string_view>, std::optional<engine::quantity>> shown;
  for (const auto& item : result.items)
    shown[{item.target.item, item.target.location}] = item.value;
  for (const auto slot : content.slots) {
    const auto& listed = push_.content(slot);
    const auto found = shown.find({listed.item, listed.location});
    if (found == shown.end())
      park(slot, "the channel does not know the item", at);
    else if (!found->second)
      park(slot, "not tracked or not stocked at this location", at);
    else
      push_.read(slot, *found->second, at);
  }
}

void channel_state::park(engine::channel_push::slot slot, std::string reason, engine::time_point at) {
  log_parked(slot, reason);
  push_.absent(slot, std::move(reason), at);
}

void channel_state::log_parked(engine::channel_push::slot slot, std::string_view reason) const {
  adapters::log::write(level::warning, "listing-parked", "a listing is not pushed until a person has looked",
                       {{"account", std::string_view{context_.account.name}},
                        {"item", std::string_view{push_.content(slot).item}},
                        {"reason", reason}});
}

// --- orders of people
// -------------------------------------------------------------------------------------------------

namespace {

engine::error refused_order(std::string why) {
  return engine::make_error(engine::error_code::refused, std::move(why));
}

engine::error obeyed_order() {
  return refused_order({});
}

} // namespace

void channel_state::set_mode(account_mode mode, order_answer answered) {
  if (!changing_.empty() && mode != account_mode::paused)
    return answered(refused_order("another change of the account is not durable yet"));
  // As it is now: its sourcing rule may have changed since the channel started.
  const auto only_this = [&](const engine::catalogue& present) -> std::vector<storage::record> {
    auto changed = *present.find(context_.account.id);
    changed.mode = mode;
    return {std::move(changed)};
  };
  changing_.push_back({mode, std::move(answered)});
  const auto recorded = context_.services.change(only_this, tell_recorded_);
  if (recorded) return;
  const auto failed = std::move(changing_.back());
  changing_.pop_back();
  failed.answered(recorded.error());
}

void channel_state::mode_recorded() {
  if (changing_.empty()) return;
  const auto change = std::move(changing_.front());
  changing_.pop_front();
  if (!changing_.empty()) return change.answered(refused_order("the account was paused meanwhile"));
  obey(change.mode);
  change.answered(obeyed_order());
}

void channel_state::obey(account_mode mode) {
  if (mode == context_.account.mode) return;
  const auto before = std::exchange(context_.account.mode, mode);
  if (mode == account_mode::paused) push_.orders_missed();
  if (before == account_mode::observe) ask_unknown_numbers();
  if (before == account_mode::paused) resume(now());
}

// Whatever stopped the account has been looked at: credentials, parked listings.
void channel_state::resume(engine::time_point at) {
  suspended_.clear();
  poll_.want_by(at);
  for (engine::channel_push::slot s = 0; s < push_.size(); ++s)
    push_.release(s, at);
}

void channel_state::order(channel_order what, order_answer answered) {
  const auto at = now();
  const auto mode = context_.account.mode;
  switch (what) {
  case channel_order::activate:
    if (mode == account_mode::active) return answered(refused_order("the account is active already"));
    if (!sweep_.completed_once())
      return answered(refused_order("not everything the channel lists has been read yet"));
    return set_mode(account_mode::active, std::move(answered));
  case channel_order::pause:
    if ((changing_.empty() ? mode : changing_.back().mode) != account_mode::active)
      return answered(refused_order("the account is not active"));
    obey(account_mode::paused);
    return set_mode(account_mode::paused, std::move(answered));
  case channel_order::resume:
    if (mode == account_mode::observe && suspended_.empty())
      return answered(refused_order("the account observes: activate it"));
    if (mode == account_mode::paused) return set_mode(account_mode::active, std::move(answered));
    resume(at);
    return answered(obeyed_order());
  case channel_order::flush: push_.flush(at); return answered(obeyed_order());
  case channel_order::release_brake: push_.release_brake(); return answered(obeyed_order());
  case channel_order::sweep: sweep_.want_now(at); return answered(obeyed_order());
  }
  answered(refused_order("unknown order"));
}

// --- questions
// --------------------------------------------------------------------------------------------------------

std::string channel_state::state_text() const {
  const auto at = now();
  if (!suspended_.empty()) return fmt::format("unauthorized: {}", suspended_);
  if (context_.account.mode == account_mode::paused) return "paused";
  if (push_.braked()) return "brake";
  if (gate_.circuit().state() != engine::circuit_state::closed)
    return fmt::format("circuit {} until {}", to_string(gate_.circuit().state()),
                       adapters::format_timestamp(gate_.circuit().open_until()));
  if (gate_.limit().blocked_until() > at)
    return fmt::format("throttled until {}", adapters::format_timestamp(gate_.limit().blocked_until()));
  if (!push_.raises_allowed()) return "reading orders";
  if (context_.account.mode == account_mode::observe)
    return sweep_.completed_once() ? "observing" : "reading listings";
  if (!announced_) return "waiting for numbers";
  return "ok";
}

channel_status channel_state::status() const {
  const auto& count = push_.count();
  channel_status out;
  out.id = context_.account.id;
  out.name = context_.account.name;
  out.marketplace = context_.account.marketplace;
  out.mode = context_.account.mode;
  out.state = state_text();
  out.listings = push_.size();
  out.pending = push_.pending();
  out.in_flight = push_.in_state(push_state::writing) + push_.in_state(push_state::reading);
  out.uncertain = count.uncertain;
  out.parked = push_.in_state(push_state::parked);
  out.at_rest = count.resting;
  out.rows_sent = count.rows_sent;
  out.requests_sent = requests_sent_;
  out.rows_acknowledged = count.rows_acknowledged;
  out.coalesced = count.coalesced;
  out.stale = count.stale;
  out.drift_units = count.drift_units;
  out.slow = count.by_tier[static_cast<std::size_t>(engine::tier::slow)];
  out.moderate = count.by_tier[static_cast<std::size_t>(engine::tier::moderate)];
  out.real_time = count.by_tier[static_cast<std::size_t>(engine::tier::real_time)];
  out.lag_p50 = push_.lag().quantile(0.50);
  out.lag_p99 = push_.lag().quantile(0.99);
  const auto at = now();
  if (const auto since = push_.behind_since(); since && context_.account.mode == account_mode::active)
    out.behind = at - *since;
  out.write_outcomes.assign(write_outcomes_.begin(), write_outcomes_.end());
  out.limit_waits = limit_waits_;
  out.limit_waited = limit_waited_ + (limited_since_ ? at - *limited_since_ : engine::duration{0});
  out.orders_read_to = poll_.watermark().value_or(engine::time_point{});
  return out;
}

} // namespace lockstep::actors
