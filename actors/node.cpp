#include "actors/node.hpp"

#include "actors/node_parts.hpp"
#include "actors/recovery.hpp"
#include "storage/copy_store.hpp"

#include <algorithm>
#include <future>

namespace lockstep::actors {

result<std::unique_ptr<node>> node::start(node_options options, std::unique_ptr<storage::store> store) {
  auto reader = store->open_reader();
  if (!reader) return reader.error();
  const auto half_copied = storage::copy_unfinished(**reader);
  if (!half_copied) return half_copied.error();
  if (*half_copied)
    return engine::make_error(engine::error_code::corrupt,
                              "a copy into this store did not end: empty it and copy again");
  const auto newest = newest_fact_at(**reader);
  if (!newest) return newest.error();
  const auto clean = ended_clean(**reader);
  if (!clean) return clean.error();
  auto p = std::make_unique<parts>(options, std::max(system_time(), newest->value_or(engine::time_point{})),
                                   store->current_epoch());
  p->clean_start = *clean;
  auto& shared = p->shared;
  // Catalogue and ledger are read side by side: each takes a second when there are millions.
  auto loading = std::async(std::launch::async, [&] { return p->load_catalogue(*store); });
  auto held = remember_window(**reader, shared);
  if (!held) return held.error();
  if (auto loaded = loading.get(); !loaded) return loaded.error();
  start_actors(shared, std::move(store), std::move(*reader));
  shared.restart_channel = [p = p.get()](engine::account_id account) { return p->start_channel(account); };
  shared.slowest_lag = [p = p.get()](engine::sku_id sku) { return p->slowest_lag(sku); };
  shared.reopen_console = [p = p.get()](std::size_t number) { return p->consoles.at(number)->reopen(); };
  p->send_records({clean_end_mark(false, shared.clock.now())}, {});
  // Open lines of a bundle that was composed anew may be older than the keys that were read.
  for (const auto* each : shared.skus.bundles())
    if (each->revision > 1) std::ignore = shared.skus.find(each->id);
  p->find_unsettled_skus(*std::move(held), newest->value_or(engine::time_point{}));
  p->ready.store(true);
  return std::unique_ptr<node>{new node{std::move(p)}};
}

node::node(std::unique_ptr<parts> p) : parts_(std::move(p)) {}

node::~node() {
  drain(std::chrono::seconds{10});
}

std::uint16_t node::add_sink(answer_sink& sink) {
  return parts_->shared.outlets.add_sink(sink);
}

admission node::submit(std::vector<submission> commands) {
  return parts_->entrance.submit(std::move(commands));
}

admission node::submit(submission command) {
  return parts_->entrance.submit(std::move(command));
}

admission node::submit_group(std::vector<submission> members) {
  return parts_->entrance.submit_group(std::move(members));
}

result<void> node::record(std::vector<storage::record> records, ticket to) {
  return change([&](const engine::catalogue&) { return std::move(records); }, to);
}

std::shared_ptr<const void> node::keep_still(engine::sku_id sku) {
  auto& composing = parts_->shared.skus.slot(sku).composing;
  ++composing;
  return {&composing, [](std::atomic<std::uint32_t>* counted) { --*counted; }};
}

result<void> node::change(const catalogue_change& make, ticket to, std::function<void()> durable) {
  if (parts_->shared.draining.load())
    return engine::make_error(engine::error_code::unavailable, "the engine is shutting down");
  return parts_->change(make, to, std::move(durable));
}

admission node::barrier(ticket to) {
  if (parts_->shared.draining.load()) return admission::draining;
  parts_->send_barrier(to);
  return admission::accepted;
}

node::catalogue_view node::catalogue() const {
  return parts_->view_catalogue();
}

result<std::unique_ptr<storage::reader>> node::open_reader() const {
  return parts_->open_reader();
}

engine::duration node::key_retention() const {
  return parts_->shared.options.key_retention;
}

result<std::vector<hot_sku>> node::top(std::size_t limit) const {
  return parts_->shared.committed.top(limit, parts_->shared.clock.now());
}

std::vector<open_incident> node::incidents() const {
  return parts_->shared.committed.incidents();
}

result<void> node::release_sku(engine::sku_id sku) {
  auto& shared = parts_->shared;
  if (!shared.skus.slot(sku).quarantined.load())
    return engine::make_error(engine::error_code::refused, "the SKU is not quarantined");
  const auto durable = std::make_shared<std::promise<void>>();
  auto done = durable->get_future();
  const auto release = [&](const engine::catalogue&) -> std::vector<storage::record> {
    return {storage::quarantined{sku, shared.clock.now(), "released by a person", true}};
  };
  if (auto sent = parts_->change(release, {}, [durable] { durable->set_value(); }); !sent) return sent;
  if (done.wait_for(limits::actor_answer_timeout) == std::future_status::ready) return {};
  return engine::make_error(engine::error_code::unavailable, "the release is not durable yet");
}

std::chrono::steady_clock::time_point node::last_turn() const {
  return std::chrono::steady_clock::time_point{
      std::chrono::steady_clock::duration{parts_->shared.counts.last_turn.load()}};
}

namespace {

commit_histogram histogram_of(const duration_histogram::figures& counted) {
  commit_histogram out;
  out.sum = counted.sum;
  for (std::size_t i = 0; i < duration_histogram::bounds_us.size(); ++i)
    out.within.emplace_back(duration_histogram::bounds_us[i], counted.within[i]);
  out.within.emplace_back(std::chrono::microseconds::max(), counted.within.back());
  return out;
}

} // namespace

node_statistics node::statistics() const {
  const auto& shared = parts_->shared;
  const auto& counts = shared.counts;
  node_statistics out;
  out.store_available = counts.store_available.load();
  out.ready = parts_->ready.load() && out.store_available && !shared.draining.load();
  out.state = shared.fatal.said()      ? "stopping: see the log"
              : shared.draining.load() ? "draining"
              : !out.store_available   ? "store unavailable, commits are retried"
                                       : "ok";
  out.commands = counts.commands.load();
  out.facts = counts.facts.load();
  for (std::size_t reason = 0; reason < counts.refusals.size(); ++reason) {
    const auto count = counts.refusals[reason].load();
    if (count == 0) continue;
    out.refusals += count;
    out.refusals_by_reason.emplace_back(static_cast<engine::refusal>(reason), count);
  }
  out.repeats = counts.repeats.load();
  out.commits = counts.commits.load();
  out.last_batch_facts = counts.last_batch_facts.load();
  out.commit_p50 = counts.commit_durations.percentile(0.50);
  out.commit_p99 = counts.commit_durations.percentile(0.99);
  out.commit_durations = histogram_of(counts.all_commit_durations.read());
  out.committed_at = engine::time_point{engine::duration{counts.committed_at.load()}};
  const engine::time_point oldest{engine::duration{counts.oldest_queued.load()}};
  if (oldest != engine::time_point{})
    out.commit_lag = std::max(shared.clock.now() - oldest, engine::duration{0});
  out.unknown_commits = counts.unknown_commits.load();
  out.queued_entries = counts.queued.load();
  out.sku_actors = shared.skus.size();
  out.channel_actors = shared.outlets.channels().size();
  out.persistence_mailbox = counts.persistence_mailbox.load();
  out.loader_mailbox = counts.loader_mailbox.load();
  out.store_trouble = counts.store_trouble.get();
  out.credits_in_use = shared.admission.in_use();
  out.credits_total = shared.admission.total();
  // An admitted command holds its credit until it is answered, and is either there or on its way through
  // persistence.
  const auto beyond = out.queued_entries + out.persistence_mailbox;
  out.sku_backlog = out.credits_in_use - std::min(out.credits_in_use, beyond);
  out.shed = shared.admission.shed();
  out.keys = shared.keys.size();
  out.actor_restarts = counts.actor_restarts.load();
  out.groups_waiting = counts.groups_waiting.load();
  out.dead_letters = shared.letters.open();
  out.quarantined = static_cast<std::size_t>(std::max<std::int64_t>(0, counts.quarantined.load()));
  out.open_incidents = shared.committed.open_incidents();
  for (const auto& each : shared.committed.incidents())
    ++out.incidents_by_cause.at(static_cast<std::size_t>(each.incident.cause));
  out.oversold_units = shared.committed.oversold_units();
  out.epoch = parts_->epoch;
  out.batch = counts.batch.load();
  return out;
}

bool node::drain(std::chrono::milliseconds deadline) {
  auto& p = *parts_;
  if (p.drained) return *p.drained;
  const auto until = std::chrono::steady_clock::now() + deadline;
  p.shared.draining.store(true);
  bool done = !p.shared.fatal.said() && p.wait_barrier(until) && p.finish_channels(until) &&
              p.wait_barrier(until) && p.write_snapshots(until).has_value();
  if (done) {
    p.send_records({clean_end_mark(true, p.shared.clock.now())}, {});
    done = p.wait_barrier(until);
  }
  p.stop();
  p.drained = done;
  return done;
}

} // namespace lockstep::actors
