// What a node reads from the store before it accepts anything. SKUs themselves are loaded on first use.
#pragma once

#include "actors/core.hpp"
#include "engine/catalogue.hpp"
#include "storage/store.hpp"

#include <map>
#include <optional>
#include <vector>

namespace lockstep::actors {

// Products, and accounts with their listings. The two may run side by side on one catalogue.
[[nodiscard]] engine::result<void> load_products(storage::reader& from, engine::catalogue& into);
[[nodiscard]] engine::result<void> load_listings(storage::reader& from, engine::catalogue& into);

// What was last published. All three may run side by side.
[[nodiscard]] engine::result<std::vector<storage::publication>> load_publications(storage::reader& from);

using publications_by_account = std::map<engine::account_id, std::vector<storage::publication>>;

// Of listings that are not in the catalogue: nothing.
[[nodiscard]] publications_by_account by_account(std::vector<storage::publication> published,
                                                 const engine::catalogue& known);

// Time of the newest fact: the clock must not start before it.
[[nodiscard]] engine::result<std::optional<engine::time_point>> newest_fact_at(storage::reader& from);

// Keys, lines and incidents of the facts within the retention window, quarantined SKUs, number of dead
// letters. Returns the SKUs, ascending, with holds that have not ended, those of a day or less however long nothing ran:
// time ends them, so their owners must run. error_code::limit when there are more keys than the memory may hold.
[[nodiscard]] engine::result<std::vector<engine::sku_id>> remember_window(storage::reader& from, core& into);

// The last process drained before it ended: channels still show what they were told.
[[nodiscard]] engine::result<bool> ended_clean(storage::reader& from);
// Record that says so, or takes it back while a process runs.
[[nodiscard]] storage::record clean_end_mark(bool clean, engine::time_point now);

} // namespace lockstep::actors
