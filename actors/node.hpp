// The running engine behind one plain interface: registry of SKU actors, persistence, channels, supervisor.
// CAF stays behind it. Every function may be called from any thread; none blocks unless it says so.
#pragma once

#include "actors/answer.hpp"
#include "actors/explanation.hpp"
#include "adapters/channel.hpp"
#include "engine/catalogue.hpp"
#include "engine/command.hpp"
#include "engine/limits.hpp"
#include "engine/number.hpp"
#include "engine/refusal.hpp"
#include "storage/store.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <vector>

namespace lockstep::actors {

using engine::result;

struct node_options {
  std::size_t scheduler_threads = 2;
  engine::duration key_retention = limits::key_retention_default;
  std::size_t keys_max = limits::keys_max;
  std::size_t credits_total = limits::credits_total;
  // Called once, from an engine thread, when the process must end (fenced, quarantine, restart limit): exit
  // code of sysexits and a sentence. Must not return into the engine's work: it asks main to stop.
  std::function<void(int exit_code, std::string why)> fatal;
};

// A command on its way to its SKU.
struct submission {
  engine::sku_id sku{};
  engine::command asked;
  ticket to;
};

enum class admission : std::uint8_t {
  accepted,   // the answer will come to the ticket's sink, after COMMIT
  overloaded, // no credits: not done, try again (503 + Retry-After)
  draining,   // shutting down: not done
};

// Makes the records of a change out of the catalogue as it stands: nobody changes it before they are in it,
// so numbers for new entries are free and what was merged is not outdated. An error: nothing changes.
using catalogue_change =
    std::function<result<std::vector<storage::record>>(const engine::catalogue& present)>;

enum class drift_policy : std::uint8_t { repair, ask, adopt };

// One channel account as the configuration and its adapter describe it.
struct channel_options {
  std::string account; // name in the catalogue; created there in mode `observe` when new
  std::string marketplace;
  std::shared_ptr<const adapters::channel_adapter> adapter;
  drift_policy drift = drift_policy::ask;
  bool ships_when_sold = false; // `sale = decrement`
  std::chrono::milliseconds moderate_interval{std::chrono::minutes{15}};
  std::chrono::milliseconds slow_interval{std::chrono::hours{1}};
  std::chrono::milliseconds poll_interval{std::chrono::minutes{3}};
  std::chrono::milliseconds poll_overlap{std::chrono::minutes{5}};
  std::chrono::milliseconds sweep_interval{std::chrono::hours{6}};
};

enum class channel_order : std::uint8_t { activate, pause, resume, flush, release_brake, sweep };

struct channel_status {
  engine::account_id id{};
  std::string name;
  std::string marketplace;
  engine::account_mode mode{};
  std::string state; // "ok", "throttled until ...", "circuit open", "brake", "reading orders" ...
  std::size_t listings = 0;
  std::size_t pending = 0; // listings whose number is not acknowledged
  std::size_t mailbox = 0; // messages that the actor has not taken yet
  std::size_t in_flight = 0;
  std::size_t uncertain = 0;
  std::size_t parked = 0;
  std::size_t at_rest = 0; // settled before the start; their numbers were not needed since
  std::uint64_t rows_sent = 0;
  std::uint64_t requests_sent = 0;
  std::uint64_t rows_acknowledged = 0;
  std::uint64_t coalesced =
      0; // numbers that a newer one replaced before they were sent, or that the channel knew already
  std::uint64_t stale = 0; // compare-and-set refusals
  std::uint64_t drift_units = 0;
  std::size_t real_time = 0, moderate = 0, slow = 0; // listings by tier
  std::chrono::microseconds lag_p50{0}, lag_p99{0};  // committed number to acknowledged push
  engine::time_point orders_read_to{};               // watermark
  std::chrono::microseconds behind{0}; // while active: age of the oldest change that is not acknowledged
  // Requests that wrote numbers, by how the channel answered.
  std::vector<std::pair<std::string_view, std::uint64_t>> write_outcomes;
  std::uint64_t limit_waits = 0; // times that something due had to wait for the channel's rate limit
  std::chrono::microseconds limit_waited{0}; // and how long together
};

// One line of `channel diff`: what would be pushed.
struct channel_difference {
  engine::sku_id sku{};
  engine::listing_id listing{};
  std::optional<engine::quantity> shown;  // as last read or acknowledged
  std::optional<engine::quantity> wanted; // none: no number yet
  std::string why;
};

struct hot_sku {
  engine::sku_id sku{};
  double per_day = 0;
  engine::quantity available = 0;
};

struct open_incident {
  engine::sku_id sku{};
  engine::incident incident;
};

// How long commits took since the start.
struct commit_histogram {
  std::vector<std::pair<std::chrono::microseconds, std::uint64_t>> within; // upper bound, commits no longer
  std::chrono::microseconds sum{0};
};

struct node_statistics {
  bool ready = false; // accepting is safe
  bool store_available = true;
  std::string state;         // one line for people
  std::string store_trouble; // what beside the commits keeps failing; empty when all is well
  std::uint64_t commands = 0, facts = 0, refusals = 0, repeats = 0;
  std::vector<std::pair<engine::refusal, std::uint64_t>> refusals_by_reason; // those that occurred
  std::uint64_t commits = 0;
  std::uint64_t last_batch_facts = 0;
  std::chrono::microseconds commit_p50{0}, commit_p99{0}; // of the last ones
  commit_histogram commit_durations;
  engine::time_point committed_at{};       // the last commit; zero: none yet
  std::chrono::microseconds commit_lag{0}; // age of the oldest thing that is not durable yet
  std::uint64_t unknown_commits = 0;
  std::size_t queued_entries = 0; // waiting for the next commit
  std::size_t sku_actors = 0;
  std::size_t channel_actors = 0;
  std::size_t sku_backlog = 0;         // commands in the mailboxes of SKU actors or waiting there for a group
  std::size_t persistence_mailbox = 0; // as it last looked
  std::size_t loader_mailbox = 0;      // as it last looked
  std::size_t credits_in_use = 0, credits_total = 0;
  std::uint64_t shed = 0; // refused for want of credits
  std::size_t keys = 0;
  std::uint64_t actor_restarts = 0;
  std::size_t groups_waiting = 0;
  std::size_t dead_letters = 0; // that wait for a person
  std::size_t quarantined = 0;  // SKUs
  std::size_t open_incidents = 0;
  std::array<std::size_t, 5> incidents_by_cause{}; // by engine::incident::kind
  engine::quantity oversold_units = 0;
  storage::epoch epoch = 0;
  storage::batch_number batch = 0;
};

class node {
 public:
  // Loads catalogue and keys, starts the actors. Blocks until ready to accept. Errors as of the store.
  [[nodiscard]] static result<std::unique_ptr<node>> start(node_options options,
                                                           std::unique_ptr<storage::store> store);
  ~node(); // drains first when drain() was not called

  // Registers where answers of tickets with the returned number go. The sink outlives the node's drain().
  [[nodiscard]] std::uint16_t add_sink(answer_sink& sink);

  // All are admitted or none. Each is decided and answered for itself.
  [[nodiscard]] admission submit(std::vector<submission> commands);
  [[nodiscard]] admission submit(submission command);
  // All or nothing: every member is granted, or none. One answer, to the first member's ticket. At most one
  // command per SKU; at most limits::lines_per_group_max. The first member's key is the group's.
  [[nodiscard]] admission submit_group(std::vector<submission> members);

  // Makes records durable, in order with everything else, then answers `recorded`. Products, accounts and
  // listings are known to catalogue() at once.
  // conflict: a code, a name or an item belongs to another entry; then nothing changes.
  [[nodiscard]] result<void> record(std::vector<storage::record> records, ticket to);
  // The same for records that depend on what is known already. Fails as `make` does.
  // `durable` is called after the commit, on an engine thread; not when nothing changes.
  [[nodiscard]] result<void> change(const catalogue_change& make, ticket to, std::function<void()> durable = {});
  // As long as it lives, and until the SKU is a bundle, nothing that moves it is admitted (`overloaded`); what was
  // before is done after a barrier(). For who is about to make it one.
  [[nodiscard]] std::shared_ptr<const void> keep_still(engine::sku_id sku);
  // Answers `recorded` when everything submitted before is durable.
  [[nodiscard]] admission barrier(ticket to);

  // The catalogue under a shared lock: keep it shorter than a request.
  class catalogue_view {
   public:
    const engine::catalogue* operator->() const { return catalogue_; }

    const engine::catalogue& operator*() const { return *catalogue_; }

    catalogue_view(const engine::catalogue& c, std::shared_lock<std::shared_mutex> l)
        : catalogue_(&c), lock_(std::move(l)) {}

   private:
    const engine::catalogue* catalogue_;
    std::shared_lock<std::shared_mutex> lock_;
  };

  [[nodiscard]] catalogue_view catalogue() const;
  // A reader of committed content for a thread of the caller's.
  [[nodiscard]] result<std::unique_ptr<storage::reader>> open_reader() const;

  // Starts a channel account. Its listings come from the catalogue. conflict: it runs already.
  [[nodiscard]] result<engine::account_id> add_channel(channel_options options,
                                                       adapters::http_client& client);
  // These block up to two seconds for what they ask for; unavailable when they do not come.
  [[nodiscard]] result<std::vector<channel_status>> channels() const;
  [[nodiscard]] result<std::vector<channel_difference>> channel_diff(engine::account_id account,
                                                                     std::size_t limit) const;
  // Of every account that runs and lists the SKU, or of `only`. `present`: its number, if the asker has it.
  [[nodiscard]] result<std::vector<account_explanation>>
  explain(const engine::number& present, std::optional<engine::account_id> only) const;
  [[nodiscard]] result<void> order_channel(engine::account_id account, channel_order what);
  // A quarantined SKU takes requests and is pushed again, once that is durable. refused: it is not
  // quarantined.
  [[nodiscard]] result<void> release_sku(engine::sku_id sku);
  [[nodiscard]] result<std::vector<hot_sku>> top(std::size_t limit) const;
  [[nodiscard]] std::vector<open_incident> incidents() const; // as of the last commit

  // How long a movement's key is remembered.
  [[nodiscard]] engine::duration key_retention() const;

  [[nodiscard]] node_statistics statistics() const; // a snapshot of counters, cheap

  // When the actors' scheduler last ran what was due; it does so every second.
  [[nodiscard]] std::chrono::steady_clock::time_point last_turn() const;

  // Opens the admin console on a TCP port (0: any); returns the port. The token is compared in constant time.
  [[nodiscard]] result<std::uint16_t> open_console(std::string address, std::uint16_t port, std::string token,
                                                   std::function<void()> shutdown_asked);

  // Takes no more work, answers what was admitted, flushes channels until `deadline`, snapshots, marks a
  // clean end. Blocks. True when all of it was done in time.
  bool drain(std::chrono::milliseconds deadline);

 private:
  struct parts;
  explicit node(std::unique_ptr<parts> p);
  std::unique_ptr<parts> parts_;
};

} // namespace lockstep::actors
