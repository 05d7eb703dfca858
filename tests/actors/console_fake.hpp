// An engine as the console sees it, made of values that a test sets and looks at.
#pragma once

#include "actors/console.hpp"
#include "storage/memory/memory_store.hpp"

#include <caf/all.hpp>
#include <caf/io/all.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace lockstep::tests {

class fake_engine {
 public:
  static constexpr engine::sku_id mug{7};
  static constexpr engine::account_id shop{3};
  static constexpr engine::location_id east{1};

  [[nodiscard]] actors::console_context context();

  // Waits until the console has submitted a read; the test answers it when it likes.
  actors::submission wait_for_submission();
  void answer(const actors::submission& asked, engine::quantity available);
  // Waits until somebody listens (or nobody does), and hands over a commit as persistence would.
  std::shared_ptr<actors::fact_listener> wait_for_listener(bool present = true);
  void commit(std::vector<storage::sku_fact> facts);

  // What the test sets.
  actors::node_statistics statistics;
  actors::admission admits = actors::admission::accepted;
  std::vector<actors::channel_status> channels;
  std::vector<actors::channel_difference> differences;
  std::vector<actors::account_explanation> explained;
  std::vector<actors::hot_sku> hottest;
  std::vector<actors::open_incident> open_incidents;
  std::optional<engine::bundle> composition;
  engine::account_rules rules;
  std::shared_ptr<const engine::sku_state> detail; // of every answer about stock
  std::shared_ptr<storage::memory> content = storage::make_memory();
  std::unique_ptr<storage::store> store = storage::open_memory(content);
  bool answers_at_once = true;
  std::atomic<bool> top_throws{false}; // once

  // What the console did.
  std::atomic<int> shutdowns{0};
  std::atomic<int> snapshots{0};
  std::atomic<bool> released{false};
  std::vector<std::pair<engine::account_id, actors::channel_order>> orders() const;

 private:
  actors::admission submit(actors::submission asked);

  mutable std::mutex lock_;
  std::condition_variable changed_;
  actors::answer_sink* sink_ = nullptr;
  std::shared_ptr<actors::fact_listener> listener_;
  std::vector<actors::submission> submissions_;
  std::vector<std::pair<engine::account_id, actors::channel_order>> orders_;
};

// A fact of the mug; `version` tells them apart.
[[nodiscard]] storage::sku_fact mug_fact(engine::version version);

// CAF with its network thread, as the engine configures it.
struct console_system {
  struct config : caf::actor_system_config {
    config() {
      load<caf::io::middleman>();
      set("scheduler.max-threads", 2);
    }
  };

  config chosen;
  caf::actor_system system{chosen};
};

} // namespace lockstep::tests
