#include "actors/order_poll.hpp"

#include "engine/limits.hpp"

#include <algorithm>
#include <utility>

namespace lockstep::actors {

namespace {

using namespace std::chrono_literals;

// An overloaded engine is asked again.
constexpr auto admission_retry = 200ms;
// Persistence tells answers and numbers of one commit one after the other; a SKU nobody hears of must not
// hold a poll up.
constexpr auto hearing_timeout = 2s;

} // namespace

order_poll::order_poll(const channel_context& context, engine::time_point now)
    : context_(context), next_at_(now), regular_at_(now), watermark_(context.orders_read_to) {}

std::optional<engine::time_point> order_poll::request_at() const {
  if (stage_ == stage::asking) return stage_at_;
  if (stage_ == stage::resting) return next_at_;
  return std::nullopt;
}

std::optional<engine::time_point> order_poll::work_at() const {
  if (stage_ == stage::submitting) return stage_at_;
  if (stage_ != stage::recording) return std::nullopt;
  return unanswered_ > 0 ? stage_at_ + limits::order_answers_timeout : stage_at_ + hearing_timeout;
}

void order_poll::want_by(engine::time_point at) {
  if (stage_ != stage::resting && at <= began_) return; // the present one will do
  next_at_ = std::min(next_at_, std::max(at, began_ + limits::order_poll_gap_min));
}

// A poll that was asked for before its time reads the last minutes only; the regular one makes sure.
void order_poll::begin(engine::time_point now) {
  const bool early = now < regular_at_;
  overlap_ = context_.options.poll_overlap;
  if (early)
    overlap_ = std::min<engine::duration>(overlap_, limits::order_poll_overlap_early);
  else
    regular_at_ = now + context_.options.poll_interval;
  began_ = now;
  next_at_ = regular_at_;
  cursor_.clear();
}

adapters::http_request order_poll::ask(engine::time_point now) {
  if (stage_ == stage::resting) begin(now);
  stage_ = stage::asked;
  stage_at_ = now;
  const auto since = watermark_ ? *watermark_ - overlap_ : engine::time_point{};
  return context_.options.adapter->encode_orders(since, cursor_);
}

void order_poll::answered(adapters::orders_result page, engine::time_point now) {
  if (stage_ != stage::asked) return;
  stage_at_ = now;
  if (page.verdict != adapters::batch_verdict::judged) {
    stage_ = stage::asking;
    return;
  }
  page_ = std::move(page.orders);
  next_cursor_ = std::move(page.next_cursor);
  plan(now);
  stage_ = stage::submitting;
}

// One order at a time, so that a refused line leads back to the order it is of.
void order_poll::plan(engine::time_point now) {
  lines_.clear();
  letters_.clear();
  submitted_ = chunk_begin_ = 0;
  const auto known = context_.services.catalogue();
  for (std::size_t i = 0; i < page_.size(); ++i) {
    page_[i].found_open = !watermark_ && page_[i].occurred_at < began_;
    auto planned =
        adapters::plan_orders(*known, context_.account, {&page_[i], 1}, context_.options.ships_when_sold);
    for (auto& [sku, asked] : planned.commands)
      lines_.push_back({sku, std::move(asked), i});
    for (auto& [reference, reason, body] : planned.unmapped)
      add_letter(std::move(reference), std::move(reason), std::move(body), now);
  }
}

void order_poll::submit(engine::time_point now) {
  const auto end = std::min(lines_.size(), submitted_ + limits::order_lines_per_submission);
  std::vector<submission> batch;
  batch.reserve(end - submitted_);
  const auto number = submission_ + 1;
  for (auto i = submitted_; i < end; ++i) {
    const ticket to{.part = static_cast<std::uint16_t>(i - submitted_), .request = number};
    batch.push_back({lines_[i].sku, lines_[i].asked, to});
  }
  if (context_.services.submit(std::move(batch)) != admission::accepted) {
    stage_at_ = now + admission_retry;
    return;
  }
  submission_ = number;
  chunk_begin_ = submitted_;
  unanswered_ = end - submitted_;
  submitted_ = end;
  stage_ = stage::recording;
  stage_at_ = now;
}

void order_poll::delivered(std::span<const answer> answers, engine::time_point now) {
  if (stage_ != stage::recording) return;
  for (const auto& each : answers) {
    const auto i = chunk_begin_ + each.to.part;
    if (each.to.request != submission_ || i >= submitted_ || unanswered_ == 0) continue;
    --unanswered_;
    stage_at_ = now;
    if (each.version > 0 && !each.repeated) unheard_[each.sku] = std::max(unheard_[each.sku], each.version);
    if (each.kind == answer_kind::quarantined) bury(lines_[i], "the store could not hold it", now);
    // in_progress: the same movement is being decided through a webhook; the next, overlapping poll looks
    // again.
    else if (each.reason != engine::refusal::none && each.reason != engine::refusal::in_progress)
      bury(lines_[i], std::string{engine::to_string(each.reason)}, now);
  }
}

void order_poll::heard(std::span<const engine::number> numbers) {
  if (unheard_.empty()) return;
  for (const auto& told : numbers) {
    const auto found = unheard_.find(told.sku);
    if (found != unheard_.end() && told.version >= found->second) unheard_.erase(found);
  }
}

std::optional<engine::time_point> order_poll::work(engine::time_point now) {
  if (stage_ == stage::recording) judge_recording(now);
  if (stage_ != stage::submitting || now < stage_at_) return std::nullopt;
  if (submitted_ < lines_.size()) {
    submit(now);
    return std::nullopt;
  }
  if (!letters_.empty()) context_.services.record(std::exchange(letters_, {}));
  if (next_cursor_.empty() || next_cursor_ == cursor_) return complete();
  cursor_ = std::move(next_cursor_);
  stage_ = stage::asking;
  stage_at_ = now;
  return std::nullopt;
}

void order_poll::judge_recording(engine::time_point now) {
  if (unanswered_ > 0) {
    if (now - stage_at_ >= limits::order_answers_timeout)
      stage_ = stage::asking; // the page again, from the channel
    return;
  }
  if (!unheard_.empty() && now - stage_at_ < hearing_timeout) return;
  unheard_.clear();
  stage_ = stage::submitting; // the rest of the page, or its end
  stage_at_ = now;
}

engine::time_point order_poll::complete() {
  stage_ = stage::resting;
  watermark_ = std::max(watermark_.value_or(began_), began_);
  context_.services.record({storage::watermark{context_.account.id, "orders", *watermark_}});
  return began_;
}

void order_poll::bury(const line& refused, std::string reason, engine::time_point now) {
  add_letter(refused.asked.reference, std::move(reason), adapters::encode_order(page_[refused.order]), now);
}

void order_poll::add_letter(std::string reference, std::string reason, std::string body,
                            engine::time_point now) {
  ++dead_letters_;
  letters_.push_back(storage::dead_letter{.at = now,
                                          .account = context_.account.id,
                                          .kind = "poll",
                                          .reference = std::move(reference),
                                          .reason = std::move(reason),
                                          .body = std::move(body)});
}

} // namespace lockstep::actors
