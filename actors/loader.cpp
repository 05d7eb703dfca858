#include "actors/loader.hpp"

#include "actors/handlers.hpp"
#include "actors/messages.hpp"
#include "adapters/log.hpp"
#include "engine/codec.hpp"
#include "engine/decide.hpp"
#include "engine/limits.hpp"

#include <boost/unordered/unordered_flat_set.hpp>
#include <caf/all.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <deque>

namespace lockstep::actors {

namespace {

engine::result<void> fold(engine::sku_id sku, const std::vector<storage::stored_fact>& facts,
                          engine::sku_state& state) {
  for (const auto& stored : facts) {
    if (stored.fact.version != state.version + 1)
      return engine::make_error(engine::error_code::corrupt,
                                fmt::format("SKU {}: fact {} follows {} in the ledger",
                                            static_cast<std::int64_t>(sku), stored.fact.version,
                                            state.version));
    engine::evolve(state, stored.fact);
  }
  return {};
}

// `limit`: of the facts in `past`; when it has as many, the rest is read page by page.
engine::result<loaded_state> fold_past(storage::reader& from, engine::sku_id sku, storage::sku_past past,
                                       std::size_t limit, engine::duration retention) {
  loaded_state out;
  out.state.retention = retention;
  if (past.newest) {
    auto decoded = engine::decode_snapshot(past.newest->body, retention);
    if (!decoded) return decoded.error();
    out.state = std::move(*decoded);
    out.snapshot_version = out.state.version;
  }
  for (auto page = std::move(past.facts);; limit = limits::facts_per_load_max) {
    if (auto folded = fold(sku, page, out.state); !folded) return folded.error();
    if (page.size() < limit) return out;
    auto next = from.facts_after(sku, out.state.version, limits::facts_per_load_max);
    if (!next) return next.error();
    page = std::move(*next);
  }
}

} // namespace

std::vector<engine::result<loaded_state>>
read_states(storage::reader& from, std::span<const engine::sku_id> skus, engine::duration retention) {
  const auto limit = std::max(limits::facts_per_load_max / std::max<std::size_t>(skus.size(), 1),
                              limits::facts_per_load_min);
  std::vector<engine::result<loaded_state>> states;
  states.reserve(skus.size());
  auto pasts = from.load(skus, limit);
  for (std::size_t i = 0; pasts && i < skus.size(); ++i)
    states.push_back(fold_past(from, skus[i], std::move((*pasts)[i]), limit, retention));
  if (pasts) return states;
  // Of one that cannot be read the others know nothing; while nothing can be read they are not asked one by
  // one.
  const bool alone = skus.size() > 1 && pasts.error().code != engine::error_code::unavailable;
  for (const auto sku : skus)
    states.push_back(alone ? read_state(from, sku, retention) : pasts.error());
  return states;
}

engine::result<loaded_state> read_state(storage::reader& from, engine::sku_id sku,
                                        engine::duration retention) {
  return std::move(read_states(from, {&sku, 1}, retention).front());
}

namespace {

struct loader_state {
  std::unique_ptr<storage::reader> reader;
  std::deque<load_sku> asked; // while there are any, a read_asked is on its way
  std::deque<find_unsettled> searches; // that wait until nobody waits to be loaded
  const char* name = "loader";
};

using loader_actor = caf::stateful_actor<loader_state>;

void take(loader_actor& self, load_sku asked) {
  auto& waiting = self.state.asked;
  if (waiting.empty()) self.send(&self, read_asked{});
  waiting.push_back(std::move(asked));
}

// The next that asked, each SKU once: the successor of an actor may have asked after it.
std::vector<load_sku> next_asked(std::deque<load_sku>& waiting) {
  std::vector<load_sku> batch;
  boost::unordered_flat_set<engine::sku_id> taken;
  while (!waiting.empty() && batch.size() < limits::skus_per_load_max &&
         taken.insert(waiting.front().sku).second) {
    batch.push_back(std::move(waiting.front()));
    waiting.pop_front();
  }
  return batch;
}

void tell(const load_sku& asked, engine::result<loaded_state> read) {
  sku_loaded out;
  if (read) {
    out.snapshot_version = read->snapshot_version;
    out.state = std::make_shared<engine::sku_state>(std::move(read->state));
  } else {
    out.failure = read.error();
  }
  caf::anon_send(asked.owner, std::move(out));
}

// Those that could not be read stay first in the queue.
void read_waiting(loader_actor& self, const core& shared) {
  auto& waiting = self.state.asked;
  auto batch = next_asked(waiting);
  std::vector<engine::sku_id> skus;
  std::ranges::transform(batch, std::back_inserter(skus), &load_sku::sku);
  auto states = read_states(*self.state.reader, skus, shared.options.key_retention);
  std::vector<load_sku> left;
  std::optional<engine::error> away;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (states[i] || states[i].error().code != engine::error_code::unavailable) {
      tell(batch[i], std::move(states[i]));
    } else {
      away = states[i].error();
      left.push_back(std::move(batch[i]));
    }
  }
  waiting.insert(waiting.begin(), std::make_move_iterator(left.begin()), std::make_move_iterator(left.end()));
  if (away) {
    adapters::log::write(adapters::log::level::warning, "sku-load-unavailable", away->what,
                         {{"skus", static_cast<std::int64_t>(waiting.size())}});
    self.delayed_send(&self, std::chrono::milliseconds{limits::store_retry_min}, read_asked{});
  } else if (!waiting.empty()) {
    self.send(&self, read_asked{});
  } else {
    for (auto& each : self.state.searches)
      self.send(&self, std::move(each));
    self.state.searches.clear();
  }
}

// False: not now. Afterwards those are left whose owners must run.
bool search(storage::reader& from, find_unsettled& asked) {
  auto found = from.unsettled(*asked.skus, asked.held_to);
  if (!found && found.error().code == engine::error_code::unavailable) return false;
  // The owner of what cannot be read here reads it, and ends the process over it.
  if (found) asked.skus = std::make_shared<const std::vector<engine::sku_id>>(*std::move(found));
  asked.all = true;
  return true;
}

// Not while others wait to be loaded, and owners piece by piece: whoever asks for a SKU meanwhile waits for one look at
// rare facts, or for one piece.
void find(loader_actor& self, core& shared, find_unsettled asked) {
  if (!self.state.asked.empty()) return self.state.searches.push_back(std::move(asked));
  if (!asked.all && !search(*self.state.reader, asked)) {
    self.delayed_send(&self, std::chrono::milliseconds{limits::store_retry_min}, std::move(asked));
    return;
  }
  const auto all = std::span{*asked.skus}.subspan(asked.next);
  const auto some = all.first(std::min(all.size(), limits::skus_per_load_max));
  for (const auto sku : some)
    std::ignore = shared.skus.find(sku);
  asked.next += some.size();
  if (asked.next < asked.skus->size()) self.send(&self, std::move(asked));
}

// Once per change: it may last for hours.
void look(loader_actor& self, core& shared) {
  const auto found = self.state.reader->statistics();
  if (!found || !shared.counts.store_trouble.set(found->trouble)) return;
  if (found->trouble.empty())
    adapters::log::write(adapters::log::level::info, "store-trouble-over",
                         "the store has no trouble any more");
  else
    adapters::log::write(adapters::log::level::error, "store-trouble", found->trouble);
}

caf::behavior run_loader(loader_actor* self, core* shared,
                         std::shared_ptr<std::unique_ptr<storage::reader>> reader) {
  set_handlers(*self, "loader");
  self->state.reader = std::move(*reader);
  return {
      [self](load_sku& asked) { take(*self, std::move(asked)); },
      [self, shared](read_asked) {
        read_waiting(*self, *shared);
        shared->counts.loader_mailbox.store(self->mailbox().size() + self->state.asked.size(),
                                            std::memory_order_relaxed);
      },
      [](const blocking_work& asked) { asked.work(); },
      [self, shared](find_unsettled& asked) { find(*self, *shared, std::move(asked)); },
      [self, shared](look_at_store) { look(*self, *shared); },
  };
}

} // namespace

caf::actor spawn_loader(core& shared, std::unique_ptr<storage::reader> reader) {
  auto handed = std::make_shared<std::unique_ptr<storage::reader>>(std::move(reader));
  return shared.options.detached ? shared.system.spawn<caf::detached>(run_loader, &shared, std::move(handed))
                                 : shared.system.spawn(run_loader, &shared, std::move(handed));
}

} // namespace lockstep::actors
