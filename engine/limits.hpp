// Every bound of the program in one place, each with its reason.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace lockstep::limits {

using namespace std::chrono_literals;

// --- quantities ---------------------------------------------------------------------------------------------
// One movement: the largest quantity any supported channel accepts is 10^9 (Shopify set and adjust).
inline constexpr std::int64_t units_per_movement_max = 1'000'000'000;
// Total of one SKU: a thousand of the largest movements, far from the edge of 64 bits.
inline constexpr std::int64_t stock_max = 1'000'000'000'000;
// Number sent to a channel: below every channel's own bound.
inline constexpr std::int64_t published_max = 999'999;

// --- SKU ----------------------------------------------------------------------------------------------------
// Open reservations and remembered lines of one SKU: bounds a snapshot to about 20 MB. The oldest closed lines make
// room; with as many open, requests are refused. What a marketplace reports is kept beyond it.
inline constexpr std::size_t reservations_per_sku_max = 200'000;
// A hold longer than a month is an order.
inline constexpr auto hold_duration_max = std::chrono::days{31};
// Transfers, announced returns and expected supplies of one SKU, each: they are looked through one by one.
inline constexpr std::size_t open_matters_per_sku_max = 1'000;
// Observations (counts of another system) are corrected this far back; a nightly export is applied by noon.
inline constexpr auto observation_age_max = std::chrono::hours{24};
// Seconds in which something moved at a location: an hour of a SKU that moves every second, 120 KB then.
inline constexpr std::size_t movements_per_sku_max = 3'600;
// A snapshot is due after this many facts, or as many as the SKU keeps lines, so its cost per fact is bounded.
inline constexpr std::int64_t facts_between_snapshots_min = 1'000;
// Repeats are recognised this long; no supported sender retries longer than 75 hours.
inline constexpr auto key_retention_default = std::chrono::days{8};
// Keys in memory (about 64 bytes each): 1 GiB.
inline constexpr std::size_t keys_max = 16'000'000;

// --- text at the edge ---------------------------------------------------------------------------------------
inline constexpr std::size_t sku_code_bytes_max = 100;   // channels allow 40 to 50; own codes a little more
inline constexpr std::size_t reference_bytes_max = 255;  // order and line ids, as Shopify's idempotency keys
inline constexpr std::size_t note_bytes_max = 500;       // a reason a person typed
inline constexpr std::size_t key_bytes_max = 255;        // Idempotency-Key, IETF draft 07

// --- groups -------------------------------------------------------------------------------------------------
inline constexpr std::size_t lines_per_group_max = 1'200; // the largest order in the public logs has 1,112 lines
inline constexpr auto group_wait_max = 2s;                // for another group's outcome; clients wait 5 s
inline constexpr std::size_t group_waiters_per_sku_max = 256;

// --- bundles ------------------------------------------------------------------------------------------------
inline constexpr std::size_t components_per_bundle_max = 100; // a hamper: each is a row of its definition
inline constexpr std::size_t leaves_per_bundle_max = 100;     // SKUs that one order line touches in one transaction
inline constexpr std::size_t bundle_depth_max = 8;            // bundles of bundles: nobody packs deeper
inline constexpr std::size_t substitutes_per_product_max = 10; // more than anybody offers a buyer
inline constexpr std::int64_t component_units_max = 10'000;   // of one leaf in one bundle
inline constexpr std::int32_t revisions_per_bundle_max = 65'535; // a key in memory keeps it in two bytes
// Own lines and lines of components: 120 bundles of the largest kind, or the largest order with ten leaves a line.
inline constexpr std::size_t members_per_group_max = 12'120;

// --- admission ----------------------------------------------------------------------------------------------
inline constexpr std::size_t credits_total = 65'536;      // about 2 KB each in flight, HTTP included: 140 MB
inline constexpr std::size_t credits_per_sku = 32'768;    // half: one hot SKU cannot starve the others
inline constexpr std::size_t credits_per_source = 49'152; // a quarter stays for marketplace facts
inline constexpr std::size_t credits_reserve = 8'192;     // for what ends work: confirm, release, cancel, expiry, ship

// --- persistence --------------------------------------------------------------------------------------------
inline constexpr std::size_t facts_per_batch_max = 16'384; // a commit of about 30 ms on a laptop's disk
inline constexpr auto store_retry_min = 50ms;
inline constexpr auto store_retry_max = 5s;
inline constexpr std::size_t stored_value_bytes_max = 64 * 1024 * 1024; // three of the largest snapshots
inline constexpr auto store_busy_timeout = 1s;             // somebody looks into the file with a tool of his own
inline constexpr std::int64_t store_tail_rows_max = 1'000'000;          // scanned on open: about 0.3 s
inline constexpr std::int64_t store_check_bytes_max = 64 * 1024 * 1024; // larger files are not checked whole on open
inline constexpr std::size_t store_scan_rows = 4'096; // per read transaction, so that a long scan does not pin the log
inline constexpr std::size_t facts_per_load_max = 4'096; // read at a time when a SKU is loaded: about 1 MB
inline constexpr std::size_t skus_per_load_max = 256;    // read at once of those that wait: about 10 ms
inline constexpr std::size_t facts_per_load_min = 256;   // of each of many SKUs read at once: 16 MB when all have more
inline constexpr auto store_connect_timeout = 5s;        // per host of a PostgreSQL server, log-in included
inline constexpr auto store_answer_timeout = 30s;        // without a byte from or to PostgreSQL: longer than a checkpoint stalls a COMMIT
inline constexpr auto store_open_transaction_max = 10min;  // the server waits for us: 64 MiB at 1 Mbit/s
inline constexpr auto store_client_check_interval = 10s;   // a query of ours ends so soon after we hung up
inline constexpr auto store_lock_timeout = 2s;           // nobody else writes our tables: who holds a row is a tool
inline constexpr std::size_t store_copy_bytes = 64 * 1024; // sent at a time, so that the server parses meanwhile
inline constexpr std::size_t sinks_max = 255;            // I/O threads, channels, console: a dozen in practice

// --- actors -------------------------------------------------------------------------------------------------
inline constexpr std::size_t messages_per_turn = 256;   // of one actor before it yields its worker to the others
inline constexpr auto idle_snapshot_after = 60s;        // a SKU that has been quiet this long writes its snapshot
inline constexpr auto key_sweep_interval = 14s;         // for one of 256 shards: an hour for the whole memory
inline constexpr auto clock_drift_alert = 5s;           // wall clock against ours: beyond what NTP slews
inline constexpr std::size_t restarts_per_actor_max = 5; // in restart_window; then a human must look
inline constexpr std::size_t restarts_max = 20;         // of all actors in restart_window
inline constexpr auto restart_window = 60s;
inline constexpr auto actor_answer_timeout = 2s;        // console and status questions
inline constexpr auto alert_timeout = 10s;              // one attempt at an alert
inline constexpr std::size_t incidents_per_alert_max = 500; // about 100 KB; the number of all is told as well
inline constexpr std::size_t claims_per_incident_max = 100; // shown; the number of all is told as well

// --- HTTP in ------------------------------------------------------------------------------------------------
inline constexpr std::size_t http_header_bytes_max = 8 * 1024;
inline constexpr std::size_t http_body_bytes_max = 1024 * 1024;
inline constexpr std::size_t http_batch_body_bytes_max = 8 * 1024 * 1024;
inline constexpr std::size_t http_batch_lines_max = 10'000;
inline constexpr std::size_t http_connections_max = 1'024;
inline constexpr std::size_t http_requests_per_connection_max = 1'000'000;
inline constexpr auto http_header_timeout = 10s;
inline constexpr auto http_body_timeout = 30s;
inline constexpr auto http_idle_timeout = 60s;
inline constexpr auto http_answer_timeout = 10s; // then 504 outcome-unknown
inline constexpr auto webhook_answer_timeout = 4s; // Shopify hangs up after 5 s; then 503, and it sends again
inline constexpr std::size_t http_worker_queue_max = 256; // blocking questions waiting for a worker; then 503
inline constexpr std::size_t json_members_max = 64;       // of one object: our largest has about a dozen
inline constexpr std::size_t json_depth_max = 32;
inline constexpr std::size_t page_size_default = 50;
inline constexpr std::size_t page_size_max = 500;

// --- HTTP out -----------------------------------------------------------------------------------------------
inline constexpr auto channel_connect_timeout = 5s;
inline constexpr auto channel_request_timeout = 30s;
inline constexpr std::size_t channel_response_bytes_max = 16 * 1024 * 1024;
inline constexpr std::size_t channel_response_header_bytes_max = 64 * 1024; // real ones have about 4 KiB
inline constexpr long channel_connections_per_host_max = 8;
inline constexpr long channel_connections_max = 64;

// --- identifiers from a look-up service ---------------------------------------------------------------------
inline constexpr std::size_t lookup_waiting_max = 10'000;     // codes: 1 MB
inline constexpr std::size_t lookup_remembered_max = 100'000; // codes with their answers: some 50 MB
inline constexpr std::size_t lookup_products_max = 20;        // of one code: several are rare
inline constexpr std::size_t lookup_identifiers_max = 50;     // of one product, as the catalogue keeps them
inline constexpr int lookup_attempts_max = 5;                 // of one code at a service that fails
inline constexpr auto lookup_refused_wait = 1h;               // wrong keys: a person must look, not a loop
inline constexpr std::size_t lookup_requests_in_flight_max = 4;
inline constexpr std::size_t lookup_ahead_min = 100;          // SKUs under way while all are asked for

// --- pushing ------------------------------------------------------------------------------------------------
inline constexpr double real_time_per_day = 10.0;  // seed: more than ten sales a day go out at once
inline constexpr double moderate_per_day = 1.0;    // below one sale a day an hour's delay costs nothing
inline constexpr double tier_left_below = 0.8;     // of the rate that enters it: a SKU at the edge does not flap
inline constexpr int burst_orders = 5;             // so many orders within burst_window are a rush whatever the history
inline constexpr auto burst_window = 15min;        // the moderate tier's interval: a rush must not wait for it
inline constexpr std::int64_t thin_units = 3;      // the last units are pushed at once
inline constexpr auto lag_assumed = 5s;            // of an account until it was measured
inline constexpr std::size_t brake_listings_min = 20;
inline constexpr std::size_t brake_percent = 5;
inline constexpr auto brake_window = 10min;
inline constexpr int rows_by_age_every = 4;        // every fourth row of a batch is the oldest: nothing starves
inline constexpr std::size_t channel_writes_in_flight_max = 4;
inline constexpr std::size_t channel_reads_in_flight_max = 2;
inline constexpr int repeat_key_attempts_max = 5;  // a write "still running" this often has an unknown outcome
inline constexpr auto channel_retry_min = 200ms;
inline constexpr auto channel_retry_max = 60s;
inline constexpr int circuit_failures = 5;         // in a row open the circuit
inline constexpr auto circuit_wait_min = 5s;
inline constexpr auto circuit_wait_max = 5min;
inline constexpr auto publications_recorded_every = 1s; // a crash forgets at most this much of a channel's own sales
inline constexpr auto number_pinned_max = 2h; // or twice the slowest tier, if longer: then its row says that it waits
inline constexpr auto order_poll_gap_min = 5s;     // polls asked for by held-back units do not come closer
inline constexpr auto order_poll_overlap_early = 60s; // of those polls: enough for clocks that differ, cheap in a rush
inline constexpr auto order_answers_timeout = 2min; // a page whose lines are not all answered is read again
inline constexpr std::size_t order_lines_per_submission = 512; // admitted together or not at all
inline constexpr auto sweep_page_gap = 500ms;      // 100,000 listings at 250 a page take under four minutes
inline constexpr std::size_t dead_letters_remembered_max = 10'000; // so that an overlapping poll writes each once

// --- console ------------------------------------------------------------------------------------------------
inline constexpr std::size_t console_connections_max = 16;
inline constexpr std::size_t console_line_bytes_max = 4'096;
inline constexpr std::size_t console_buffer_bytes_max = 1024 * 1024; // not read yet: beyond it `tail` drops, with a count
inline constexpr std::size_t console_ahead_bytes_max = 64 * 1024;       // lines sent ahead of an answer: a pasted page
inline constexpr std::size_t console_attempts_max = 3;   // wrong tokens on one connection
inline constexpr auto console_login_timeout = 10s;       // a person pastes the token, a program sends it at once
inline constexpr auto console_answer_timeout = 10s;      // as HTTP; the store may be away
inline constexpr auto console_close_timeout = 5s;        // for the last bytes to be read, then the connection is cut
inline constexpr std::size_t console_rows_default = 20;  // one screen
inline constexpr std::size_t console_rows_max = 500;     // about 60 KB of text, far below console_buffer_bytes_max
inline constexpr std::size_t console_tail_facts_max = 2 * facts_per_batch_max; // between persistence and console

// --- log ----------------------------------------------------------------------------------------------------
inline constexpr std::size_t log_lines_per_id = 10; // per window: a storm of one event must not drown the others
inline constexpr auto log_window = 1s;
inline constexpr std::size_t log_ids_max = 1'024;   // ids are stable and about a hundred

// --- configuration and import -------------------------------------------------------------------------------
inline constexpr std::size_t secret_bytes_max = 4'096;            // a token or key; no private key is larger
inline constexpr std::size_t configuration_bytes_max = 1 << 20;   // a thousand channels are 400 KB
inline constexpr std::size_t csv_field_bytes_max = 1 << 20;       // a product description with its markup
inline constexpr std::size_t csv_fields_max = 1'024;              // the widest export known has 80 columns
inline constexpr std::size_t import_bytes_max = 512 << 20;        // held in memory; a full export of 100,000 products is 200 MB
inline constexpr std::size_t import_products_max = 1'000'000;     // kept in memory until all lines are judged, about 300 MB

} // namespace lockstep::limits
