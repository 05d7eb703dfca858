#include "app/api/metrics_text.hpp"

#include "adapters/rest/encode.hpp"
#include "app/api/process_metrics.hpp"
#include "app/api/route.hpp"
#include "app/identification.hpp"
#include "engine/refusal.hpp"

#include <fmt/format.h>

#include <array>
#include <iterator>

namespace lockstep::app {

namespace {

using actors::channel_status;

// Writes families: a head with type and help, then its samples.
class exposition {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    fmt::format_to(to(), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }

  template <class Number>
  void sample(Number value, std::string_view labels = "", std::string_view suffix = "") {
    const auto braced = labels.empty() ? std::string{} : fmt::format("{{{}}}", labels);
    fmt::format_to(to(), "{}{}{} {}\n", name_, suffix, braced, value);
  }

  template <class Number>
  void single(std::string_view name, std::string_view type, std::string_view help, Number value) {
    family(name, type, help);
    sample(value);
  }

  std::string take() { return std::move(text_); }

 private:
  std::back_insert_iterator<std::string> to() { return std::back_inserter(text_); }

  std::string text_;
  std::string name_;
};

double seconds(std::chrono::microseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}

void put_engine(exposition& out, const actors::node_statistics& now) {
  out.single("lockstep_commands_total", "counter", "Commands taken in.", now.commands);
  out.single("lockstep_facts_total", "counter", "Facts made durable.", now.facts);
  out.family("lockstep_refusals_total", "counter", "Requests refused by a SKU, by reason.");
  for (const auto& [reason, count] : now.refusals_by_reason)
    out.sample(count, fmt::format(R"(reason="{}")", engine::to_string(reason)));
  out.single("lockstep_repeats_total", "counter", "Repeats answered with their first outcome.", now.repeats);
  out.single("lockstep_commits_total", "counter", "Transactions committed.", now.commits);
  out.single("lockstep_last_batch_facts", "gauge", "Facts in the last transaction.", now.last_batch_facts);
  out.family("lockstep_commit_duration_seconds", "histogram", "Time of a commit.");
  std::uint64_t commits = 0; // the last bucket has all
  for (const auto& [bound, within] : now.commit_durations.within) {
    const bool all = bound == std::chrono::microseconds::max();
    const auto upper = all ? std::string{"+Inf"} : fmt::format("{}", seconds(bound));
    out.sample(commits = within, fmt::format(R"(le="{}")", upper), "_bucket");
  }
  out.sample(seconds(now.commit_durations.sum), "", "_sum");
  out.sample(commits, "", "_count");
  out.single("lockstep_commit_lag_seconds", "gauge", "Age of the oldest thing that is not durable yet.",
             seconds(now.commit_lag));
  out.single("lockstep_store_unknown_commits_total", "counter", "Commits whose answer was lost.",
             now.unknown_commits);
  out.single("lockstep_store_available", "gauge", "1 while the store takes commits.",
             now.store_available ? 1 : 0);
  out.single("lockstep_store_trouble", "gauge", "1 while work beside the commits keeps failing.",
             now.store_trouble.empty() ? 0 : 1);
  out.single("lockstep_queued_entries", "gauge", "Entries waiting for the next commit.", now.queued_entries);
  out.single("lockstep_skus_active", "gauge", "SKU actors awake.", now.sku_actors);
  out.single("lockstep_credits_available", "gauge", "Admission credits left.",
             now.credits_total - now.credits_in_use);
  out.family("lockstep_requests_shed_total", "counter", "Submissions refused before they began.");
  out.sample(now.shed, R"(reason="credits")");
  out.single("lockstep_keys", "gauge", "Business keys in memory.", now.keys);
  out.single("lockstep_actor_restarts_total", "counter", "Actors replaced after a failure.",
             now.actor_restarts);
  out.single("lockstep_groups_waiting", "gauge", "Multi-line requests under way.", now.groups_waiting);
  out.single("lockstep_dead_letters", "gauge", "Messages that could not be recorded and wait for a person.",
             now.dead_letters);
  out.single("lockstep_skus_quarantined", "gauge", "SKUs that take facts and are not pushed.",
             now.quarantined);
  out.single("lockstep_open_incidents", "gauge", "Incidents not resolved.", now.open_incidents);
  out.family("lockstep_incidents_by_cause", "gauge", "Incidents not resolved, by what made them.");
  for (std::size_t cause = 0; cause < now.incidents_by_cause.size(); ++cause)
    out.sample(
        now.incidents_by_cause[cause],
        fmt::format(R"(cause="{}")", adapters::rest::cause_name(static_cast<engine::incident::kind>(cause))));
  out.single("lockstep_oversold_units", "gauge", "Units promised beyond stock.", now.oversold_units);
  out.single("lockstep_ready", "gauge", "1 when accepting is safe.", now.ready ? 1 : 0);
}

// One family over all channels: `value` of each.
template <class Value>
void put_each(exposition& out, const std::vector<channel_status>& channels, std::string_view name,
              std::string_view type, std::string_view help, Value value) {
  out.family(name, type, help);
  for (const auto& each : channels)
    out.sample(value(each), fmt::format(R"(channel="{}")", label_value(each.name)));
}

void put_channels(exposition& out, const std::vector<channel_status>& channels) {
  using status = channel_status;
  put_each(out, channels, "lockstep_outbox_rows", "gauge", "Listings whose number is not acknowledged.",
           [](const status& c) { return c.pending; });
  put_each(out, channels, "lockstep_push_in_flight", "gauge", "Rows sent and not answered.",
           [](const status& c) { return c.in_flight; });
  put_each(out, channels, "lockstep_oldest_unpushed_fact_age_seconds", "gauge",
           "Age of the oldest change that the channel has not acknowledged, while the account is active.",
           [](const status& c) { return seconds(c.behind); });
  put_each(out, channels, "lockstep_channel_requests_total", "counter", "Requests sent, whatever they asked.",
           [](const status& c) { return c.requests_sent; });
  out.family("lockstep_push_attempts_total", "counter", "Requests that wrote numbers, by how they ended.");
  for (const auto& each : channels)
    for (const auto& [outcome, count] : each.write_outcomes)
      out.sample(count, fmt::format(R"(channel="{}",outcome="{}")", label_value(each.name), outcome));
  out.family("lockstep_rate_limit_wait_seconds", "summary",
             "Waits of due numbers for the channel's rate limit.");
  for (const auto& each : channels) {
    const auto name = fmt::format(R"(channel="{}")", label_value(each.name));
    out.sample(seconds(each.limit_waited), name, "_sum");
    out.sample(each.limit_waits, name, "_count");
  }
  put_each(out, channels, "lockstep_pushed_rows_total", "counter", "Rows sent.",
           [](const status& c) { return c.rows_sent; });
  put_each(out, channels, "lockstep_acknowledged_rows_total", "counter", "Rows acknowledged.",
           [](const status& c) { return c.rows_acknowledged; });
  put_each(out, channels, "lockstep_coalesced_rows_total", "counter",
           "Numbers that needed no push of their own.", [](const status& c) { return c.coalesced; });
  put_each(out, channels, "lockstep_push_stale_total", "counter", "Writes refused by compare-and-set.",
           [](const status& c) { return c.stale; });
  put_each(out, channels, "lockstep_uncertain_rows", "gauge", "Listings with a write of unknown fate.",
           [](const status& c) { return c.uncertain; });
  put_each(out, channels, "lockstep_resting_rows", "gauge",
           "Listings settled before the start whose numbers were not needed since.",
           [](const status& c) { return c.at_rest; });
  put_each(out, channels, "lockstep_parked_rows", "gauge", "Listings not pushed until a person looks.",
           [](const status& c) { return c.parked; });
  put_each(out, channels, "lockstep_reconcile_drift_units_total", "counter", "Units of drift found by reads.",
           [](const status& c) { return c.drift_units; });
  out.family("lockstep_fact_to_channel_duration_seconds", "summary", "Commit to acknowledged push, lately.");
  for (const auto& each : channels) {
    const auto name = label_value(each.name);
    out.sample(seconds(each.lag_p50), fmt::format(R"(channel="{}",quantile="0.5")", name));
    out.sample(seconds(each.lag_p99), fmt::format(R"(channel="{}",quantile="0.99")", name));
  }
  out.family("lockstep_channel_state", "gauge", "1 for the mode the account is in.");
  for (const auto& each : channels) {
    for (const auto mode :
         {engine::account_mode::observe, engine::account_mode::active, engine::account_mode::paused}) {
      out.sample(each.mode == mode ? 1 : 0,
                 fmt::format(R"(channel="{}",state="{}")", label_value(each.name), rest::mode_name(mode)));
    }
  }
}

std::string_view method_of(std::size_t index) {
  if (index >= route_table().size()) return "";
  switch (route_table()[index].method) {
  case http_method::get: return "GET";
  case http_method::put: return "PUT";
  case http_method::remove: return "DELETE";
  default: return "POST";
  }
}

std::string_view pattern_of(std::size_t index) {
  return index < route_table().size() ? route_table()[index].pattern : std::string_view{"none"};
}

void put_requests(exposition& out, const http_metrics& metrics) {
  out.family("lockstep_http_requests_total", "counter", "Requests by route and status.");
  for (std::size_t i = 0; i < metrics.routes.size(); ++i) {
    for (auto status = route_metrics::status_min; status <= route_metrics::status_max; ++status) {
      const auto count = metrics.routes[i].with_status(status);
      if (count == 0) continue;
      out.sample(count,
                 fmt::format(R"(route="{}",method="{}",code="{}")", pattern_of(i), method_of(i), status));
    }
  }
}

void put_durations(exposition& out, const http_metrics& metrics) {
  constexpr auto& bounds = route_metrics::bounds_us;
  out.family("lockstep_http_request_duration_seconds", "histogram", "From the whole request to its answer.");
  for (std::size_t i = 0; i < metrics.routes.size(); ++i) {
    const auto& route = metrics.routes[i];
    const auto all = route.within(bounds.size());
    if (all == 0) continue;
    const auto labels = fmt::format(R"(route="{}",method="{}")", pattern_of(i), method_of(i));
    for (std::size_t b = 0; b < bounds.size(); ++b) {
      out.sample(route.within(b), fmt::format(R"({},le="{}")", labels, static_cast<double>(bounds[b]) / 1e6),
                 "_bucket");
    }
    out.sample(all, fmt::format(R"({},le="+Inf")", labels), "_bucket");
    out.sample(route.seconds(), labels, "_sum");
    out.sample(all, labels, "_count");
  }
}

void put_intake(exposition& out, const http_metrics& metrics, const adapters::http_server_statistics& now) {
  const auto value = [](const std::atomic<std::uint64_t>& counter) {
    return counter.load(std::memory_order_relaxed);
  };
  out.single("lockstep_http_connections", "gauge", "Open connections.", now.connections);
  out.single("lockstep_http_connections_total", "counter", "Connections accepted.", now.accepted);
  out.single("lockstep_http_connections_refused_total", "counter", "Connections beyond the limit.",
             now.turned_away);
  out.single("lockstep_http_malformed_requests_total", "counter", "Requests that were no HTTP of ours.",
             now.malformed);
  out.single("lockstep_http_timeouts_total", "counter", "Requests that did not arrive in time.",
             now.timeouts);
  out.family("lockstep_http_refused_total", "counter", "Requests refused for who sent them.");
  out.sample(value(metrics.unauthenticated), R"(reason="unauthenticated")");
  out.sample(value(metrics.forbidden), R"(reason="forbidden")");
  out.sample(value(metrics.bad_signatures), R"(reason="bad-signature")");
  out.single("lockstep_http_shed_total", "counter", "Requests answered 503.", value(metrics.shed));
  out.single("lockstep_http_outcome_unknown_total", "counter", "Requests answered 504.",
             value(metrics.timeouts));
  out.family("lockstep_events_received_total", "counter", "Lines of orders and movements received.");
  out.sample(value(metrics.webhook_lines), R"(source="webhook",kind="order-line")");
  out.sample(value(metrics.batch_lines), R"(source="batch",kind="movement")");
  out.single("lockstep_webhook_dead_letters_total", "counter", "Webhook lines kept as dead letters.",
             value(metrics.webhook_dead_letters));
  out.single("lockstep_webhook_test_orders_total", "counter", "Test orders ignored.",
             value(metrics.webhook_test_orders));
}

void put_alerts(exposition& out, const alert_counts& now) {
  out.single("lockstep_alerts_delivered_total", "counter", "Alerts that their receiver took.",
             now.delivered.load());
  out.single("lockstep_alerts_failed_total", "counter", "Attempts at alerts that failed.", now.failed.load());
  out.single("lockstep_alerts_waiting", "gauge", "Alerts that are due.", now.waiting.load());
}

void put_lookups(exposition& out, const identification_status& now) {
  out.family("lockstep_lookup_requests_total", "counter", "Requests to the look-up service, by how they ended.");
  constexpr std::array<std::string_view, 5> outcomes{"answered", "throttled", "refused", "failed",
                                                     "batch-refused"};
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    out.sample(now.requests[i], fmt::format(R"(outcome="{}")", outcomes[i]));
  out.family("lockstep_lookup_skus_total", "counter", "SKUs that it was asked about, by what came of it.");
  out.sample(now.found, R"(outcome="found")");
  out.sample(now.unknown, R"(outcome="unknown")");
  out.sample(now.given_up, R"(outcome="given-up")");
  out.single("lockstep_lookup_proposals_total", "counter", "Codes that it proposed.", now.proposals);
  out.single("lockstep_lookup_waiting", "gauge", "SKUs that it is still to be asked about.", now.waiting);
  out.single("lockstep_lookup_trouble", "gauge", "1 while its last request brought nothing.",
             now.trouble.empty() ? 0 : 1);
}

void put_process(exposition& out) {
  const auto now = read_process_metrics();
  out.single("process_cpu_seconds_total", "counter", "CPU time used.", now.cpu_seconds);
  out.single("process_resident_memory_bytes", "gauge", "Resident memory.", now.resident_bytes);
  out.single("process_virtual_memory_bytes", "gauge", "Virtual memory.", now.virtual_bytes);
  out.single("process_open_fds", "gauge", "Open file descriptors.", now.open_fds);
  out.single("process_max_fds", "gauge", "Limit of open file descriptors.", now.max_fds);
  out.single("process_threads", "gauge", "Threads.", now.threads);
  out.single("process_start_time_seconds", "gauge", "Start of the process since 1970.",
             now.start_time_seconds);
}

} // namespace

std::string label_value(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '\\' || c == '"') safe += '\\';
    safe += c == '\n' ? std::string_view{"\\n"} : std::string_view{&c, 1};
  }
  return safe;
}

std::string metrics_text(const api_context& api, const adapters::http_server_statistics& intake,
                         const std::vector<channel_status>& channels) {
  exposition out;
  out.family("lockstep_build_info", "gauge", "The version that runs.");
  out.sample(1, R"(version=")" LOCKSTEP_VERSION R"(")");
  put_engine(out, api.node.statistics());
  put_channels(out, channels);
  put_requests(out, api.metrics);
  put_durations(out, api.metrics);
  put_intake(out, api.metrics, intake);
  if (api.options.alerts != nullptr) put_alerts(out, *api.options.alerts);
  if (api.options.identifies != nullptr) put_lookups(out, api.options.identifies->status());
  put_process(out);
  return out.take();
}

} // namespace lockstep::app
