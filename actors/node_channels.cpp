// The node's channel accounts: start, restart, questions and orders.
#include "actors/channel_actor.hpp"
#include "actors/messages.hpp"
#include "actors/node.hpp"
#include "actors/node_parts.hpp"
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
  known.each_listing([&](const engine::listing& item) {
    if (item.account == account) out.push_back(item);
  });
  return out;
}

result<std::vector<storage::publication>> publications_of(storage::reader& from,
                                                          const std::vector<engine::listing>& listings) {
  boost::unordered_flat_map<engine::listing_id, bool> wanted;
  for (const auto& item : listings)
    wanted[item.id] = true;
  std::vector<storage::publication> out;
  const auto read = from.each_publication([&](storage::publication shown) {
    if (wanted.contains(shown.listing)) out.push_back(std::move(shown));
  });
  if (!read) return read.error();
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
  }
  auto acknowledged = publications_of(**reader, context.listings);
  if (!acknowledged) return acknowledged.error();
  context.acknowledged = std::move(*acknowledged);
  const auto read_to = (*reader)->load_watermark(account, "orders");
  if (!read_to) return read_to.error();
  if (*read_to) context.orders_read_to = (**read_to).at;
  context.clean_start =
      clean_start && !shared.outlets.channel(account); // a restarted actor may have had writes under way
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
      .send = [client = channel->client](adapters::http_request request,
                                         auto done) { client->send(std::move(request), std::move(done)); },
  };
  const auto listings = context.listings;
  auto actor = spawn_channel(system, std::move(context));
  shared.outlets.put_channel(account, actor);
  channel->answers.set(actor);
  caf::anon_send(shared.supervisor, watch{actor, watch::kind::channel, static_cast<std::int64_t>(account),
                                          "channel " + channel->options.account});
  announce_numbers(listings, std::move(actor));
  return {};
}

// Every listed SKU tells its number through persistence; after the last one the channel knows all.
void node::parts::announce_numbers(const std::vector<engine::listing>& listings, caf::actor channel) {
  std::vector<engine::sku_id> skus;
  for (const auto& item : listings)
    skus.push_back(item.sku);
  std::sort(skus.begin(), skus.end());
  skus.erase(std::unique(skus.begin(), skus.end()), skus.end());
  if (skus.empty()) return caf::anon_send(channel, numbers_announced{});
  auto left = std::make_shared<std::atomic<std::size_t>>(skus.size());
  for (const auto sku : skus)
    caf::anon_send(shared.skus.find(sku).owner, announce_number{[left, channel] {
                     if (--*left == 0) caf::anon_send(channel, numbers_announced{});
                   }});
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
