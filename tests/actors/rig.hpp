// The whole engine under CAF's deterministic scheduler: real actors, virtual time, the memory store with
// faults on command. Nothing happens until the test lets it.
#pragma once

#include "actors/core.hpp"
#include "actors/intake.hpp"
#include "actors/messages.hpp"
#include "actors/recovery.hpp"
#include "storage/memory/memory_store.hpp"
#include "tests/actors/commands.hpp"
#include "tests/actors/faulty_store.hpp"

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lockstep::tests {

// Keeps answers by the ticket's request number.
class kept_answers final : public actors::answer_sink {
 public:
  void deliver(std::vector<actors::answer> answers) noexcept override {
    ++deliveries;
    for (auto& one : answers)
      by_request.insert_or_assign(one.to.request, std::move(one));
  }

  std::map<std::uint32_t, actors::answer> by_request;
  std::size_t deliveries = 0;
};

class rig {
 public:
  explicit rig(std::shared_ptr<storage::memory> content = storage::make_memory(),
               actors::credit_limits bounds = {}, std::size_t keys_max = 10'000)
      : content_(std::move(content)), system_(config_),
        shared_(system_, start_time(),
                {.key_retention = limits::key_retention_default,
                 .keys_max = keys_max,
                 .bounds = bounds,
                 .fatal =
                     [this](int code, std::string why) {
                       exit_code = code;
                       exit_words = std::move(why);
                     },
                 .wall_time = [this] { return wall ? *wall : shared_.clock.now(); },
                 .detached = false}),
        entrance_(shared_), sink_(shared_.outlets.add_sink(answers)) {
    auto store = std::make_unique<faulty_store>(storage::open_memory(content_), plan);
    reader_ = *store->open_reader();
    auto reader = store->open_reader();
    auto remembered = actors::remember_window(**reader, shared_);
    if (!remembered) throw std::runtime_error{remembered.error().what};
    held = *std::move(remembered);
    actors::start_actors(shared_, std::move(store), std::move(*reader));
    run();
  }

  // A crash: what is not durable is gone. Nothing is drained.
  ~rig() {
    actors::stop_actors(shared_);
    scheduler().run();
    shared_.loader = shared_.persistence = shared_.supervisor = nullptr;
  }

  rig(const rig&) = delete;
  rig& operator=(const rig&) = delete;

  // Submits without running anything; the answer will be under the returned request number.
  std::uint32_t send(engine::sku_id sku, engine::command asked) {
    const auto request = ++requests_;
    last_admission = entrance_.submit({sku, std::move(asked), {sink_, 0, 0, 0, request}});
    return request;
  }

  std::uint32_t send_group(std::vector<std::pair<engine::sku_id, engine::command>> members) {
    const auto request = ++requests_;
    std::vector<actors::submission> all;
    for (auto& [sku, asked] : members)
      all.push_back({sku, std::move(asked), {sink_, 0, 0, 0, request}});
    last_admission = entrance_.submit_group(std::move(all));
    return request;
  }

  std::uint32_t send_barrier() {
    const auto request = ++requests_;
    actors::work_ptr item{new actors::work_item};
    item->reply.to = {sink_, 0, 0, 0, request};
    item->reply.kind = actors::answer_kind::recorded;
    item->barrier = true;
    caf::anon_send(shared_.persistence, actors::decided{std::move(item)});
    return request;
  }

  void record(storage::record item) {
    actors::work_ptr carrier{new actors::work_item};
    carrier->records.push_back(std::move(item));
    caf::anon_send(shared_.persistence, actors::decided{std::move(carrier)});
    run();
  }

  // Runs every message that is there; timers stay where they are.
  void run() { scheduler().run(); }

  // Lets virtual time pass in steps of a millisecond (timers fire in order).
  void advance(std::chrono::milliseconds length) {
    for (auto left = length; left.count() > 0; left -= step(left)) {
      scheduler().advance_time(step(left));
      run();
    }
  }

  // Submits and runs; the answer must be there then.
  actors::answer ask(engine::sku_id sku, engine::command asked) {
    const auto request = send(sku, std::move(asked));
    run();
    return answers.by_request.at(request);
  }

  [[nodiscard]] bool answered(std::uint32_t request) const { return answers.by_request.contains(request); }

  [[nodiscard]] const actors::answer& answer(std::uint32_t request) const {
    return answers.by_request.at(request);
  }

  // What is committed, whatever the actors believe.
  [[nodiscard]] storage::reader& reader() { return *reader_; }

  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  }

  static engine::time_point start_time() { return engine::time_point{std::chrono::hours{24 * 365 * 56}}; }

  [[nodiscard]] actors::core& shared() { return shared_; }

  [[nodiscard]] caf::actor_system& system() { return system_; }

  [[nodiscard]] engine::time_point now() const { return shared_.clock.now(); }

  [[nodiscard]] const std::shared_ptr<storage::memory>& content() const { return content_; }

  std::vector<engine::sku_id> held; // SKUs that the start found with holds
  fault_plan plan;
  kept_answers answers;
  actors::admission last_admission = actors::admission::accepted;
  std::optional<engine::time_point> wall; // the system's clock; none: it agrees with the engine's
  int exit_code = 0;
  std::string exit_words;

 private:
  struct config : caf::actor_system_config {
    config() { set("scheduler.policy", caf::atom("testing")); }
  };

  static std::chrono::milliseconds step(std::chrono::milliseconds left) {
    return std::min(left, left > std::chrono::seconds{10} ? std::chrono::milliseconds{1'000}
                                                          : std::chrono::milliseconds{1});
  }

  std::shared_ptr<storage::memory> content_;
  config config_;
  caf::actor_system system_;
  actors::core shared_;
  actors::intake entrance_;
  std::unique_ptr<storage::reader> reader_;
  std::uint16_t sink_;
  std::uint32_t requests_ = 0;
};

} // namespace lockstep::tests
