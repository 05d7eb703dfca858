// Sends judged items to an engine, block by block: what the catalogue knows of a block first, then its
// counts, together with the catalogue's part of the next block. While the engine works on them the next block
// is gathered.
#pragma once

#include "app/import/api_client.hpp"
#include "app/import/import_item.hpp"
#include "engine/error.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <functional>
#include <future>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::app {

struct import_totals {
  std::size_t added = 0;   // products, listings, bundles
  std::size_t changed = 0; // known before; now as the file states them
  std::size_t counted = 0;
  std::size_t counted_before = 0; // the same line of the same import: its first outcome stands
  std::size_t refused = 0;        // items the engine refused something of
};

class import_sender {
 public:
  struct hooks {
    // Its counts are those that were not taken. Called when the block it is of has been answered.
    std::function<void(const import_item&, const std::string& why)> refused;
    std::function<void(std::size_t items)> sent;
  };

  // judge: the engine says what it would refuse, and nothing is recorded.
  enum class purpose : unsigned char { record, judge };

  // `name` with an item's line is the key of its count, so that the same import twice counts once, though
  // units were sold in between.
  import_sender(api_client& api, std::string name, hooks told, purpose of = purpose::record);

  // Sends when a block is full; hooks are called from here. unavailable: the engine went away; the same
  // import may be sent again.
  [[nodiscard]] engine::result<void> add(import_item item);
  // Sends what is left.
  [[nodiscard]] engine::result<void> finish();

  [[nodiscard]] const import_totals& totals() const { return totals_; }

 private:
  struct entry {
    import_item item;
    std::string refused{};            // why; empty: it is not
    std::vector<std::size_t> taken{}; // of its counts
    bool told = false;
  };

  struct line {
    entry* of = nullptr;
    std::string text; // one JSON object
    std::size_t count = 0; // which one of the item's, when it is one
  };

  using block = std::vector<entry>;
  using answers = engine::result<std::vector<api_answer>>;

  struct parcel {
    std::string_view target;
    std::vector<line> lines; // that have no answer yet
  };

  // Requests under way, and what they are about.
  struct flight {
    block listed, counted;
    std::vector<parcel> parcels;
    std::future<answers> arriving;
  };

  void send_block();
  void pack();
  void pack_trial();
  [[nodiscard]] engine::result<void> settle();
  void start();
  [[nodiscard]] engine::result<void> read_answers(const std::vector<api_answer>& told);
  [[nodiscard]] engine::result<std::vector<line>> read_answer(std::vector<line> asked,
                                                              const api_answer& answer);
  [[nodiscard]] bool take(const boost::json::object& outcome, const line& of);
  void tell_refused(block& of);

  api_client& api_; // of the thread that the flight has, while there is one
  const std::string name_;
  const hooks told_;
  const purpose purpose_;
  import_totals totals_;
  block next_;       // not sent at all yet
  block catalogued_; // whose counts are not sent yet
  std::size_t next_bytes_ = 0;
  flight flight_;
};

} // namespace lockstep::app
