// What stands behind node.hpp.
#pragma once

#include "actors/announcement.hpp"
#include "actors/channel_sink.hpp"
#include "actors/console.hpp"
#include "actors/core.hpp"
#include "actors/intake.hpp"
#include "actors/node.hpp"
#include "actors/waiting_sink.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <vector>

namespace lockstep::actors {

struct node::parts {
  struct system_config : caf::actor_system_config {
    explicit system_config(std::size_t threads);
  };

  parts(const node_options& options, engine::time_point start, storage::epoch epoch);
  ~parts();
  parts(const parts&) = delete;
  parts& operator=(const parts&) = delete;

  // Catalogue and publications, before the first actor runs.
  [[nodiscard]] result<void> load_catalogue(storage::store& from);
  [[nodiscard]] result<void> record(std::vector<storage::record> records, ticket to);
  // As node::change(); `durable` is called after the commit on the persistence thread.
  [[nodiscard]] result<void> change(const catalogue_change& make, ticket to,
                                    std::function<void()> durable = {});
  [[nodiscard]] result<std::unique_ptr<storage::reader>> open_reader() const;

  [[nodiscard]] catalogue_view view_catalogue() const {
    return {catalogue, std::shared_lock{catalogue_lock}};
  }

  // Waits until everything submitted before is durable and answered. False: not before `until`.
  [[nodiscard]] bool wait_barrier(std::chrono::steady_clock::time_point until);
  [[nodiscard]] bool finish_channels(std::chrono::steady_clock::time_point until);
  // How many SKUs had something new; nothing when it was not all durable before `until`.
  [[nodiscard]] std::optional<std::size_t> write_snapshots(std::chrono::steady_clock::time_point until);
  // Starts or restarts the actor of an account that is in `channels`: reads what it needs and spawns it.
  [[nodiscard]] result<void> start_channel(engine::account_id account);
  // What the store had published when the node started, once.
  [[nodiscard]] result<std::vector<storage::publication>> published_at_start(engine::account_id account);
  void announce_numbers(std::vector<engine::sku_id> skus, announcement::outcome told);
  void send_records(std::vector<storage::record> records, ticket to, std::function<void()> durable = {});
  // A new dead letter about what another one is about.
  [[nodiscard]] bool kept_already(const storage::record& item);
  // Owners that have something to do though nobody asks them are woken, those of `held` first. Nobody waits for it.
  void find_unsettled_skus(std::vector<engine::sku_id> held, engine::time_point newest_fact_at);
  // As core::slowest_lag.
  [[nodiscard]] engine::duration slowest_lag(engine::sku_id sku);
  void send_barrier(ticket to);
  void stop();

  system_config config;
  caf::actor_system system;
  core shared;
  intake entrance;
  storage::epoch epoch;
  bool clean_start = false;
  std::optional<bool> drained; // all of it in time
  bool stopped = false;
  std::atomic<bool> ready{false};
  mutable std::shared_mutex catalogue_lock;
  engine::catalogue catalogue;
  waiting_sink waits;
  std::uint16_t waits_number = 0;
  std::uint32_t waits_asked = 0;

  // An account that runs. Entries are never removed, so a pointer to one stays good.
  struct running_channel {
    channel_options options;
    adapters::http_client* client = nullptr;
    channel_sink answers;
    std::uint16_t sink = 0;
  };

  std::mutex channels_lock;
  std::map<engine::account_id, std::unique_ptr<running_channel>> channels;
  // By account, until its actor starts: one reading serves all accounts.
  std::map<engine::account_id, std::vector<storage::publication>> published;
  std::vector<std::unique_ptr<console>> consoles;
};

} // namespace lockstep::actors
