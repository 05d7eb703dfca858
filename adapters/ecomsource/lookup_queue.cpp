#include "adapters/ecomsource/lookup_queue.hpp"

#include <algorithm>
#include <utility>

namespace lockstep::adapters::ecomsource {

using engine::identifier;
using engine::time_point;

namespace {

constexpr std::chrono::hours allowance_period{24};

} // namespace

lookup_queue::lookup_queue(const queue_options& options)
    : options_(options), pace_(1, options.requests_per_second) {}

bool lookup_queue::ask(const identifier& code, time_point now) {
  if (queued_.contains(code) || find(code, now) != nullptr) return true;
  if (waiting_.size() >= options_.waiting_max) return false;
  queued_.insert(code);
  waiting_.push_back(code);
  return true;
}

std::vector<identifier> lookup_queue::next(time_point now) {
  std::vector<identifier> codes;
  if (waiting_.empty() || !circuit_.allows(now) || !pace_.has(1, now) || now < allowed_at()) return codes;
  const std::string type{service_type(waiting_.front())};
  const auto most = alone_.contains(waiting_.front()) ? 1 : options_.codes_per_request;
  do {
    codes.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  } while (!waiting_.empty() && codes.size() < most && service_type(waiting_.front()) == type &&
           !alone_.contains(waiting_.front()));
  pace_.take(1, now);
  while (!sent_.empty() && sent_.front() + allowance_period <= now)
    sent_.pop_front();
  sent_.push_back(now);
  circuit_.sent(now);
  return codes;
}

std::optional<time_point> lookup_queue::ready_at(time_point now) const {
  if (waiting_.empty() || circuit_.state() == engine::circuit_state::half_open) return std::nullopt;
  auto at = std::max({now, pace_.ready_at(1, now), allowed_at()});
  if (circuit_.state() == engine::circuit_state::open) at = std::max(at, circuit_.open_until());
  return at;
}

std::optional<time_point> lookup_queue::allowance_back_at(time_point now) const {
  const bool waits_only = queued_.size() == waiting_.size(); // nothing is under way
  if (waiting_.empty() || !waits_only || now >= allowed_at()) return std::nullopt;
  return allowed_at();
}

// When the allowance gives the next request; in the past while there is some left. A request counts for a day
// after it was sent: then any 24 hours hold no more of them.
time_point lookup_queue::allowed_at() const {
  return sent_.size() < options_.requests_per_day ? time_point{} : sent_.front() + allowance_period;
}

std::vector<identifier> lookup_queue::settle(std::span<const identifier> codes, lookup_answer answer,
                                             time_point now, double jitter) {
  if (answer.status == lookup_status::failed) {
    circuit_.failed(now, jitter);
  } else {
    circuit_.succeeded();
  }
  if (answer.status == lookup_status::refused) answer.limits.retry_after = limits::lookup_refused_wait;
  if (answer.status == lookup_status::throttled || answer.status == lookup_status::refused)
    pace_.refused(answer.limits, 1, now);
  trouble_ = answer.status == lookup_status::answered ? std::string{} : std::move(answer.what);
  if (answer.status == lookup_status::batch_refused) alone_.insert(codes.begin(), codes.end());
  std::vector<identifier> settled;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (try_again(codes[i], answer.status)) {
      waiting_.push_back(codes[i]);
      continue;
    }
    failures_.erase(codes[i]);
    alone_.erase(codes[i]);
    queued_.erase(codes[i]);
    if (answer.status == lookup_status::answered) remember(codes[i], std::move(answer.products[i]), now);
    settled.push_back(codes[i]);
  }
  return settled;
}

// A code is given up when the service failed over it too often; when it asks for patience, nothing counts.
bool lookup_queue::try_again(const identifier& code, lookup_status how) {
  if (how == lookup_status::failed) return ++failures_[code] < limits::lookup_attempts_max;
  return how != lookup_status::answered;
}

void lookup_queue::remember(const identifier& code, std::vector<known_product> products, time_point now) {
  const auto fresh = products.empty() ? options_.fresh_missing : options_.fresh_found;
  if (!known_.contains(code)) by_age_.push_back(code);
  known_.insert_or_assign(code, remembered{std::move(products), now + fresh});
  if (by_age_.size() <= options_.remembered_max) return;
  known_.erase(by_age_.front());
  by_age_.pop_front();
}

const std::vector<known_product>* lookup_queue::find(const identifier& code, time_point now) const {
  const auto found = known_.find(code);
  return found == known_.end() || found->second.until <= now ? nullptr : &found->second.products;
}

} // namespace lockstep::adapters::ecomsource
