// The Admin GraphQL endpoint of the sandbox: a body in, a status and a body out. No sockets and no clock.
#pragma once

#include "adapters/sandbox/graphql_run.hpp"
#include "adapters/sandbox/shop_model.hpp"

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

namespace lockstep::adapters::sandbox {

struct api_answer {
  unsigned status = 200;
  std::string body;
};

// Points that queries cost, refilled as time goes by.
class cost_bucket {
 public:
  using steady = std::chrono::steady_clock;

  cost_bucket(double maximum, double restore_per_second)
      : maximum_(maximum), restore_per_second_(restore_per_second), available_(maximum) {}

  // False when fewer than `points` are left; nothing is taken then.
  [[nodiscard]] bool take(double points, steady::time_point now);

  void give_back(double points) { available_ = std::min(maximum_, available_ + points); }

  [[nodiscard]] boost::json::object to_json() const;

 private:
  double maximum_;
  double restore_per_second_;
  double available_;
  steady::time_point refilled_at_{};
};

class admin_api {
 public:
  admin_api(shop_model& shop, cost_bucket bucket, bool throttled_as_429);

  [[nodiscard]] api_answer execute(std::string_view body, time_point now,
                                   cost_bucket::steady::time_point tick);
  // As if no points were left.
  [[nodiscard]] api_answer throttle();

  // A write that will land later is under way: its key is refused as concurrent until land() executes it.
  void begin(std::string_view body);
  void land(std::string_view body, time_point now, cost_bucket::steady::time_point tick);

  // Adds its own counters.
  void count_into(shop_statistics& statistics) const;

 private:
  struct prepared { // a document that passed validation, or its errors
    document asked;
    std::vector<graphql_error> errors;
  };
  enum class ended : std::uint8_t { running, applied, failed };

  struct remembered {
    admin_api::ended ended = admin_api::ended::running;
    std::size_t parameters = 0; // hash
  };

  struct user_error {
    boost::json::value field;
    std::string_view message;
    std::string_view code;
  };

  struct write_outcome {
    std::vector<user_error> faults; // empty: applied
    std::int64_t group = 0;
    std::vector<std::pair<std::int64_t, quantity>> changes; // inventory item, difference
  };

  struct request {
    const document* asked = nullptr;
    const operation* first = nullptr;
    boost::json::object variables;
    double points = 0;
  };

  [[nodiscard]] api_answer refuse(const std::vector<graphql_error>& errors);
  const prepared& prepare(const std::string& text);
  [[nodiscard]] api_answer run_query(const request& asked);
  [[nodiscard]] api_answer run_mutation(const request& asked, time_point now);
  [[nodiscard]] write_outcome write(const boost::json::object& input, const std::string& key, time_point now);
  [[nodiscard]] std::vector<user_error> judge_key(const std::string& key, std::size_t parameters) const;
  [[nodiscard]] std::vector<user_error> judge_input(const boost::json::object& input,
                                                    std::vector<level_write>& rows) const;
  [[nodiscard]] graphql_object to_object(const write_outcome& outcome, const boost::json::object& input,
                                         time_point now) const;
  [[nodiscard]] static graphql_object to_object(const user_error& fault);
  [[nodiscard]] api_answer answer(boost::json::object body, double requested, double actual) const;

  shop_model& shop_;
  cost_bucket bucket_;
  bool throttled_as_429_;
  schema schema_;
  std::unordered_map<std::string, prepared> documents_;
  std::map<std::string, remembered, std::less<>> keys_;
  std::uint64_t requests_ = 0, throttled_ = 0, refused_ = 0, writes_ = 0, rows_written_ = 0, stale_ = 0;
};

} // namespace lockstep::adapters::sandbox
