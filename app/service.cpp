#include "app/service.hpp"

#include "actors/waiting_sink.hpp"
#include "adapters/http_client.hpp"
#include "adapters/log.hpp"
#include "adapters/shopify/shopify_adapter.hpp"
#include "app/alerter.hpp"
#include "app/api/api_server.hpp"
#include "app/identification.hpp"
#include "app/witness_keeper.hpp"
#include "storage/open_store.hpp"

#include <algorithm>

namespace lockstep::app {

using engine::result;

namespace {

using adapter = std::shared_ptr<const adapters::channel_adapter>;

actors::node_options node_options_of(const engine_section& chosen,
                                     std::function<void(int, std::string)> fatal) {
  actors::node_options options;
  options.scheduler_threads = static_cast<std::size_t>(chosen.threads);
  options.key_retention = chosen.key_retention;
  options.credits_total = static_cast<std::size_t>(chosen.credits);
  options.fatal = std::move(fatal);
  return options;
}

// `marketplace` was checked against the settings table, which knows this one.
adapter make_adapter(const channel_section& chosen) {
  adapters::channel_account account{
      chosen.name, chosen.base_url, std::string{chosen.access_token.value.reveal()}, {}, chosen.location};
  for (const auto& file : chosen.webhook_secrets)
    account.webhook_secrets.emplace_back(file.value.reveal());
  return std::make_shared<const adapters::shopify::shopify_adapter>(std::move(account));
}

actors::drift_policy drift_of(const channel_section& chosen) {
  if (chosen.drift == "repair") return actors::drift_policy::repair;
  if (chosen.drift == "adopt") return actors::drift_policy::adopt;
  return actors::drift_policy::ask;
}

bool ships_when_sold(const channel_section& chosen) {
  return chosen.sale == "decrement";
}

actors::channel_options channel_options_of(const channel_section& chosen, adapter speaks) {
  actors::channel_options options;
  options.account = chosen.name;
  options.marketplace = chosen.marketplace;
  options.adapter = std::move(speaks);
  options.drift = drift_of(chosen);
  options.ships_when_sold = ships_when_sold(chosen);
  options.moderate_interval = chosen.moderate_interval;
  options.slow_interval = chosen.slow_interval;
  options.poll_interval = chosen.poll_interval;
  options.poll_overlap = chosen.poll_overlap;
  options.sweep_interval = chosen.sweep_interval;
  return options;
}

// The configuration allows http: only to this machine.
adapters::http_client::options client_options_of(const configuration& chosen) {
  adapters::http_client::options options;
  options.insecure_http =
      chosen.alerts.url.starts_with("http:") || chosen.ecomsource.url.starts_with("http:") ||
      std::any_of(chosen.channels.begin(), chosen.channels.end(),
                  [](const auto& channel) { return channel.base_url.starts_with("http:"); });
  options.connections_per_host = limits::channel_connections_per_host_max;
  options.connections = limits::channel_connections_max;
  return options;
}

api_token token_of(const token_section& chosen) {
  const auto has = [&](std::string_view scope) {
    return std::find(chosen.scopes.begin(), chosen.scopes.end(), scope) != chosen.scopes.end();
  };
  return {chosen.name, {has("read"), has("write"), has("admin")}, chosen.sha256};
}

api_options api_options_of(const configuration& chosen) {
  api_options options;
  options.listen.address = chosen.http.address;
  options.listen.port = static_cast<std::uint16_t>(chosen.http.port);
  options.listen.threads = static_cast<std::size_t>(chosen.http.threads);
  options.monitor.address = chosen.monitor.address;
  options.monitor.port = static_cast<std::uint16_t>(chosen.monitor.port);
  for (const auto& token : chosen.tokens)
    options.tokens.push_back(token_of(token));
  for (const auto& channel : chosen.channels)
    options.terms.emplace(channel.name, order_terms{channel.ships_within, channel.cancel_cost});
  return options;
}

identification_options identification_options_of(const ecomsource_section& chosen) {
  identification_options options;
  options.account = {chosen.url, std::string{chosen.access_key.value.reveal()},
                     std::string{chosen.secret_key.value.reveal()}, chosen.country};
  if (options.account.base_url.ends_with('/')) options.account.base_url.pop_back();
  options.queue.requests_per_second = static_cast<double>(chosen.requests_per_minute) / 60;
  options.queue.requests_per_day = static_cast<std::size_t>(chosen.requests_per_day);
  options.queue.codes_per_request = static_cast<std::size_t>(chosen.batch);
  options.queue.fresh_found = chosen.fresh;
  options.queue.fresh_missing = chosen.fresh_unknown;
  return options;
}

} // namespace

// In the order of starting: each outlives those below it.
struct service::parts {
  std::unique_ptr<adapters::http_client> client;
  actors::waiting_sink records;
  alert_counts alerts;
  std::unique_ptr<actors::node> node;
  std::unique_ptr<witness_keeper> witness;
  std::unique_ptr<alerter> tells;
  std::unique_ptr<identification> identifies;
  std::unique_ptr<api_server> api;
  std::uint16_t console_port = 0;
  bool stopped = false;

  // A start that fails half-way ends as a stop does: answers still under way need the intake they came from.
  ~parts();
  bool stop(std::chrono::milliseconds deadline);
  [[nodiscard]] result<void> start_node(const configuration& chosen,
                                        std::function<void(int, std::string)> fatal);
  [[nodiscard]] result<void> observe_active_accounts();
  [[nodiscard]] result<void> start_channels(const configuration& chosen, api_options& intake);
  [[nodiscard]] result<void> start_intake(api_options intake);
  void start_alerts(const alerts_section& chosen, api_options& intake);
  void start_identification(const ecomsource_section& chosen, api_options& intake);
  [[nodiscard]] result<void> start_console(const console_section& chosen,
                                           std::function<void()> shutdown_asked);
};

service::parts::~parts() {
  if (!stopped) stop(std::chrono::milliseconds{0});
}

bool service::parts::stop(std::chrono::milliseconds deadline) {
  stopped = true;
  tells.reset();
  if (identifies) identifies->stop();
  const auto until = std::chrono::steady_clock::now() + deadline;
  const bool answered = !api || api->stop(deadline);
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  return (!node || node->drain(std::max(left, std::chrono::milliseconds{0}))) && answered;
}

result<void> service::parts::start_node(const configuration& chosen,
                                        std::function<void(int, std::string)> fatal) {
  client = std::make_unique<adapters::http_client>(client_options_of(chosen));
  auto store = storage::open_store(chosen.store.url, {.archive_after = chosen.store.archive_after});
  if (!store) return store.error();
  bool went_back = false;
  if (!chosen.store.witness.empty()) {
    auto kept = witness_keeper::open(chosen.store.witness, **store);
    if (!kept) return kept.error();
    witness = std::move(*kept);
    went_back = witness->store_went_back();
  }
  auto started = actors::node::start(node_options_of(chosen.engine, std::move(fatal)), std::move(*store));
  if (!started) return started.error();
  node = std::move(*started);
  if (went_back)
    if (auto done = observe_active_accounts(); !done) return done;
  if (witness) witness->start();
  return {};
}

// Channels show numbers that this store never heard of: a person compares and activates again.
result<void> service::parts::observe_active_accounts() {
  std::vector<storage::record> changed;
  node->catalogue()->each_account([&](engine::account account) {
    if (account.mode != engine::account_mode::active) return;
    account.mode = engine::account_mode::observe;
    changed.emplace_back(std::move(account));
  });
  adapters::log::write(
      adapters::log::level::error, "store-went-back",
      "the store is older than its witness, as after a restore: active accounts only observe until "
      "they are activated again",
      {{"accounts", static_cast<std::int64_t>(changed.size())}});
  if (changed.empty()) return {};
  if (auto done = node->record(std::move(changed), {.sink = node->add_sink(records)}); !done) return done;
  if (!records.wait(0, std::chrono::steady_clock::now() + limits::actor_answer_timeout))
    return engine::make_error(engine::error_code::unavailable,
                              "the store did not take the accounts' new mode");
  return {};
}

result<void> service::parts::start_channels(const configuration& chosen, api_options& intake) {
  for (const auto& channel : chosen.channels) {
    const auto speaks = make_adapter(channel);
    auto added = node->add_channel(channel_options_of(channel, speaks), *client);
    if (!added) return added.error();
    intake.webhooks.emplace(channel.name, webhook_account{speaks, ships_when_sold(channel)});
  }
  return {};
}

void service::parts::start_alerts(const alerts_section& chosen, api_options& intake) {
  if (chosen.url.empty()) return;
  tells = std::make_unique<alerter>(*node, *client, alerts, alerter_options{chosen.url, chosen.key.value});
  intake.alerts = &alerts;
}

void service::parts::start_identification(const ecomsource_section& chosen, api_options& intake) {
  if (chosen.access_key.value.empty()) return;
  identifies = std::make_unique<identification>(*node, *client, identification_options_of(chosen));
  intake.identifies = identifies.get();
}

result<void> service::parts::start_intake(api_options intake) {
  api = std::make_unique<api_server>(*node, std::move(intake));
  return api->start();
}

result<void> service::parts::start_console(const console_section& chosen,
                                           std::function<void()> shutdown_asked) {
  if (chosen.token.value.empty()) return {};
  auto port = node->open_console(chosen.address, static_cast<std::uint16_t>(chosen.port),
                                 std::string{chosen.token.value.reveal()}, std::move(shutdown_asked));
  if (!port) return port.error();
  console_port = *port;
  return {};
}

service::service(std::unique_ptr<parts> p) : parts_(std::move(p)) {}

service::~service() = default;

// Channels before intake, so that a webhook finds its account; the console last, so that it shows a whole
// engine.
result<std::unique_ptr<service>> service::start(const configuration& chosen, service_events events) {
  std::unique_ptr<service> made{new service{std::make_unique<parts>()}};
  auto& all = *made->parts_;
  auto intake = api_options_of(chosen);
  if (auto done = all.start_node(chosen, std::move(events.fatal)); !done) return done.error();
  if (auto done = all.start_channels(chosen, intake); !done) return done.error();
  all.start_alerts(chosen.alerts, intake);
  all.start_identification(chosen.ecomsource, intake);
  if (auto done = all.start_intake(std::move(intake)); !done) return done.error();
  if (auto done = all.start_console(chosen.console, std::move(events.shutdown_asked)); !done)
    return done.error();
  return made;
}

bool service::stop(std::chrono::milliseconds deadline) {
  return parts_->stop(deadline);
}

actors::node& service::node() {
  return *parts_->node;
}

std::uint16_t service::http_port() const {
  return parts_->api->port();
}

std::uint16_t service::monitor_port() const {
  return parts_->api->monitor_port();
}

std::uint16_t service::console_port() const {
  return parts_->console_port;
}

} // namespace lockstep::app
