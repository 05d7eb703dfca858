// Which codes to ask for next, and when: bounded, paced, patient with a service that fails, and asking for
// each code once while its answer is fresh. A pure machine moved by `now`; it never holds anybody up.
#pragma once

#include "adapters/ecomsource/lookup_service.hpp"
#include "engine/circuit_breaker.hpp"
#include "engine/limits.hpp"
#include "engine/rate_limit.hpp"
#include "engine/types.hpp"

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace lockstep::adapters::ecomsource {

struct queue_options {
  double requests_per_second = 1;
  std::size_t requests_per_day = 10; // in any 24 hours; positive
  std::size_t codes_per_request = 1;
  std::size_t waiting_max = limits::lookup_waiting_max;       // codes
  std::size_t remembered_max = limits::lookup_remembered_max; // codes; the oldest makes room
  engine::duration fresh_found = std::chrono::hours{14 * 24}; // which codes a product has changes rarely
  engine::duration fresh_missing = std::chrono::hours{24};    // it may be new
};

class lookup_queue {
 public:
  explicit lookup_queue(const queue_options& options);

  // False: the queue is full. A code that waits already, is asked for, or has a fresh answer is not asked
  // again.
  [[nodiscard]] bool ask(const engine::identifier& code, engine::time_point now);

  // The codes of the request to send now; none while the limits or the circuit say no, or none waits.
  [[nodiscard]] std::vector<engine::identifier> next(engine::time_point now);
  // When next() may give some; nothing: not before something else happens.
  [[nodiscard]] std::optional<engine::time_point> ready_at(engine::time_point now) const;

  // While codes wait for nothing but the day's allowance: when it gives the next request.
  [[nodiscard]] std::optional<engine::time_point> allowance_back_at(engine::time_point now) const;

  // What came of a request. The codes that are settled by it, with or without an answer; others wait again.
  // `jitter` is uniform in [0, 1).
  [[nodiscard]] std::vector<engine::identifier> settle(std::span<const engine::identifier> codes,
                                                       lookup_answer answer, engine::time_point now,
                                                       double jitter);

  // What is known of a code: products, or none when the service has none; null: nothing fresh.
  [[nodiscard]] const std::vector<known_product>* find(const engine::identifier& code,
                                                       engine::time_point now) const;

  // Codes that wait or are asked for.
  [[nodiscard]] std::size_t waiting() const { return queued_.size(); }

  // Why the last request brought nothing; empty: all is well.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  struct remembered {
    std::vector<known_product> products;
    engine::time_point until{};
  };

  [[nodiscard]] engine::time_point allowed_at() const;
  [[nodiscard]] bool try_again(const engine::identifier& code, lookup_status how);
  void remember(const engine::identifier& code, std::vector<known_product> products, engine::time_point now);

  queue_options options_;
  engine::rate_limit pace_;
  std::deque<engine::time_point> sent_; // of the last 24 hours at least: 8 bytes each
  engine::circuit_breaker circuit_;
  std::deque<engine::identifier> waiting_;
  std::set<engine::identifier> queued_;         // those, and the ones asked for
  std::map<engine::identifier, int> failures_; // of those that wait again
  std::set<engine::identifier> alone_;         // those that were refused together with others
  std::map<engine::identifier, remembered> known_;
  std::deque<engine::identifier> by_age_;
  std::string trouble_;
};

} // namespace lockstep::adapters::ecomsource
