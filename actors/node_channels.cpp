// The node's channel accounts: start, restart, questions and orders.
#include "actors/channel_actor.hpp"
#include "actors/messages.hpp"
#include "actors/node.hpp"
#include "actors/node_parts.hpp"
#include "actors/recovery.hpp"
#include "adapters/log.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace lockstep::actors {

namespace {

using engine::error_code;

engine::error no_answer() {
  return engine::make_error(error_code::unavailable, "the channel's actor did not answer within two seconds");
}

engine::error not_running() {
  return engine::make_error(error_code::not_found, "no such channel account is running");
}

// One question to one channel actor; blocks for its answer, nothing when none comes.
template <class Answer, class Question>
std::optional<Answer> ask(caf::actor_system& system, const caf::actor& channel, Question question) {
  caf::scoped_actor self{system};
  std::optional<Answer> out;
  self->request(channel, std::chrono::milliseconds{limits::actor_answer_timeout}, std::move(question))
      .receive([&](Answer& got) { out = std::move(got); }, [](const caf::error&) {});
  return out;
}

std::vector<engine::listing> listings_of(const engine::catalogue& known, engine::account_id account) {
  std::vector<engine::listing> out;
  out.reserve(known.listings());
  known.each_listing([&](const engine::listing& item) {
    if (item.account == account) out.push_back(item);
  });
  return out;
}

result<std::vector<storage::publication>> publications_of(storage::reader& from,
                                                          const std::vector<engine::listing>& listings) {
  boost::unordered_flat_set<engine::listing_id> wanted;
  for (const auto& item : listings)
    wanted.insert(item.id);
  std::vector<storage::publication> out;
  const auto read = from.each_publication([&](storage::publication shown) {
    if (wanted.contains(shown.listing)) out.push_back(std::move(shown));
  });
  if (!read) return read.error();
  return out;
}

// SKUs with facts in rows from `first` on go into `skus`; returns the row after the last.
result<storage::row_number> collect_changed(storage::reader& from, storage::row_number first,
                                            boost::unordered_flat_set<engine::sku_id>& skus) {
  auto next = first;
  const auto read = from.scan_briefly(first - 1, [&](const storage::stored_fact& stored) {
    skus.insert(stored.sku);
    next = stored.row + 1;
    return true;
  });
  if (!read) return read.error();
  return next;
}

// What the last process left for this one: what was published, and which SKUs have changed since.
struct beginning {
  std::optional<engine::time_point> told_to;
  engine::time_point facts_to{};
  boost::unordered_flat_set<engine::sku_id> changed;
  storage::row_number next_row = 1; // the first that was not looked at
};

result<beginning> read_beginning(storage::reader& from, const engine::account& of) {
  beginning out;
  const auto told_to = from.load_watermark(of.id, "numbers");
  if (!told_to) return told_to.error();
  if (*told_to && (**told_to).at != engine::time_point{}) out.told_to = (**told_to).at;
  const auto newest = newest_fact_at(from);
  if (!newest) return newest.error();
  out.facts_to = newest->value_or(engine::time_point{});
  // Without it, and while it observes, an account needs every number: which SKUs have changed tells nothing.
  const bool relies = out.told_to && of.mode != engine::account_mode::observe;
  const auto first = relies ? from.first_row_at(*out.told_to) : from.first_row_at(engine::time_point::max());
  if (!first) return first.error();
  const auto next = collect_changed(from, *first, out.changed);
  if (!next) return next.error();
  out.next_row = *next;
  // Facts of a quarantined SKU were told to nobody.
  auto kept = from.each_quarantined([&](const storage::quarantined& each) { out.changed.insert(each.sku); });
  if (!kept) return kept.error();
  return out;
}

} // namespace

result<engine::account_id> node::add_channel(channel_options options, adapters::http_client& client) {
  auto& p = *parts_;
  std::optional<engine::account> known;
  const auto find_or_add = [&](const engine::catalogue& present) -> std::vector<storage::record> {
    if (const auto* found = present.find_account(options.account)) {
      known = *found;
      return {};
    }
    known = engine::account{present.next_account(), options.account, options.marketplace,
                            engine::account_mode::observe};
    return {*known};
  };
  if (auto recorded = change(find_or_add, {}); !recorded) return recorded.error();
  {
    const std::lock_guard guard{p.channels_lock};
    auto& entry = p.channels[known->id];
    if (entry)
      return engine::make_error(error_code::conflict, "the channel account runs already: " + options.account);
    entry = std::make_unique<parts::running_channel>();
    entry->options = std::move(options);
    entry->client = &client;
    entry->sink = p.shared.outlets.add_sink(entry->answers);
  }
  if (auto started = p.start_channel(known->id); !started) return started.error();
  return known->id;
}

result<void> node::parts::start_channel(engine::account_id account) {
  running_channel* channel = nullptr;
  {
    const std::lock_guard guard{channels_lock};
    channel = channels.at(account).get();
  }
  auto reader = open_reader();
  if (!reader) return reader.error();
  channel_context context;
  context.options = channel->options;
  {
    const std::shared_lock guard{catalogue_lock};
    context.account = *catalogue.find(account);
    context.listings = listings_of(catalogue, account);
    for (const auto& each : context.listings)
      if (const auto* product = catalogue.find(each.sku); product != nullptr && !product->tags.empty())
        context.tags.emplace_back(each.sku, product->tags);
  }
  context.rules = shared.ruled.of(account);
  context.lag = &shared.lags.of(account);
  const bool again = shared.outlets.channel(account).has_value();
  // The cursor first: a commit of an actor that failed may still come. Publications that are newer than the
  // cursor only cost numbers that are told in vain, older ones would be relied on.
  auto begins = read_beginning(**reader, context.account);
  if (!begins) return begins.error();
  auto acknowledged = again ? publications_of(**reader, context.listings) : published_at_start(account);
  if (!acknowledged) return acknowledged.error();
  context.acknowledged = std::move(*acknowledged);
  context.told_to = begins->told_to;
  context.facts_to = begins->facts_to;
  context.changed = std::move(begins->changed);
  // A composition may have changed without a fact, and a leaf of a bundle is a SKU of its own.
  for (const auto* each : shared.skus.bundles())
    context.changed.insert(each->id);
  const auto read_to = (*reader)->load_watermark(account, "orders");
  if (!read_to) return read_to.error();
  if (*read_to) context.orders_read_to = (**read_to).at;
  context.clean_start = clean_start && !again; // a restarted actor may have had writes under way
  context.services = {
      .now = [this] { return shared.clock.now(); },
      .record =
          [this](std::vector<storage::record> records) {
            if (const auto kept = record(std::move(records), {}); !kept)
              adapters::log::write(adapters::log::level::error, "channel-record-refused", kept.error().what);
          },
      .change = [this](const catalogue_change& make,
                       std::function<void()> durable) { return change(make, {}, std::move(durable)); },
      .submit =
          [this, sink = channel->sink](std::vector<submission> commands) {
            for (auto& one : commands)
              one.to.sink = sink;
            return entrance.submit(std::move(commands));
          },
      .catalogue = [this] { return view_catalogue(); },
      .announce = [this](std::vector<engine::sku_id> skus,
                         announcement::outcome told) { announce_numbers(skus, std::move(told)); },
      .send = [client = channel->client](adapters::http_request request,
                                         auto done) { client->send(std::move(request), std::move(done)); },
  };
  const auto ruled = context.rules.revision;
  auto actor = spawn_channel(system, std::move(context));
  shared.outlets.put_channel(account, actor);
  // Rules that became durable meanwhile were told to its predecessor, or to nobody.
  if (auto rules = shared.ruled.of(account); rules.revision != ruled)
    caf::anon_send(actor, rules_changed{std::move(rules), {}});
  // What was committed before persistence knew the actor: it heard nothing of that.
  boost::unordered_flat_set<engine::sku_id> also;
  if (const auto rest = collect_changed(**reader, begins->next_row, also); !rest) {
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown); // nobody watches it yet: start anew
    return rest.error();
  }
  channel->answers.set(actor);
  caf::anon_send(shared.supervisor, watch{actor, watch::kind::channel, static_cast<std::int64_t>(account),
                                          "channel " + channel->options.account});
  caf::anon_send(actor, channel_known{{also.begin(), also.end()}});
  return {};
}

result<std::vector<storage::publication>> node::parts::published_at_start(engine::account_id account) {
  const std::lock_guard guard{channels_lock};
  auto mine = published.extract(account);
  return mine ? std::move(mine.mapped()) : std::vector<storage::publication>{};
}

engine::duration node::parts::slowest_lag(engine::sku_id sku) {
  engine::duration slowest{0};
  const auto known = view_catalogue();
  // The SKU, and the bundles that it is packed into.
  std::vector<engine::sku_id> shown{sku};
  for (std::size_t next = 0; next < shown.size(); ++next) {
    for (const auto id : known->listings_of(shown[next])) {
      const engine::duration told{shared.lags.of(known->find(id)->account).load(std::memory_order_relaxed)};
      slowest = std::max(slowest, told.count() == 0 ? engine::duration{limits::lag_assumed} : told);
    }
    for (const auto above : known->bundles().containing(shown[next]))
      if (std::ranges::find(shown, above) == shown.end()) shown.push_back(above);
  }
  return slowest;
}

// Each tells it through persistence, a bundle's leaves for the bundle.
void node::parts::announce_numbers(std::vector<engine::sku_id> skus, announcement::outcome told) {
  if (shared.skus.has_bundles()) shared.skus.add_leaves(skus);
  const auto asked = std::make_shared<announcement>(skus.size(), std::move(told));
  for (const auto sku : skus)
    caf::anon_send(shared.skus.find(sku).owner, announce_number{[asked] { asked->told_one(); }});
}

result<std::vector<channel_status>> node::channels() const {
  std::vector<channel_status> out;
  for (const auto& channel : parts_->shared.outlets.channels()) {
    auto status = ask<channel_status>(parts_->system, channel, get_status{});
    if (!status) return no_answer();
    out.push_back(std::move(*status));
  }
  return out;
}

result<std::vector<channel_difference>> node::channel_diff(engine::account_id account,
                                                           std::size_t limit) const {
  const auto channel = parts_->shared.outlets.channel(account);
  if (!channel) return not_running();
  auto found = ask<std::vector<channel_difference>>(parts_->system, *channel, get_difference{limit});
  if (!found) return no_answer();
  return std::move(*found);
}

result<std::vector<account_explanation>> node::explain(const engine::number& present,
                                                       std::optional<engine::account_id> only) const {
  std::vector<engine::account_id> accounts;
  {
    const auto known = catalogue();
    for (const auto id : known->listings_of(present.sku)) {
      const auto account = known->find(id)->account;
      if (only && account != *only) continue;
      if (std::ranges::find(accounts, account) == accounts.end()) accounts.push_back(account);
    }
  }
  std::vector<account_explanation> out;
  for (const auto account : accounts) {
    const auto channel = parts_->shared.outlets.channel(account);
    if (!channel) continue;
    auto told = ask<std::vector<listing_explanation>>(parts_->system, *channel, get_explanation{present});
    if (!told) return no_answer();
    out.push_back({account, std::move(*told)});
  }
  return out;
}

result<void> node::order_channel(engine::account_id account, channel_order what) {
  const auto channel = parts_->shared.outlets.channel(account);
  if (!channel) return not_running();
  const auto done = ask<engine::error>(parts_->system, *channel, give_order{what});
  if (!done) return no_answer();
  if (!done->what.empty()) return *done;
  return {};
}

bool node::parts::finish_channels(std::chrono::steady_clock::time_point until) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  if (left.count() <= 0) return false;
  caf::scoped_actor self{system};
  std::vector<decltype(self->request(caf::actor{}, left, finish{}))>
      asked; // all at once: they flush side by side
  for (const auto& channel : shared.outlets.channels())
    asked.push_back(self->request(channel, left, finish{}));
  bool done = true;
  for (auto& one : asked)
    one.receive([&](bool finished) { done = done && finished; }, [&](const caf::error&) { done = false; });
  return done;
}

} // namespace lockstep::actors
