#include "actors/console_view.hpp"

#include "actors/console_text.hpp"
#include "adapters/printable.hpp"
#include "adapters/timestamp.hpp"

#include <boost/uuid/uuid_io.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace lockstep::actors {

namespace {

constexpr auto right = text_table::align::right;

// Rows of a list inside a screen about something else.
constexpr std::size_t inner_rows_max = 10;

std::string number(std::size_t value) {
  return with_commas(static_cast<std::uint64_t>(value));
}

std::string number(engine::quantity value) {
  return with_commas(value);
}

std::string signed_number(engine::quantity value) {
  return fmt::format("{}{}", value > 0 ? "+" : "", with_commas(value));
}

std::string optional_number(const std::optional<engine::quantity>& value) {
  return value ? with_commas(*value) : "-";
}

std::string location_name(engine::location_id location) {
  if (location == engine::main_location) return "main";
  return fmt::format("location {}", static_cast<std::int32_t>(location));
}

std::string code_text(engine::sku_id sku, const console_names& names) {
  auto code = names.code_of(sku);
  return code.empty() ? fmt::format("#{}", static_cast<std::int64_t>(sku)) : code;
}

std::string account_text(engine::account_id account, const console_names& names) {
  if (account == engine::account_id{}) return "-";
  auto name = names.account_name(account);
  return name.empty() ? fmt::format("#{}", static_cast<std::int32_t>(account)) : name;
}

std::string_view mode_text(engine::account_mode mode) {
  switch (mode) {
  case engine::account_mode::observe: return "observe";
  case engine::account_mode::active: return "active";
  case engine::account_mode::paused: return "paused";
  }
  return "?";
}

std::string_view state_text(engine::reservation::kind state) {
  switch (state) {
  case engine::reservation::kind::hold: return "hold";
  case engine::reservation::kind::confirmed_hold: return "confirmed";
  case engine::reservation::kind::order_line: return "order line";
  }
  return "?";
}

std::string safety_text(const engine::safety_rule& rule) {
  return rule.mode == engine::safety_rule::kind::percent ? fmt::format("{} %", rule.value)
                                                         : with_commas(rule.value);
}

std::string locations_text(const engine::sku_state& state) {
  text_table table{{{"LOCATION"}, {"ON HAND", right}, {"RESERVED", right}}};
  for (const auto& at : state.stock) {
    table.add({location_name(at.location), number(at.on_hand), number(at.reserved)});
  }
  return table.str();
}

std::string reservations_text(const engine::sku_state& state, const console_names& names) {
  std::vector<std::pair<engine::uuid, engine::reservation>> open;
  for (const auto& [id, promise] : state.reservations) {
    if (promise.open() > 0) open.emplace_back(id, promise);
  }
  if (open.empty()) return {};
  const auto shown = std::min(open.size(), inner_rows_max);
  const auto newest_first = [](const auto& a, const auto& b) { return a.second.opened > b.second.opened; };
  std::partial_sort(open.begin(), open.begin() + static_cast<std::ptrdiff_t>(shown), open.end(),
                    newest_first);

  text_table table{{{"RESERVATION"}, {"KIND"}, {"FOR"}, {"OPEN", right}, {"EXPIRES"}}};
  for (const auto& [id, promise] : std::span{open}.first(shown)) {
    const bool expires = promise.state == engine::reservation::kind::hold;
    table.add({to_string(id), std::string{state_text(promise.state)}, account_text(promise.account, names),
               number(promise.open()), expires ? text_of(promise.expires_at) : "-"});
  }
  auto out = fmt::format("\n{}", table.str());
  if (open.size() > shown) out += fmt::format("and {} more\n", number(open.size() - shown));
  return out;
}

std::string sku_incidents_text(const engine::sku_state& state) {
  if (state.incidents.empty()) return {};
  text_table table{{{"INCIDENT", right}, {"OVERSOLD", right}, {"SINCE"}, {"LINE"}}};
  const auto shown = std::min(state.incidents.size(), inner_rows_max);
  for (const auto& open : std::span{state.incidents}.first(shown)) {
    table.add({number(open.opened), number(open.units), text_of(open.since), to_string(open.line)});
  }
  auto out = fmt::format("\n{}", table.str());
  if (state.incidents.size() > shown)
    out += fmt::format("and {} more\n", number(state.incidents.size() - shown));
  return out;
}

std::string store_text(const node_statistics& now) {
  const std::string_view state = now.store_available ? "available" : "AWAY";
  return now.store_trouble.empty() ? std::string{state} : fmt::format("{}, {}", state, now.store_trouble);
}

} // namespace

std::string status_view(const node_statistics& now) {
  return text_pairs({
      {"state", now.state},
      {"accepting", now.ready ? "yes" : "no"},
      {"store", fmt::format("{}, epoch {}, batch {}", store_text(now), now.epoch, now.batch)},
      {"commands", fmt::format("{} ({} refused, {} repeats, {} shed)", with_commas(now.commands),
                               with_commas(now.refusals), with_commas(now.repeats), with_commas(now.shed))},
      {"facts", with_commas(now.facts)},
      {"commit", fmt::format("p50 {}, p99 {}", text_of(now.commit_p50), text_of(now.commit_p99))},
      {"incidents",
       fmt::format("{} open, {} units oversold", number(now.open_incidents), number(now.oversold_units))},
      {"dead letters", number(now.dead_letters)},
      {"quarantined", fmt::format("{} SKUs", number(now.quarantined))},
  });
}

std::string actors_view(const node_statistics& now, std::span<const channel_status> channels) {
  text_table table{{{"ACTORS"}, {"COUNT", right}, {"MAILBOX", right}}};
  table.add({"sku", number(now.sku_actors), number(now.sku_backlog)});
  table.add({"persistence", "1", number(now.persistence_mailbox)});
  table.add({"loader", "1", number(now.loader_mailbox)});
  for (const auto& each : channels)
    table.add({fmt::format("channel {}", each.name), "1", number(each.mailbox)});
  return table.str() + '\n' +
         text_pairs({
             {"restarts", with_commas(now.actor_restarts)},
             {"groups waiting", number(now.groups_waiting)},
             {"persistence queue", fmt::format("{} entries", number(now.queued_entries))},
             {"credits",
              fmt::format("{} of {} in use", number(now.credits_in_use), number(now.credits_total))},
             {"shed for credits", with_commas(now.shed)},
             {"keys in memory", number(now.keys)},
         });
}

std::string journal_view(const node_statistics& now) {
  return text_pairs({
      {"store", store_text(now)},
      {"epoch", with_commas(now.epoch)},
      {"batch", with_commas(now.batch)},
      {"commits", with_commas(now.commits)},
      {"last commit", text_of(now.committed_at)},
      {"facts", with_commas(now.facts)},
      {"facts in last batch", with_commas(now.last_batch_facts)},
      {"waiting for commit",
       fmt::format("{} entries, the oldest for {}", number(now.queued_entries), text_of(now.commit_lag))},
      {"commit time", fmt::format("p50 {}, p99 {}", text_of(now.commit_p50), text_of(now.commit_p99))},
      {"unknown outcomes", with_commas(now.unknown_commits)},
  });
}

std::string stock_view(std::string_view code, const answer& given, const console_names& names) {
  const auto& now = given.figures;
  auto out = text_pairs({
      {"sku", std::string{code}},
      {"version", with_commas(now.version)},
      {"available", now.has_number ? number(now.available) : "no number yet: never counted or received"},
      {"total", number(now.total)},
      {"on hand", number(now.on_hand)},
      {"in transit", number(now.in_transit)},
      {"reserved", number(now.reserved)},
      {"safety", number(now.safety)},
      {"inspecting", number(now.inspecting)},
      {"incoming", number(now.incoming)},
      {"oversold", number(now.oversold)},
  });
  if (given.detail == nullptr) return out;
  const auto& state = *given.detail;
  out += text_pairs({{"safety rule", safety_text(state.safety)}, {"last fact", text_of(state.last_at)}});
  out += fmt::format("\n{}{}{}", locations_text(state), reservations_text(state, names),
                     sku_incidents_text(state));
  return out;
}

std::string history_view(std::span<const storage::stored_fact> facts, const console_names& names) {
  if (facts.empty()) return "nothing happened to this SKU yet\n";
  text_table table{{{"VERSION", right},
                    {"AT (UTC)"},
                    {"FACT"},
                    {"UNITS", right},
                    {"AVAILABLE", right},
                    {"BY"},
                    {"REFERENCE"}}};
  for (const auto& stored : facts) {
    const auto& fact = stored.fact;
    table.add({number(fact.version), text_of(fact.at), std::string{to_string(fact.kind)},
               signed_number(fact.units), number(fact.available), account_text(fact.account, names),
               fact.reference.empty() ? fact.note : fact.reference});
  }
  return table.str();
}

std::string fact_line(const storage::sku_fact& happened, const console_names& names) {
  const auto& fact = happened.fact;
  const auto code = adapters::printable(code_text(happened.sku, names));
  const auto account = adapters::printable(account_text(fact.account, names));
  return fmt::format("{}  {:<20}  v{:<8}  {:<15}  {:>8}  available {:>8}  {}  {}\n", clock_text(fact.at),
                     code, fact.version, to_string(fact.kind), signed_number(fact.units),
                     number(fact.available), account, adapters::printable(fact.reference));
}

std::string top_view(std::span<const hot_sku> hottest, const console_names& names) {
  if (hottest.empty()) return "nothing has sold yet\n";
  text_table table{{{"SKU"}, {"ORDERS A DAY", right}, {"AVAILABLE", right}}};
  for (const auto& hot : hottest) {
    table.add({code_text(hot.sku, names), fmt::format("{:.1f}", hot.per_day), number(hot.available)});
  }
  return table.str();
}

std::string incidents_view(std::span<const open_incident> open, const console_names& names) {
  if (open.empty()) return "no open incidents\n";
  text_table table{{{"SKU"}, {"INCIDENT", right}, {"OVERSOLD", right}, {"SINCE (UTC)"}, {"LINE"}}};
  const auto shown = std::min(open.size(), limits::console_rows_max);
  for (const auto& each : open.first(shown)) {
    table.add({code_text(each.sku, names), number(each.incident.opened), number(each.incident.units),
               text_of(each.incident.since), to_string(each.incident.line)});
  }
  auto out = table.str();
  if (open.size() > shown) out += fmt::format("and {} more\n", number(open.size() - shown));
  return out;
}

std::string channels_view(std::span<const channel_status> channels) {
  if (channels.empty()) return "no channels\n";
  text_table table{{{"NAME"},
                    {"MODE"},
                    {"LISTINGS", right},
                    {"PENDING", right},
                    {"IN FLIGHT", right},
                    {"UNSURE", right},
                    {"PARKED", right},
                    {"ACKED", right},
                    {"LAG P50", right},
                    {"LAG P99", right},
                    {"STATE"}}};
  for (const auto& each : channels) {
    table.add({each.name, std::string{mode_text(each.mode)}, number(each.listings), number(each.pending),
               number(each.in_flight), number(each.uncertain), number(each.parked),
               with_commas(each.rows_acknowledged), text_of(each.lag_p50), text_of(each.lag_p99),
               each.state});
  }
  return table.str();
}

std::string tiers_view(std::span<const channel_status> channels) {
  if (channels.empty()) return "no channels\n";
  text_table table{{{"CHANNEL"},
                    {"REAL TIME", right},
                    {"MODERATE", right},
                    {"SLOW", right},
                    {"COALESCED", right},
                    {"SENT", right}}};
  for (const auto& each : channels) {
    table.add({each.name, number(each.real_time), number(each.moderate), number(each.slow),
               with_commas(each.coalesced), with_commas(each.rows_sent)});
  }
  return table.str();
}

std::string explain_view(std::span<const account_explanation> accounts, const console_names& names) {
  if (accounts.empty()) return "no channel that runs here lists it\n";
  text_table table{{{"CHANNEL"}, {"LISTING", right}, {"STEP"}, {"UNITS", right}, {"BY"}}};
  for (const auto& account : accounts)
    for (const auto& listing : account.listings) {
      const auto line = [&](std::string_view step, std::optional<engine::quantity> units, std::string by) {
        table.add({account_text(account.account, names), number(static_cast<engine::quantity>(listing.listing)),
                   std::string{step}, optional_number(units), std::move(by)});
      };
      for (const auto& step : listing.steps)
        line(engine::to_string(step.step), step.units, std::string{engine::to_string(step.by)});
      if (listing.version) line("wanted", listing.wanted, fmt::format("version {}", *listing.version));
      if (listing.acknowledged)
        line("acknowledged", listing.acknowledged->value,
             fmt::format("publication {} at {}", listing.acknowledged->counter,
                         adapters::format_timestamp(listing.acknowledged->at)));
      line("expected", listing.expected, listing.why.empty() ? "it shows what is wanted" : listing.why);
    }
  return table.str();
}

std::string lookup_view(std::span<const adapters::rest::lookup_match> found, const console_names& names) {
  if (found.empty()) return "no SKU bears it\n";
  text_table table{{{"SKU"}, {"SCHEME"}, {"VALUE"}}};
  std::size_t rows = 0;
  for (const auto& match : found)
    for (const auto& by : match.by)
      if (++rows <= limits::console_rows_max) table.add({code_text(match.sku, names), by.scheme, by.value});
  auto out = table.str();
  if (rows > limits::console_rows_max) out += fmt::format("and {} more\n", number(rows - limits::console_rows_max));
  return out;
}

std::string difference_view(std::span<const channel_difference> rows, const console_names& names) {
  if (rows.empty()) return "no difference: the channel shows what it should\n";
  text_table table{{{"SKU"}, {"LISTING", right}, {"SHOWN", right}, {"WANTED", right}, {"WHY"}}};
  for (const auto& row : rows) {
    table.add({code_text(row.sku, names), number(static_cast<engine::quantity>(row.listing)),
               optional_number(row.shown), optional_number(row.wanted), row.why});
  }
  return table.str();
}

} // namespace lockstep::actors
