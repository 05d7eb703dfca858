// Messages between actors of one process. They hold pointers and values that never travel.
#pragma once

#include "actors/channel_context.hpp"
#include "actors/explanation.hpp"
#include "actors/work.hpp"

#include <caf/all.hpp>

#include <functional>
#include <future>
#include <memory>
#include <string>

namespace lockstep::actors {

// Persistence to every channel actor, after COMMIT.
struct numbers_committed {
  std::shared_ptr<const committed_numbers> content;
};

// Node to a channel actor, once: it is known to persistence now, and may ask for the numbers it needs. Facts
// of `also` may have been committed before that.
struct channel_known {
  std::vector<engine::sku_id> also;
};

// To a channel actor: every SKU it asked for has told its number.
struct numbers_announced {
  bool all = true; // false: some were lost with their actor and must be asked for again
};

// HTTP client's thread to the channel actor: the answer of its request `sequence`.
struct http_answered {
  std::uint64_t sequence = 0;
  adapters::http_response response;
};

// Persistence to the channel actor: answers of order lines it submitted.
struct answers_delivered {
  std::vector<answer> answers;
};

// Persistence to the channel actor, after COMMIT: the mode it asked to be recorded.
struct mode_recorded {};

// Node to a channel actor: a listing is new or has another rule.
struct listing_changed {
  engine::listing content;
};

// Persistence to a channel actor, after COMMIT: the account's rules, and tags of products that it lists.
struct rules_changed {
  engine::account_rules rules;
  tags_by_sku tags;
};

// Node to a channel actor: a SKU is quarantined (nothing is pushed for it) or released.
struct sku_quarantined {
  engine::sku_id sku{};
  bool released = false;
};

// The actor's own timer.
struct tick {};

// Intake to a SKU actor: decide this.
struct admitted {
  work_ptr work;
};

// SKU actor (or node) to persistence: make this durable, then tell.
struct decided {
  work_ptr work;
};

// Intake or the member before it to the owner of members[position]: set its units aside.
struct prepare_member {
  group_ptr group;
  std::size_t position = 0;
};

// Last member to every member: all have prepared.
struct commit_member {
  group_ptr group;
  std::size_t position = 0;
};

// The member that refused to those before it: give back what you set aside.
struct abort_member {
  engine::group_id group{};
};

// To a SKU actor: tell your present number through persistence, then `told` is called on its thread.
struct announce_number {
  std::function<void()> told;
};

// To a SKU actor: write a snapshot when there is something new, then `written` is called as above, telling
// whether there was.
struct write_snapshot {
  std::function<void(bool something_new)> written;
};

// Persistence to a SKU actor, after COMMIT.
struct quarantine_changed {
  bool quarantined = false;
};

// SKU actor to the loader: read my state.
struct load_sku {
  engine::sku_id sku{};
  caf::actor owner;
};

// The loader to itself: read those that have asked.
struct read_asked {};

// Node to the loader, at the start: wake the owners of those of these SKUs that are not settled
// (reader::unsettled()), from `next` on: what an owner loads it tells, and its timers run from then on.
struct find_unsettled {
  std::shared_ptr<const std::vector<engine::sku_id>> skus;
  engine::time_point held_to{};
  bool all = false; // none of them is: nobody needs to look
  std::size_t next = 0;
};

// The loader's answer.
struct sku_loaded {
  std::shared_ptr<engine::sku_state> state; // null: `failure` says why
  engine::version snapshot_version = 0;
  engine::error failure{};
};

// To the loader: work that may block, such as reading what a channel actor starts with.
struct blocking_work {
  std::function<void()> work;
};

// Supervisor to the loader: is anything wrong beside the commits?
struct look_at_store {};

// Supervisor to itself: the actors' scheduler runs.
struct turn {};

// Node to persistence, which alone may call the store: open a reader.
struct open_reader {
  std::shared_ptr<std::promise<engine::result<std::unique_ptr<storage::reader>>>> answer;
};

// Persistence to the successor of a failed SKU actor: all that the failed one had decided is durable.
struct predecessor_durable {};

// To the supervisor: act when it ends. The actors of SKUs, channels and consoles are replaced, the others end
// the process.
struct watch {
  enum class kind : std::uint8_t { vital, sku, channel, console };
  caf::actor who;
  kind as = kind::vital;
  std::int64_t number = 0; // of the SKU, the account or the console
  std::string what;        // for the log: "sku", "persistence", "channel shop-1"
};

// To the supervisor, later: the console could not be opened again; try once more.
struct console_closed {
  std::int64_t number = 0;
};

// Requests; the answer's type is on the right.
struct get_status {}; // channel_status

struct get_difference { // std::vector<channel_difference>
  std::size_t limit = 0;
};

struct get_explanation { // std::vector<listing_explanation>
  engine::number present;
};

struct give_order { // result<void> as an engine::error with empty text when done
  channel_order what{};
};

struct finish {}; // node's drain: push what is pending, then answer true

} // namespace lockstep::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::numbers_committed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::channel_known)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::numbers_announced)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::http_answered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::answers_delivered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::mode_recorded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::listing_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::rules_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::sku_quarantined)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::admitted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::decided)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::prepare_member)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::commit_member)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::abort_member)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::announce_number)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::write_snapshot)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::quarantine_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::load_sku)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::read_asked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::find_unsettled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::sku_loaded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::blocking_work)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::look_at_store)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::turn)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::open_reader)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::predecessor_durable)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::watch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::console_closed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::get_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::get_difference)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::get_explanation)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::give_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::finish)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::channel_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<lockstep::actors::channel_difference>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<lockstep::actors::listing_explanation>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::engine::error)
