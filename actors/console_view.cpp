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

std::string_view mode_text(engine::account_mode mode) {
  switch (mode) {
  case engine::account_mode::observe: return "observe";
  case engine::account_mode::active: return "active";
  case engine::account_mode::paused: return "paused";
  }
  return "?";
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
  text_table table{
      {{"SKU"}, {"INCIDENT", right}, {"CAUSE"}, {"UNITS", right}, {"SINCE (UTC)"}, {"LINE OR SUPPLY"}}};
  const auto shown = std::min(open.size(), limits::console_rows_max);
  for (const auto& each : open.first(shown)) {
    table.add({code_text(each.sku, names), number(each.incident.opened), std::string{cause_text(each.incident.cause)},
               number(each.incident.units), text_of(each.incident.since), to_string(each.incident.line)});
  }
  return table.str() + more_text(open.size(), shown);
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

std::string rules_view(const engine::account_rules& rules) {
  text_table table{{{"FOR"},
                    {"BUFFER", right},
                    {"SHARE", right},
                    {"MINIMUM", right},
                    {"CAP", right},
                    {"SELLS"},
                    {"AHEAD"}}};
  const auto flag = [](const std::optional<bool>& stated) { return stated ? *stated ? "yes" : "no" : "-"; };
  const auto add = [&](const std::string& whom, const engine::listing_rule& rule) {
    const auto buffer =
        rule.buffer ? fmt::format("{}{}", rule.buffer->value, rule.buffer->percent ? " %" : "") : std::string{"-"};
    table.add({whom, buffer, rule.share ? fmt::format("{} %", int{*rule.share}) : "-", optional_number(rule.minimum),
               optional_number(rule.cap), flag(rule.sells), flag(rule.sells_ahead)});
  };
  if (rules.all != engine::listing_rule{}) add("everything", rules.all);
  for (const auto& [tag, rule] : rules.by_tag)
    add(fmt::format("tag {}", tag), rule);
  if (rules.all == engine::listing_rule{} && rules.by_tag.empty()) return "no rules: it shows what is available\n";
  return table.str();
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
