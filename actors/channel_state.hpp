// What a channel actor knows and does, without CAF: the machines of one account, its order poll and sweep,
// and the requests that are out. Every function is one event; afterwards work() sends whatever may leave.
#pragma once

#include "actors/channel_context.hpp"
#include "actors/explanation.hpp"
#include "actors/listing_sweep.hpp"
#include "actors/order_poll.hpp"
#include "engine/channel_push.hpp"
#include "engine/request_gate.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace lockstep::actors {

class channel_state {
 public:
  // Hands the answer of request `sequence` to answered(), on the actor. Any thread.
  using deliver = std::function<void(std::uint64_t sequence, adapters::http_response response)>;

  // Calls mode_recorded() on the actor. Any thread.
  using tell = std::function<void()>;
  // Calls announced() on the actor. Any thread.
  using tell_all = std::function<void(bool all)>;

  channel_state(channel_context context, deliver answers, tell recorded, tell_all announced);
  channel_state(const channel_state&) = delete;
  channel_state& operator=(const channel_state&) = delete;

  // --- events
  void committed(const committed_numbers& content);

  // Persistence knows this actor: numbers may be asked for.
  void known(std::span<const engine::sku_id> also);
  // The numbers that were asked for were told; not `all`: some are asked for again.
  void announced(bool all);

  void answered(std::uint64_t sequence, const adapters::http_response& response);
  void delivered(std::span<const answer> answers);
  void listed(const engine::listing& content);
  // Other rules or tags are durable.
  void ruled(const engine::account_rules& rules, const tags_by_sku& tags);
  void quarantined(engine::sku_id sku, bool released);
  // Answers once, with an empty text when done, otherwise why not. A change of the mode is obeyed and
  // answered when it is durable: a crash must not turn an account back that somebody has seen write. A pause
  // is obeyed at once, also while an activation is under way, and answered when it is durable.
  using order_answer = std::function<void(engine::error why_not)>;
  void order(channel_order what, order_answer answered);
  // The change of the mode that was asked for is durable.
  void mode_recorded();
  // Pushes what waits, then calls `done` once. What cannot leave (observing, paused, braked, channel away)
  // stays.
  void finish(std::function<void()> done);

  // Sends what may leave now and records what must be durable. Called after every event and at wake_at().
  void work();
  // When work() has something to do though nothing happens.
  [[nodiscard]] engine::time_point wake_at() const;

  [[nodiscard]] engine::time_point now() const { return context_.services.now(); }

  [[nodiscard]] channel_status status() const;
  // How the numbers that its listings of the SKU show come about. `present`: as its owner tells it, if it is known.
  [[nodiscard]] std::vector<listing_explanation> explain(const engine::number& present) const;
  // Answers at once, or after the numbers it asks for: those of an account that observes are not told before
  // somebody wants them.
  using difference_answer = std::function<void(std::vector<channel_difference> rows)>;
  void difference(std::size_t limit, difference_answer answered);

 private:
  // A change of the mode that is not durable yet.
  struct mode_change {
    engine::account_mode mode{};
    order_answer answered;
  };

  // A question that waits for numbers.
  struct asked_difference {
    std::size_t limit = 0;
    difference_answer answered;
    engine::time_point until{};
  };

  // A request whose answer is awaited.
  struct request {
    engine::request_kind kind{};
    std::string key{};                                   // of a write
    std::vector<engine::channel_push::write_row> rows{}; // of a write
    std::vector<engine::channel_push::slot> slots{};     // of a read
    int attempts = 1;
    engine::time_point not_before{}; // of a write that is to be repeated under its key
  };

  [[nodiscard]] bool talks() const;  // requests may leave at all
  [[nodiscard]] bool writes() const; // numbers may leave
  [[nodiscard]] bool reads() const;

  [[nodiscard]] double jitter() { return uniform_(random_); }

  void send(request content, adapters::http_request message, engine::time_point at);
  void send_orders(engine::time_point at);
  void send_writes(engine::time_point at);
  void send_repeats(engine::time_point at);
  void send_write(request content, engine::time_point at);
  void send_reads(engine::time_point at);
  void send_list(engine::time_point at);

  void judge_write(request content, const adapters::write_result& result, engine::time_point at);
  void judge_rows(const request& content, const adapters::write_result& result, engine::time_point at);
  void judge_all(const request& content, engine::channel_push::verdict verdict, engine::time_point at);
  void judge_read(const request& content, const adapters::read_result& result, engine::time_point at);
  void watch_limit(engine::time_point at);
  void park(engine::channel_push::slot slot, std::string reason, engine::time_point at);
  void log_parked(engine::channel_push::slot slot, std::string_view reason) const;
  void close(const request& content, adapters::batch_verdict verdict, const adapters::throttle_report& told,
             std::string_view what, engine::time_point at);

  void settle_drift(engine::time_point at);
  [[nodiscard]] bool adopt(const engine::channel_push::drift& found, engine::time_point at);
  void watch_brake();
  void put_listings();
  void put_changed(const engine::listing& content);
  void record_publications(engine::time_point at);
  [[nodiscard]] bool record(std::span<const engine::channel_push::slot> slots, engine::time_point told_to);
  [[nodiscard]] storage::publication publication_of(engine::channel_push::slot slot) const;
  void catch_up_listings();
  void ask_numbers(std::vector<engine::sku_id> skus);
  void ask_unknown_numbers();
  void ask_lost_numbers();
  void answer_differences(engine::time_point at);
  [[nodiscard]] std::vector<channel_difference> differing(std::size_t limit) const;
  void set_mode(engine::account_mode mode, order_answer answered);
  void obey(engine::account_mode mode);
  void resume(engine::time_point at);
  void finish_when_done(engine::time_point at);
  [[nodiscard]] std::string state_text() const;
  [[nodiscard]] std::string why_not(engine::channel_push::slot s, const listing_explanation& one, bool newer) const;
  [[nodiscard]] std::string stopped_because() const;
  [[nodiscard]] std::string waits_because(engine::channel_push::slot s) const;

  channel_context context_;
  deliver deliver_;
  tell tell_recorded_;
  tell_all tell_announced_;
  engine::channel_push push_;
  engine::request_gate gate_;
  order_poll poll_;
  listing_sweep sweep_;
  boost::unordered_flat_map<std::uint64_t, request> requests_;
  std::deque<request> repeats_;
  std::uint64_t sequence_ = 0;
  std::uint64_t requests_sent_ = 0;
  std::map<std::string_view, std::uint64_t> write_outcomes_;
  std::optional<engine::time_point> limited_since_; // something due waits for the channel's limit
  std::uint64_t limit_waits_ = 0;
  engine::duration limit_waited_{0};
  engine::time_point started_at_;
  engine::time_point recorded_at_{};
  std::deque<mode_change> changing_;   // in the order they become durable
  std::string suspended_;              // why the channel refuses our credentials; empty: it does not
  std::vector<engine::sku_id> needed_; // whose numbers are asked for as soon as that is possible
  std::vector<engine::sku_id> asked_;  // and not told yet, or not all of them
  std::optional<engine::time_point> ask_again_at_; // some were lost
  int announcements_ = 0;                          // asked for and not told
  bool announced_ = false;                         // every number that is needed was told
  engine::time_point facts_to_{};                  // of the newest number heard
  engine::time_point told_to_{};                   // as recorded
  std::vector<asked_difference> differences_;
  bool braked_ = false;            // the alert was given
  std::function<void()> finished_; // what finish() is to call
  bool ended_ = false;             // it was called: nothing leaves any more
  std::mt19937_64 random_;
  std::uniform_real_distribution<double> uniform_{0.0, 1.0};
};

} // namespace lockstep::actors
