// The seller's warehouse: what stands on its shelves by its own count, and what it tells the engine over
// HTTP as any other system would: adjustments, returns that nobody knows the order of, inspections. The
// shelves are counted apart from the engine, so that at the end one can be held against the other.
#pragma once

#include "app/demo/order_log.hpp"
#include "app/import/api_client.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace lockstep::app::demo {

using engine::quantity;

struct warehouse_counts {
  std::size_t written_off = 0, written_off_refused = 0; // movements; refused: the units are promised
  std::size_t found = 0;
  std::size_t unlinked_returns = 0;
  std::size_t inspections = 0;
  std::size_t retries = 0; // inspections that came before the return they are of
  quantity written_off_units = 0, written_off_refused_units = 0, found_units = 0, unlinked_units = 0,
           inspected_units = 0;
  std::map<std::string, std::size_t> unexpected; // refusals that should not be, by problem code
};

class warehouse {
 public:
  // `skus` outlives it; `opening` is what stands there at the start, by place in `skus`.
  warehouse(const std::vector<log_sku>& skus, std::vector<quantity> opening, std::string base_url,
            secret token);
  ~warehouse(); // what was not told is dropped
  warehouse(const warehouse&) = delete;
  warehouse& operator=(const warehouse&) = delete;

  // Any thread; these return at once.
  void write_off(std::uint32_t sku, quantity units, const std::string& reason);
  void find(std::uint32_t sku, quantity units, const std::string& reason);
  // Units came back without an order: taken, then inspected and put on the shelf.
  void take_return(std::uint32_t sku, quantity units);
  // Units came back that their shop tells of: inspected as soon as the engine knows of the return.
  void inspect(std::uint32_t sku, quantity units);
  // Takes units off the shelf to ship them: as many as there are, `wanted` at most.
  [[nodiscard]] quantity pick(std::uint32_t sku, quantity wanted);

  // True when everything was told and answered before `until`.
  [[nodiscard]] bool wait_idle(std::chrono::steady_clock::time_point until);

  [[nodiscard]] std::vector<quantity> shelves() const;

  [[nodiscard]] std::vector<quantity> opening() const { return opening_; }

  [[nodiscard]] warehouse_counts counts() const;
  // Why the engine cannot be told any more; empty: all is well.
  [[nodiscard]] std::string failure() const;

 private:
  enum class task_kind : std::uint8_t { write_off, find, take_return, inspect };

  struct task {
    task_kind kind{};
    std::uint64_t number = 0; // its key
    std::uint32_t sku = 0;
    quantity units = 0;
    std::string reason;
  };

  void add(task_kind kind, std::uint32_t sku, quantity units, std::string reason);
  void work();
  [[nodiscard]] std::vector<task> take_batch();
  [[nodiscard]] std::string encode(const std::vector<task>& batch) const;
  [[nodiscard]] engine::result<void> tell(const std::vector<task>& batch);
  void judge(const task& told, std::string_view line);
  void done(const task& told);
  void refused(const task& told, const std::string& code);

  const std::vector<log_sku>& skus_;
  const std::vector<quantity> opening_;
  api_client api_;
  mutable std::mutex mutex_; // guards all below
  std::condition_variable changed_;
  std::vector<quantity> shelves_;
  std::deque<task> tasks_;
  std::deque<task> again_; // refused for now
  std::size_t under_way_ = 0;
  std::uint64_t numbers_ = 0;
  warehouse_counts counts_;
  std::string failure_;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace lockstep::app::demo
