#include "app/settings_table.hpp"

#include "app/setting_checks.hpp"

namespace lockstep::app {

namespace {

constexpr std::int64_t port_max = 65'535;

constexpr std::int64_t in_ms(milliseconds value) {
  return value.count();
}

} // namespace

template <>
const std::vector<setting<store_section>>& settings() {
  static const std::vector<setting<store_section>> rows{
      {&store_section::url,
       {.key = "url",
        .check = check_store_url,
        .sentence = "`sqlite:///path/to/file`, created when missing, `postgresql://user@host/database`, or "
                    "`memory:`, which survives nothing."}},
      {&store_section::witness,
       {.key = "witness",
        .sentence =
            "File, on another disk than the store, that says how far the store had come. When the store was "
            "put back from a backup, the next start finds it out and sets active accounts to `observe`; so "
            "does a store that was copied: remove the file then."}},
      {&store_section::archive_after,
       {.key = "archive_after",
        .least = in_ms(24h),
        .most = in_ms(std::chrono::days{3'650}),
        .sentence = "PostgreSQL: facts older than this, and older than their SKU's snapshot, are moved to "
                    "the monthly tables of `ledger_archive`. Not shorter than `engine.key_retention`."}},
  };
  return rows;
}

template <>
const std::vector<setting<http_section>>& settings() {
  static const std::vector<setting<http_section>> rows{
      {&http_section::address,
       {.key = "address",
        .check = check_address,
        .sentence =
            "IP address to listen on. Anything but loopback belongs behind a proxy that speaks TLS."}},
      {&http_section::port,
       {.key = "port",
        .least = 0,
        .most = port_max,
        .sentence = "TCP port; 0 takes a free one and logs it."}},
      {&http_section::threads,
       {.key = "threads",
        .least = 1,
        .most = 64,
        .unit = "threads",
        .sentence = "Threads that read and answer."}},
  };
  return rows;
}

template <>
const std::vector<setting<monitor_section>>& settings() {
  static const std::vector<setting<monitor_section>> rows{
      {&monitor_section::address,
       {.key = "address",
        .check = check_address,
        .sentence = "IP address of `/livez`, `/readyz` and `/metrics`."}},
      {&monitor_section::port,
       {.key = "port",
        .least = 0,
        .most = port_max,
        .sentence = "TCP port; 0 takes a free one and logs it."}},
  };
  return rows;
}

template <>
const std::vector<setting<console_section>>& settings() {
  static const std::vector<setting<console_section>> rows{
      {&console_section::address,
       {.key = "address", .check = check_address, .sentence = "IP address to listen on."}},
      {&console_section::port,
       {.key = "port",
        .least = 0,
        .most = port_max,
        .sentence = "TCP port; 0 takes a free one and logs it."}},
      {&console_section::token,
       {.key = "token_file",
        .sentence = "File with the token a visitor must give. Without it the console stays closed."}},
  };
  return rows;
}

template <>
const std::vector<setting<engine_section>>& settings() {
  static const std::vector<setting<engine_section>> rows{
      {&engine_section::threads,
       {.key = "threads",
        .least = 1,
        .most = 256,
        .unit = "threads",
        .sentence = "Threads that run SKU actors."}},
      {&engine_section::key_retention,
       {.key = "key_retention",
        .least = in_ms(24h),
        .most = in_ms(std::chrono::days{90}),
        .sentence =
            "How long repeats are recognised. Longer than any sender retries; about 64 bytes a movement."}},
      {&engine_section::credits,
       {.key = "credits",
        .least = 1'024,
        .most = 1'048'576,
        .unit = "lines",
        .sentence = "Lines in work at once. More are refused with 503; about two kilobytes each."}},
      {&engine_section::drain_timeout,
       {.key = "drain_timeout",
        .least = in_ms(1s),
        .most = in_ms(10min),
        .live = true,
        .sentence = "How long a stop waits for answers and pushes under way. Keep it below the unit's "
                    "TimeoutStopSec."}},
  };
  return rows;
}

template <>
const std::vector<setting<log_section>>& settings() {
  static const std::vector<setting<log_section>> rows{
      {&log_section::level,
       {.key = "level",
        .choices = {"debug", "info", "warning", "error", "critical"},
        .live = true,
        .sentence = "The least level that is written."}},
      {&log_section::format,
       {.key = "format",
        .choices = {"automatic", "json", "text"},
        .live = true,
        .sentence = "`automatic` is text on a terminal and JSON elsewhere."}},
  };
  return rows;
}

template <>
const std::vector<setting<alerts_section>>& settings() {
  static const std::vector<setting<alerts_section>> rows{
      {&alerts_section::url,
       {.key = "url",
        .check = check_base_url,
        .sentence = "Address that takes them by POST; `http:` only on loopback. Without it nobody is told."}},
      {&alerts_section::key,
       {.key = "key_file", .sentence = "File with the secret that signs them, `whsec_` and base64 as Standard Webhooks say."}},
  };
  return rows;
}

template <>
const std::vector<setting<ecomsource_section>>& settings() {
  static const std::vector<setting<ecomsource_section>> rows{
      {&ecomsource_section::url,
       {.key = "url", .check = check_base_url, .sentence = "Address of its API; `http:` only on loopback."}},
      {&ecomsource_section::access_key,
       {.key = "access_key_file", .sentence = "File with the access key. Without keys nothing is asked."}},
      {&ecomsource_section::secret_key, {.key = "secret_key_file", .sentence = "File with the secret key."}},
      {&ecomsource_section::country,
       {.key = "country", .check = check_country, .sentence = "Whose products are meant: two letters of ISO 3166."}},
      {&ecomsource_section::requests_per_minute,
       {.key = "requests_per_minute",
        .least = 1,
        .most = 6'000,
        .unit = "requests",
        .sentence = "How fast at most it is asked."}},
      {&ecomsource_section::requests_per_day,
       {.key = "requests_per_day",
        .least = 1,
        .most = 10'000'000,
        .unit = "requests",
        .sentence = "How much your plan allows in any 24 hours. A start forgets what was used before."}},
      {&ecomsource_section::batch,
       {.key = "batch",
        .least = 1,
        .most = 100,
        .unit = "codes",
        .sentence = "Codes asked for with one request. More than one only when your plan is known to take it."}},
      {&ecomsource_section::fresh,
       {.key = "fresh",
        .least = in_ms(1h),
        .most = in_ms(std::chrono::days{365}),
        .sentence = "How long what it knows of a code is not asked for again."}},
      {&ecomsource_section::fresh_unknown,
       {.key = "fresh_unknown",
        .least = in_ms(1min),
        .most = in_ms(std::chrono::days{365}),
        .sentence = "How long a code that it does not know is not asked for again."}},
  };
  return rows;
}

template <>
const std::vector<setting<token_section>>& settings() {
  static const std::vector<setting<token_section>> rows{
      {&token_section::name,
       {.key = "name",
        .required = true,
        .check = check_name,
        .sentence = "Name of the caller: in the audit, and the scope of its idempotency keys."}},
      {&token_section::scopes,
       {.key = "scopes",
        .least = 1,
        .most = 3,
        .choices = {"read", "write", "admin"},
        .required = true,
        .sentence = "What the caller may do."}},
      {&token_section::sha256,
       {.key = "sha256",
        .required = true,
        .check = check_sha256,
        .sentence = "SHA-256 of the token, 64 lower-case hexadecimal digits."}},
  };
  return rows;
}

template <>
const std::vector<setting<channel_section>>& settings() {
  static const std::vector<setting<channel_section>> rows{
      {&channel_section::name,
       {.key = "name",
        .required = true,
        .check = check_name,
        .sentence = "Name of the account, for good: its orders and listings are kept under it."}},
      {&channel_section::marketplace,
       {.key = "marketplace", .choices = {"shopify"}, .sentence = "Which marketplace's protocol it speaks."}},
      {&channel_section::base_url,
       {.key = "base_url",
        .required = true,
        .check = check_base_url,
        .sentence =
            "Address of the shop, such as `https://example.myshopify.com`; `http:` only on loopback."}},
      {&channel_section::access_token,
       {.key = "access_token_file", .required = true, .sentence = "File with the access token of its API."}},
      {&channel_section::webhook_secrets,
       {.key = "webhook_secret_files",
        .least = 1,
        .most = 2,
        .required = true,
        .sentence = "Files with the secrets that sign its webhooks; two while one replaces the other."}},
      {&channel_section::location,
       {.key = "location",
        .required = true,
        .check = check_not_empty,
        .sentence = "The channel's id of the place whose number is kept, such as "
                    "`gid://shopify/Location/1`."}},
      {&channel_section::drift,
       {.key = "drift",
        .choices = {"repair", "ask", "adopt"},
        .sentence =
            "When the shop shows another number than it should: write ours, wait for a person, or take "
            "the shop's."}},
      {&channel_section::sale,
       {.key = "sale",
        .choices = {"ship", "decrement"},
        .sentence =
            "`ship`: a sale reserves until its shipment is reported. `decrement`: no shipments come, a sale "
            "takes the units at once."}},
      {&channel_section::moderate_interval,
       {.key = "moderate_interval",
        .least = in_ms(10s),
        .most = in_ms(24h),
        .sentence = "Longest wait of a change for SKUs that sell moderately."}},
      {&channel_section::slow_interval,
       {.key = "slow_interval",
        .least = in_ms(10s),
        .most = in_ms(24h),
        .sentence = "Longest wait of a change for SKUs that sell slowly."}},
      {&channel_section::poll_interval,
       {.key = "poll_interval",
        .least = in_ms(1s),
        .most = in_ms(1h),
        .sentence = "How often orders are read, whether or not webhooks come."}},
      {&channel_section::poll_overlap,
       {.key = "poll_overlap",
        .least = in_ms(1s),
        .most = in_ms(24h),
        .sentence = "How far each reading of orders goes back behind the last one."}},
      {&channel_section::sweep_interval,
       {.key = "sweep_interval",
        .least = in_ms(1min),
        .most = in_ms(std::chrono::days{7}),
        .sentence = "How often every listing is read and compared."}},
      {&channel_section::ships_within,
       {.key = "ships_within",
        .least = in_ms(1h),
        .most = in_ms(std::chrono::days{60}),
        .sentence =
            "How long after an order the marketplace expects its shipment: the deadline of incidents."}},
      {&channel_section::cancel_cost,
       {.key = "cancel_cost",
        .least = 0,
        .most = 100,
        .sentence =
            "What cancelling one of its orders costs you, on a scale of your own: incidents propose the "
            "cheapest first."}},
  };
  return rows;
}

} // namespace lockstep::app
