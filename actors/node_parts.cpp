#include "actors/node_parts.hpp"

#include "actors/messages.hpp"
#include "actors/recovery.hpp"
#include "actors/rule_changes.hpp"

#include <caf/all.hpp>
#include <caf/io/middleman.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <map>

namespace lockstep::actors {

namespace {

core_options core_options_of(const node_options& options) {
  core_options out;
  out.key_retention = options.key_retention;
  out.keys_max = options.keys_max;
  // The other bounds keep their proportions to the total.
  const auto scaled = [&](std::size_t bound) {
    return bound * options.credits_total / limits::credits_total;
  };
  out.bounds = {options.credits_total, std::max<std::size_t>(1, scaled(limits::credits_per_sku)),
                std::max<std::size_t>(1, scaled(limits::credits_per_source)),
                scaled(limits::credits_reserve)};
  out.fatal = options.fatal;
  out.wall_time = system_time;
  return out;
}

// Codes, account names and items that other ids have already, in the catalogue or in the same records.
class conflicts {
 public:
  explicit conflicts(const engine::catalogue& known) : known_(known) {}

  bool operator()(const engine::product& item) {
    const auto* other = known_.find_code(item.code);
    return (other != nullptr && other->id != item.id) ||
           !claim(codes_, item.code, static_cast<std::int64_t>(item.id));
  }

  bool operator()(const engine::account& item) {
    const auto* other = known_.find_account(item.name);
    return (other != nullptr && other->id != item.id) ||
           !claim(names_, item.name, static_cast<std::int64_t>(item.id));
  }

  bool operator()(const engine::listing& item) {
    const auto* other = known_.find_item(item.account, item.item, item.location);
    const auto place =
        fmt::format("{}\n{}\n{}", static_cast<std::int64_t>(item.account), item.item, item.location);
    return (other != nullptr && other->id != item.id) ||
           !claim(items_, place, static_cast<std::int64_t>(item.id));
  }

  bool operator()(const engine::location& item) {
    const auto* other = known_.find_location(item.code);
    return (other != nullptr && other->id != item.id) ||
           !claim(locations_, item.code, static_cast<std::int64_t>(item.id));
  }

  template <class Other>
  bool operator()(const Other&) {
    return false;
  }

 private:
  using claims = std::map<std::string, std::int64_t, std::less<>>;

  static bool claim(claims& taken, const std::string& name, std::int64_t id) {
    return taken.try_emplace(name, id).first->second == id;
  }

  const engine::catalogue& known_;
  claims codes_;
  claims names_;
  claims items_;
  claims locations_;
};

result<void> put_all(engine::catalogue& into, const std::vector<storage::record>& records) {
  conflicts conflict{into};
  for (const auto& item : records)
    if (std::visit(conflict, item))
      return engine::make_error(engine::error_code::conflict,
                                "the SKU code, account name, location or item belongs to another entry");
  result<void> done;
  for (const auto& item : records) {
    if (const auto* product = std::get_if<engine::product>(&item)) done = into.put(*product);
    if (const auto* account = std::get_if<engine::account>(&item)) done = into.put(*account);
    if (const auto* listing = std::get_if<engine::listing>(&item)) done = into.put(*listing);
    if (const auto* bundle = std::get_if<engine::bundle>(&item)) done = into.put(*bundle);
    if (const auto* location = std::get_if<engine::location>(&item)) done = into.put(*location);
    if (const auto* rule = std::get_if<engine::account_rule>(&item)) done = into.put(*rule);
    if (!done) return done;
  }
  return done;
}

// A location may be named by every rule that names none.
bool changes_sourcing(const engine::catalogue& present, const storage::record& item) {
  const auto* account = std::get_if<engine::account>(&item);
  if (account == nullptr) return std::holds_alternative<engine::location>(item);
  const auto* known = present.find(account->id);
  return account->sourcing != (known == nullptr ? std::nullopt : known->sourcing);
}

} // namespace

node::parts::system_config::system_config(std::size_t threads) {
  load<caf::io::middleman>();
  set("scheduler.policy", caf::atom("sharing")); // measured: a third faster than stealing on two cores
  set("scheduler.max-threads", threads);
  set("scheduler.max-throughput", limits::messages_per_turn);
}

node::parts::parts(const node_options& options, engine::time_point start, storage::epoch e)
    : config(options.scheduler_threads), system(config), shared(system, start, core_options_of(options)),
      entrance(shared), epoch(e), waits_number(shared.outlets.add_sink(waits)) {}

node::parts::~parts() {
  stop();
}

result<void> node::parts::load_catalogue(storage::store& from) {
  auto first = from.open_reader();
  if (!first) return first.error();
  auto second = from.open_reader();
  if (!second) return second.error();
  auto third = from.open_reader();
  if (!third) return third.error();
  auto products = std::async(std::launch::async, [&] { return load_products(**second, catalogue); });
  auto shown = std::async(std::launch::async, [&] { return load_publications(**third); });
  if (auto loaded = load_listings(**first, catalogue); !loaded) return loaded;
  auto read = shown.get();
  if (!read) return read.error();
  published = by_account(std::move(*read), catalogue);
  if (auto loaded = products.get(); !loaded) return loaded;
  shared.sourcing.read(catalogue);
  catalogue.each_account([&](const engine::account& each) { shared.ruled.put(each.id, catalogue.rules_of(each.id)); });
  return {};
}

void node::parts::send_records(std::vector<storage::record> records, ticket to,
                               std::function<void()> durable) {
  work_ptr item{new work_item};
  item->reply.to = to;
  item->reply.kind = answer_kind::recorded;
  item->records = std::move(records);
  item->durable = std::move(durable);
  caf::anon_send(shared.persistence, decided{std::move(item)});
}

void node::parts::send_barrier(ticket to) {
  work_ptr item{new work_item};
  item->reply.to = to;
  item->reply.kind = answer_kind::recorded;
  item->barrier = true;
  caf::anon_send(shared.persistence, decided{std::move(item)});
}

bool node::parts::wait_barrier(std::chrono::steady_clock::time_point until) {
  const auto request = ++waits_asked;
  send_barrier({waits_number, 0, 0, 0, request});
  return waits.wait(request, until).has_value();
}

std::optional<std::size_t> node::parts::write_snapshots(std::chrono::steady_clock::time_point until) {
  struct tally {
    std::atomic<std::size_t> left;
    std::atomic<std::size_t> new_ones{0};
    std::promise<void> all_written;
  };

  const auto owners = shared.skus.actors();
  if (owners.empty()) return 0;
  auto counted = std::make_shared<tally>();
  counted->left = owners.size();
  auto all = counted->all_written.get_future();
  for (const auto& owner : owners)
    caf::anon_send(owner, write_snapshot{[counted](bool something_new) {
                     if (something_new) ++counted->new_ones;
                     if (--counted->left == 0) counted->all_written.set_value();
                   }});
  if (all.wait_until(until) != std::future_status::ready) return std::nullopt;
  return counted->new_ones.load();
}

// Waits for the last actor, because all of them use `shared`.
void node::parts::stop() {
  if (stopped) return;
  stopped = true;
  for (const auto& each : consoles)
    each->close(); // their sinks stay: an answer may still be on its way
  {
    const std::lock_guard guard{channels_lock};
    for (const auto& [account, channel] : channels)
      channel->answers.close();
  }
  stop_actors(shared);
  system.await_all_actors_done();
  shared.loader = shared.persistence = shared.supervisor = nullptr;
}

result<void> node::parts::record(std::vector<storage::record> records, ticket to) {
  return change([&](const engine::catalogue&) { return std::move(records); }, to);
}

result<void> node::parts::change(const catalogue_change& make, ticket to, std::function<void()> durable) {
  const std::unique_lock guard{catalogue_lock}; // held while sending: the ledger keeps the catalogue's order
  auto records = make(catalogue);
  if (!records) return records.error();
  rule_changes ruled{catalogue, *records};
  const bool sourcing = std::ranges::any_of(
      *records, [this](const storage::record& each) { return changes_sourcing(catalogue, each); });
  if (auto put = put_all(catalogue, *records); !put) return put;
  if (!ruled.empty()) {
    ruled.apply(catalogue, *records);
    durable = ruled.told(shared, std::move(durable));
  }
  std::erase_if(*records, [this](const storage::record& each) { return kept_already(each); });
  if (records->empty() && to.sink == 0 && !durable) return {};
  send_records(std::move(*records), to, std::move(durable));
  if (sourcing) shared.sourcing.read(catalogue); // what is decided by it is behind it in the queue
  return {};
}

// A hold that was to end longer ago was ended by who ran then.
void node::parts::find_unsettled_skus(std::vector<engine::sku_id> held, engine::time_point newest_fact_at) {
  const auto held_to = newest_fact_at - shared.options.key_retention;
  auto known = std::make_shared<std::vector<engine::sku_id>>();
  {
    const auto view = view_catalogue();
    known->reserve(view->products());
    view->each_product([&](const engine::product& each) { known->push_back(each.id); });
  }
  auto first = std::make_shared<const std::vector<engine::sku_id>>(std::move(held));
  caf::anon_send(shared.loader, find_unsettled{std::move(first), held_to, true});
  caf::anon_send(shared.loader, find_unsettled{std::move(known), held_to});
}

bool node::parts::kept_already(const storage::record& item) {
  const auto* letter = std::get_if<storage::dead_letter>(&item);
  return letter != nullptr && letter->id == 0 && !shared.letters.claim(*letter);
}

result<std::unique_ptr<storage::reader>> node::parts::open_reader() const {
  auto promise = std::make_shared<std::promise<result<std::unique_ptr<storage::reader>>>>();
  auto opened = promise->get_future();
  caf::anon_send(shared.persistence, actors::open_reader{std::move(promise)});
  if (opened.wait_for(limits::actor_answer_timeout) != std::future_status::ready)
    return engine::make_error(engine::error_code::unavailable,
                              "the store is busy: no reader within two seconds");
  return opened.get();
}

} // namespace lockstep::actors
