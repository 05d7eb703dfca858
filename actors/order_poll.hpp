// Reads an account's orders from the stored watermark to now, page by page, and hands their lines to the
// SKUs. Webhooks are hints that get lost; this is what makes sure. Moved by calls, no actor in it.
//
// The first poll of an account, which has no watermark, reads every open order instead: what it promised
// before it was connected is promised here, too.
//
// The watermark moves only when every line of every page is answered (so durable) or in the dead letters, and
// the numbers those lines made have been heard: then whoever raises a number knows every sale of before the
// poll.
#pragma once

#include "actors/channel_context.hpp"
#include "adapters/order_intake.hpp"

#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lockstep::actors {

class order_poll {
 public:
  // The first poll is due at once. `context` outlives this.
  order_poll(const channel_context& context, engine::time_point now);

  // When the next page may be asked for; nothing while an answer is awaited.
  [[nodiscard]] std::optional<engine::time_point> request_at() const;
  // When work() must be called at the latest; nothing when only an answer or request_at() matters.
  [[nodiscard]] std::optional<engine::time_point> work_at() const;
  // A poll should begin by then, though not sooner than limits::order_poll_gap_min after the last.
  void want_by(engine::time_point at);

  // The request of the next page, at or after request_at().
  [[nodiscard]] adapters::http_request ask(engine::time_point now);
  // Its answer. Anything but a judged page is asked for again.
  void answered(adapters::orders_result page, engine::time_point now);
  // Answers of submitted lines; those of an abandoned page are ignored.
  void delivered(std::span<const answer> answers, engine::time_point now);
  // Numbers that became durable.
  void heard(std::span<const engine::number> numbers);
  // Submits, records and completes what can go on now. When a poll just became complete: when it began.
  [[nodiscard]] std::optional<engine::time_point> work(engine::time_point now);

  [[nodiscard]] std::optional<engine::time_point> watermark() const { return watermark_; }

  [[nodiscard]] std::uint64_t dead_letters() const { return dead_letters_; }

 private:
  enum class stage : std::uint8_t {
    resting,    // until the next poll is due
    asking,     // a page is to be asked for
    asked,      // its answer is awaited
    submitting, // lines of the page wait for admission
    recording,  // lines are admitted, their answers are awaited
  };

  struct line {
    engine::sku_id sku{};
    engine::command asked;
    std::size_t order = 0; // in page_
  };

  void begin(engine::time_point now);
  void plan(engine::time_point now);
  void submit(engine::time_point now);
  void judge_recording(engine::time_point now);
  engine::time_point complete();
  void bury(const line& refused, std::string reason, engine::time_point now);
  void add_letter(std::string reference, std::string reason, std::string body, engine::time_point now);

  const channel_context& context_;
  stage stage_ = stage::resting;
  engine::time_point next_at_;    // of the next poll
  engine::time_point regular_at_; // of the next one that nobody asked for
  engine::duration overlap_{};    // of the present poll
  engine::time_point began_{};    // of the present or last poll
  engine::time_point stage_at_{};
  std::optional<engine::time_point> watermark_;
  std::string cursor_;
  std::string next_cursor_;
  std::vector<adapters::order_message> page_;
  std::vector<line> lines_;
  std::size_t submitted_ = 0;   // of lines_, earlier submissions included
  std::size_t chunk_begin_ = 0; // first line of the present submission
  std::size_t unanswered_ = 0;
  std::uint32_t submission_ = 0; // number of the present one: the tickets' request
  boost::unordered_flat_map<engine::sku_id, engine::version> unheard_;
  std::vector<storage::record> letters_;
  std::uint64_t dead_letters_ = 0;
};

} // namespace lockstep::actors
