// Reads everything an account lists, page by page and paced: on the first day to map items to SKUs and to see
// what they show, later to find drift. Nothing else walks all listings. Moved by calls, no actor in it.
#pragma once

#include "actors/channel_context.hpp"
#include "engine/channel_push.hpp"

#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lockstep::actors {

class listing_sweep {
 public:
  // `context` and `push` outlive this. The first sweep is due at `first`.
  listing_sweep(const channel_context& context, engine::channel_push& push, engine::time_point first);

  // When the next page may be asked for; nothing while an answer is awaited.
  [[nodiscard]] std::optional<engine::time_point> request_at() const;
  // A sweep begins at once, or goes on when one is under way.
  void want_now(engine::time_point now);

  [[nodiscard]] adapters::http_request ask(engine::time_point now);
  // The page; anything but a judged one is asked for again.
  void answered(const adapters::read_result& page, engine::time_point now);

  // True once everything has been read at least once.
  [[nodiscard]] bool completed_once() const { return completed_once_; }

  // Items of the last complete sweep that could not be mapped: no SKU, or several items for one.
  [[nodiscard]] std::size_t unmapped() const { return unmapped_; }

 private:
  // An item without a listing, and the SKU it seems to be.
  struct candidate {
    engine::listing found;
    std::size_t items = 1; // of this account that seem to be that SKU at that place
  };

  // The id that orders carry, for a listing that was imported without it.
  struct learned_variant {
    engine::listing_id listing{};
    std::string variant;
  };

  void compare(const adapters::shown& item, engine::time_point now);
  // Null when it is not listed, or not known here yet.
  [[nodiscard]] const engine::channel_push::slot* slot_of(const adapters::shown& item) const;
  void consider(const adapters::shown& item);
  [[nodiscard]] std::optional<engine::sku_id> sku_of(const engine::catalogue& known,
                                                     const adapters::shown& item) const;
  [[nodiscard]] bool listed_otherwise(const engine::catalogue& known, const engine::listing& found) const;
  void record_variants();
  void map_candidates();
  [[nodiscard]] bool map(const engine::listing& found) const;
  void log_refused(const engine::error& why) const;
  void end(engine::time_point now);

  const channel_context& context_;
  engine::channel_push& push_;
  engine::time_point next_at_; // of the next page
  engine::time_point asked_at_{};
  bool asked_ = false;
  bool completed_once_ = false;
  std::string cursor_;
  boost::unordered_flat_map<std::string, candidate> candidates_; // by SKU number and location
  std::vector<learned_variant> learned_;
  std::size_t without_sku_ = 0;
  std::size_t unmapped_ = 0;
};

} // namespace lockstep::actors
