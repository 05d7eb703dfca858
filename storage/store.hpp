// The seam to durable storage. One writer (`store`, owned by the persistence actor's thread) and any number
// of readers. Three promises every implementation keeps:
//   1. commit() is all or nothing, and when it returns `committed` the batch survives any crash of process or
//   machine;
//   2. no (sku, version) is committed twice, and nobody commits after another writer has opened the store
//   (epoch);
//   3. facts are kept in the order they were committed. SKUs decide at the same time, so a fact may be
//   committed a
//      moment after one with a later `at`; reading by time therefore goes by the latest `at` up to and
//      including a row, which never decreases.
#pragma once

#include "engine/catalogue.hpp"
#include "engine/error.hpp"
#include "engine/fact.hpp"
#include "engine/types.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lockstep::storage {

using engine::error;
using engine::result;

// Writer's fence: each open of the store for writing takes the next epoch.
using epoch = std::int64_t;
// Number of a commit within an epoch: 1, 2, 3, ... Stored on every fact, so that an unknown outcome can be
// looked up.
using batch_number = std::int64_t;
// Place of a fact in commit order over all SKUs; ascending, not necessarily dense.
using row_number = std::int64_t;

struct sku_fact {
  engine::sku_id sku{};
  engine::fact fact;
};

// State of a SKU at a version, as engine::encode_snapshot wrote it.
struct snapshot {
  engine::sku_id sku{};
  engine::version version = 0;
  engine::time_point at{};
  std::string body;
};

// What a channel is known to show for a listing.
struct publication {
  engine::listing_id listing{};
  std::int64_t counter = 0;        // publication that was acknowledged last
  engine::version sku_version = 0; // version of the SKU whose number it was
  engine::quantity quantity = 0;   // number acknowledged, as sent
  engine::quantity expected = 0;   // that or the number read, minus the channel's own sales since
  engine::time_point at{};         // when it was acknowledged, or what is expected was read since
  bool uncertain = false;          // it cannot be relied on: a later write's answer was lost, units are held
                                   // back, or the listing was changed since
  std::string parked;              // not empty: why the listing is not pushed until a person looks
  friend bool operator==(const publication&, const publication&) = default;
};

// A message that could not be recorded, without personal data.
struct dead_letter {
  std::int64_t id = 0; // given by the store on commit when 0
  engine::time_point at{};
  engine::account_id account{};
  std::string kind;      // "orders/create", "poll", ...
  std::string reference; // order and line
  std::string reason;    // a refusal or error in words
  std::string body;      // what replay needs, as JSON
  bool replayed = false;
};

// How far an account's orders have been read.
struct watermark {
  engine::account_id account{};
  std::string stream; // "orders"
  engine::time_point at{};
};

// Content the store refused for good; the SKU takes facts but pushes nothing until released.
struct quarantined {
  engine::sku_id sku{};
  engine::time_point at{};
  std::string reason;
  bool released = false;
};

enum class proposal_state : std::uint8_t { open = 0, confirmed = 1, rejected = 2 };

// A code that somebody else says a SKU bears. A person decides; what was rejected is not asked again: an open
// proposal put over it changes nothing. Put over a confirmed one, whose code the SKU lost since, it is open again.
struct proposal {
  struct name {
    engine::sku_id sku{};
    engine::identifier code;
    friend auto operator<=>(const name&, const name&) = default;
  };

  name of;                   // each proposed once
  engine::identifier asked;  // the SKU's code that the source was asked for
  std::string source;        // "ecomsource"
  std::string title;         // of the product that bears both there
  engine::time_point at{};   // when it was told
  proposal_state state = proposal_state::open;
  friend bool operator==(const proposal&, const proposal&) = default;
};

// Whatever else must be durable, in the same FIFO as the facts. A listing that gets another rule or stands for
// another SKU makes its publication uncertain in the same commit: whatever dies then, the change is pushed.
using record = std::variant<engine::product, engine::account, engine::listing, publication, dead_letter,
                            watermark, quarantined, engine::bundle, engine::location, engine::account_rule,
                            proposal>;

// One group commit. Pointers into the caller's memory are not kept.
struct batch {
  batch_number number = 0;
  std::vector<sku_fact> facts;
  std::vector<snapshot> snapshots;
  std::vector<record> records;
};

enum class commit_status : std::uint8_t {
  committed,
  fenced,      // another writer has the store, or the store contradicts itself: stop, nothing was written
  unavailable, // not now, nothing was written: the same batch may be sent again
  unknown,     // the answer was lost: ask find_batch() before sending again
  refused, // content this store cannot hold, such as a gap in a SKU's versions: nothing was written; bisect
};

struct commit_result {
  commit_status status = commit_status::committed;
  std::string what; // for the log when not committed
};

struct stored_fact {
  row_number row = 0;
  engine::sku_id sku{};
  engine::fact fact;
};

// What a SKU is folded from: its newest snapshot, and facts after that, ascending.
struct sku_past {
  std::optional<snapshot> newest;
  std::vector<stored_fact> facts;
};

struct store_statistics {
  std::int64_t facts = 0; // highest row number
  std::int64_t bytes = 0; // on disk, write-ahead log included; 0 where it means nothing
  std::string trouble;    // an alert: work beside the commits that keeps failing; empty when all is well
};

// Reads what is committed. One thread at a time; several readers may be open.
class reader {
 public:
  virtual ~reader() = default;

  // Newest snapshot of a SKU; nothing when it has none.
  [[nodiscard]] virtual result<std::optional<snapshot>> load_snapshot(engine::sku_id sku) = 0;
  // Facts of a SKU with version > `after`, ascending, at most `limit`.
  [[nodiscard]] virtual result<std::vector<stored_fact>>
  facts_after(engine::sku_id sku, engine::version after, std::size_t limit) = 0;
  // Both at once for many SKUs, in the order asked: facts at most `limit` a SKU, facts_after() tells the
  // rest. Of a fact what engine::evolve() looks at; row, available, content, reference and note may be
  // nothing. An error is one of any of them; asked alone, the others can be read.
  [[nodiscard]] virtual result<std::vector<sku_past>> load(std::span<const engine::sku_id> skus,
                                                           std::size_t limit) = 0;
  // Those of these SKUs, ascending, that time or a person has still something to do with: an incident is open,
  // supply is expected, or a hold of more than a day was to end after `held_to` (it may have ended before).
  [[nodiscard]] virtual result<std::vector<engine::sku_id>> unsettled(std::span<const engine::sku_id> skus,
                                                                      engine::time_point held_to) = 0;
  // When a transfer of the SKU or an announced return of it began under that key, however long ago; nothing: never.
  [[nodiscard]] virtual result<std::optional<engine::time_point>> began(engine::sku_id sku,
                                                                        const engine::uuid& key) = 0;
  // Facts of a SKU with version < `before` (0: from the newest), descending, at most `limit`: an audit page.
  [[nodiscard]] virtual result<std::vector<stored_fact>> history(engine::sku_id sku, engine::version before,
                                                                 std::size_t limit) = 0;
  // Facts of all SKUs with from <= at < to and row > `after`, in commit order, at most `limit`. Uses no index
  // by time: a binary search over row numbers. `at` is read as in promise 3.
  [[nodiscard]] virtual result<std::vector<stored_fact>>
  history_between(engine::time_point from, engine::time_point to, row_number after, std::size_t limit) = 0;
  // Visits every fact with row > `after` in commit order; stops early when the visitor returns false. The
  // visitor does not use this reader.
  [[nodiscard]] virtual result<void> scan(row_number after,
                                          const std::function<bool(const stored_fact&)>& visit) = 0;

  // The same, and faster, for facts of which nobody asks account, expires_at, reference and
  // note: those may be empty.
  [[nodiscard]] virtual result<void> scan_briefly(row_number after,
                                                  const std::function<bool(const stored_fact&)>& visit) {
    return scan(after, visit);
  }

  // First row with at >= `from`; one past the end when there is none. `at` is read as in promise 3.
  [[nodiscard]] virtual result<row_number> first_row_at(engine::time_point from) = 0;

  // The visitors of these do not use this reader.
  [[nodiscard]] virtual result<void> each_product(const std::function<void(engine::product)>& visit) = 0;
  [[nodiscard]] virtual result<void> each_account(const std::function<void(engine::account)>& visit) = 0;
  [[nodiscard]] virtual result<void> each_location(const std::function<void(engine::location)>& visit) = 0;
  [[nodiscard]] virtual result<void> each_listing(const std::function<void(engine::listing)>& visit) = 0;
  // By account and tag; those that state something.
  [[nodiscard]] virtual result<void> each_rule(const std::function<void(engine::account_rule)>& visit) = 0;
  // Every revision, those of one bundle ascending.
  [[nodiscard]] virtual result<void> each_bundle(const std::function<void(engine::bundle)>& visit) = 0;
  [[nodiscard]] virtual result<void> each_publication(const std::function<void(publication)>& visit) = 0;
  [[nodiscard]] virtual result<void> each_quarantined(const std::function<void(quarantined)>& visit) = 0;
  // Decided ones too, by name.
  [[nodiscard]] virtual result<void> each_proposal(const std::function<void(proposal)>& visit) = 0;
  // Open ones with a name > `after`, ascending, at most `limit`.
  [[nodiscard]] virtual result<std::vector<proposal>> open_proposals(const proposal::name& after,
                                                                     std::size_t limit) = 0;
  [[nodiscard]] virtual result<std::optional<proposal>> load_proposal(const proposal::name& of) = 0;
  [[nodiscard]] virtual result<std::optional<watermark>> load_watermark(engine::account_id account,
                                                                        std::string_view stream) = 0;
  // Dead letters not replayed yet with id > `after`, ascending.
  [[nodiscard]] virtual result<std::vector<dead_letter>> dead_letters(std::int64_t after,
                                                                      std::size_t limit) = 0;
  [[nodiscard]] virtual result<std::optional<dead_letter>> load_dead_letter(std::int64_t id) = 0;
  [[nodiscard]] virtual result<store_statistics> statistics() = 0;
};

// The only writer. Every call but open_reader() from one thread (the persistence actor's).
class store {
 public:
  virtual ~store() = default;

  [[nodiscard]] virtual epoch current_epoch() const = 0;
  // Checks the epoch, writes everything, makes it durable. Batch numbers ascend; one that is durable already
  // is refused. A batch with nothing in it only checks the epoch. Once `unknown` was answered, every commit
  // is until find_batch().
  [[nodiscard]] virtual commit_result commit(const batch& content) = 0;
  // After `unknown`: whether this epoch's batch is durable. An error: still unknown, ask again later.
  [[nodiscard]] virtual result<bool> find_batch(batch_number number) = 0;
  // A reader of its own for another thread; may be called from any thread, and the reader may outlive the
  // store. error_code::unavailable when it cannot be opened.
  [[nodiscard]] virtual result<std::unique_ptr<reader>> open_reader() = 0;
};

} // namespace lockstep::storage
