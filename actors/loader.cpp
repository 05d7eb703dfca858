#include "actors/loader.hpp"

#include "actors/handlers.hpp"
#include "actors/messages.hpp"
#include "adapters/log.hpp"
#include "engine/codec.hpp"
#include "engine/decide.hpp"
#include "engine/limits.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace lockstep::actors {

namespace {

// Folds one page; the number of facts read, or an error when their versions have a gap.
engine::result<std::size_t> fold_page(storage::reader& from, engine::sku_id sku, engine::sku_state& state) {
  const auto page = from.facts_after(sku, state.version, limits::facts_per_load_max);
  if (!page) return page.error();
  for (const auto& stored : *page) {
    if (stored.fact.version != state.version + 1)
      return engine::make_error(engine::error_code::corrupt,
                                fmt::format("SKU {}: fact {} follows {} in the ledger",
                                            static_cast<std::int64_t>(sku), stored.fact.version,
                                            state.version));
    engine::evolve(state, stored.fact);
  }
  return page->size();
}

} // namespace

engine::result<loaded_state> read_state(storage::reader& from, engine::sku_id sku,
                                        engine::duration retention) {
  loaded_state out;
  out.state.retention = retention;
  auto snapshot = from.load_snapshot(sku);
  if (!snapshot) return snapshot.error();
  if (*snapshot) {
    auto decoded = engine::decode_snapshot((**snapshot).body, retention);
    if (!decoded) return decoded.error();
    out.state = std::move(*decoded);
    out.snapshot_version = out.state.version;
  }
  for (;;) {
    const auto folded = fold_page(from, sku, out.state);
    if (!folded) return folded.error();
    if (*folded < limits::facts_per_load_max) return out;
  }
}

namespace {

struct loader_state {
  std::unique_ptr<storage::reader> reader;
  const char* name = "loader";
};

using loader_actor = caf::stateful_actor<loader_state>;

void load(loader_actor& self, const core& shared, const load_sku& asked) {
  auto read = read_state(*self.state.reader, asked.sku, shared.options.key_retention);
  if (!read && read.error().code == engine::error_code::unavailable) {
    adapters::log::write(adapters::log::level::warning, "sku-load-unavailable", read.error().what,
                         {{"sku_id", static_cast<std::int64_t>(asked.sku)}});
    self.delayed_send(&self, std::chrono::milliseconds{limits::store_retry_min}, asked);
    return;
  }
  sku_loaded out;
  if (read) {
    out.snapshot_version = read->snapshot_version;
    out.state = std::make_shared<engine::sku_state>(std::move(read->state));
  } else {
    out.failure = read.error();
  }
  caf::anon_send(asked.owner, std::move(out));
}

// SKUs looked at before others may load in between: about 2 ms.
constexpr std::size_t skus_per_look = 256;

void find(loader_actor& self, core& shared, find_oversold asked) {
  const auto end = std::min(asked.skus->size(), asked.next + skus_per_look);
  for (; asked.next < end; ++asked.next) {
    const auto sku = (*asked.skus)[asked.next];
    const auto newest = self.state.reader->history(sku, 0, 1);
    if (!newest && newest.error().code == engine::error_code::unavailable) {
      self.delayed_send(&self, std::chrono::milliseconds{limits::store_retry_min}, std::move(asked));
      return;
    }
    // Its owner reads what cannot be read here, and ends the process over it.
    if (!newest || (!newest->empty() && newest->front().fact.available < 0))
      std::ignore = shared.skus.find(sku);
  }
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
      [self, shared](const load_sku& asked) {
        load(*self, *shared, asked);
        shared->counts.loader_mailbox.store(self->mailbox().size(), std::memory_order_relaxed);
      },
      [](const blocking_work& asked) { asked.work(); },
      [self, shared](find_oversold& asked) { find(*self, *shared, std::move(asked)); },
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
