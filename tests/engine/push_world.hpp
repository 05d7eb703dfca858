// A model of the world around one account's pushes: a channel that sells against the number it shows and
// tells late, a ledger that knows what it is told, and a network that loses, delays and refuses. Moved by a
// virtual clock; everything random comes from one seed. What must never happen throws std::logic_error, so
// that rapidcheck can shrink its story.
#pragma once

#include "engine/channel_push.hpp"

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace lockstep::tests {

using engine::quantity;
using engine::time_point;
using namespace std::chrono_literals;

// Shares (0 to 1) of what goes wrong; all zero: a perfect channel.
struct world_faults {
  double write_refused = 0; // not done, and told so
  double answer_lost = 0;   // done, the answer lost
  double request_lost = 0;  // not done, the answer lost
  double lands_late = 0;    // the answer lost, done up to the settle time later
  double read_failed = 0;
  double order_untold = 0; // only a poll tells it
};

class push_world {
 public:
  struct options {
    bool compare_and_set = true;
    std::size_t listings = 4;
    quantity opening = 20; // units that everybody knows of, of each SKU
    std::size_t rows_per_write = 3;
    std::uint64_t seed = 1;
    world_faults faults;
    bool checks_unseen = false; // every applied write leaves room for the sales nobody knows of yet
  };

  explicit push_world(options chosen);

  // --- what may happen; afterwards everything that may leave leaves
  void sell_here(std::size_t sku, quantity units);      // on the channel, if it shows them
  void restock_here(std::size_t sku);                   // the shop takes its last order back
  void sell_elsewhere(std::size_t sku, quantity units); // granted if available
  void receive(std::size_t sku, quantity units);
  void edit_by_hand(std::size_t sku, quantity shown);
  void sweep(bool edited_only = false); // a page with all listings, or with those ever edited by hand
  void crash();
  void pass(engine::duration time);

  // Faults end, polls go on for `time`. Only what was edited by hand is swept: nothing else can tell of that,
  // and whatever the push engine gets wrong by itself must not be put right by a sweep.
  void calm(engine::duration time);

  // Every listing shows its SKU's number, and nothing is left to do. Empty when so, else what is not.
  [[nodiscard]] std::string disagreement() const;

  [[nodiscard]] std::size_t writes() const { return writes_; }

  // How often a number was told at a start, or because a resting listing needed it.
  [[nodiscard]] std::size_t announced() const { return announced_; }

  // Everything that is known is durable.
  void record();

  [[nodiscard]] std::size_t events() const { return told_; }

  [[nodiscard]] engine::channel_push& push() { return *push_; }

 private:
  struct order {
    quantity units = 0;
    time_point at{};
    time_point told_at = time_point::max();

    [[nodiscard]] bool told() const { return told_at != time_point::max(); }
  };

  struct shelf {
    quantity shown = 0;
    quantity available = 0;
    engine::version version = 1;
    std::vector<std::shared_ptr<order>> orders;
    std::int64_t acknowledged = 0;            // highest publication answered as applied in this life
    engine::version acknowledged_version = 0; // of the SKU; over all lives
    bool in_flight = false;
    int landing = 0;                     // writes that may still land, of this life and of earlier ones
    engine::listing_push::stored stored; // as recorded durably
    time_point changed_at{};             // of its newest fact
    bool edited = false;                 // by hand, ever, or a sweep found another number than expected
  };

  using verdict = engine::channel_push::verdict;

  // A write on its way, and what was known when it left.
  struct flight {
    std::vector<engine::channel_push::write_row> rows;
    std::vector<quantity> wanted;
    std::vector<engine::version> versions;
    time_point sent_at{};
    std::size_t life = 0;
  };

  void start(bool clean);
  void check_settled(std::size_t i) const;
  void later(engine::duration wait, std::function<void()> what);
  void tell(std::size_t sku, const std::shared_ptr<order>& sold);
  void tell_fact(std::size_t sku, bool by_sale);
  void tell_number(std::size_t sku, bool by_sale, bool announced);
  void poll();
  void pump();
  void send_write(std::vector<engine::channel_push::write_row> rows);
  [[nodiscard]] std::vector<verdict> land(const flight& batch);
  void check_unseen(std::size_t sku, quantity value, quantity wanted, time_point sent_at) const;
  void answer(const flight& batch, const std::vector<verdict>& verdicts);
  void send_read(const std::vector<engine::channel_push::slot>& slots);
  [[nodiscard]] bool chance(double share);
  [[nodiscard]] engine::duration up_to(engine::duration most);

  options options_;
  engine::channel_terms terms_;
  std::unique_ptr<engine::channel_push> push_;
  std::vector<shelf> shelves_;
  std::multimap<time_point, std::function<void()>> agenda_;
  time_point now_{std::chrono::hours{24}};
  std::mt19937_64 random_;
  std::size_t writes_ = 0;
  std::size_t told_ = 0;
  std::size_t announced_ = 0;
  time_point told_to_{}; // as recorded durably
  std::size_t life_ = 0; // process; answers for an earlier one are dropped
  std::size_t requests_ = 0;
  bool polling_ = false;
  time_point next_poll_{};
};

} // namespace lockstep::tests
