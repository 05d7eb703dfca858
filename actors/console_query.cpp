#include "actors/console_query.hpp"

#include "actors/console_text.hpp"
#include "actors/console_view.hpp"
#include "adapters/printable.hpp"

#include <fmt/format.h>

namespace lockstep::actors {

namespace {

using engine::error_code;
using engine::make_error;

result<engine::sku_id> sku_of(const console_context& context, const std::string& code) {
  if (const auto found = context.find_sku(code)) return *found;
  return make_error(error_code::not_found, fmt::format("no SKU has the code \"{}\"", code));
}

result<engine::account_id> account_of(const console_context& context, const std::string& name) {
  if (const auto found = context.find_account(name)) return *found;
  return make_error(error_code::not_found,
                    fmt::format("no channel is called \"{}\"; channel list shows them", name));
}

} // namespace

bool may_block(console_verb verb) {
  switch (verb) {
  case console_verb::top:
  case console_verb::sku_history:
  case console_verb::sku_release:
  case console_verb::explain:
  case console_verb::lookup:
  case console_verb::channel_list:
  case console_verb::channel_rules:
  case console_verb::channel_diff:
  case console_verb::channel_activate:
  case console_verb::channel_pause:
  case console_verb::channel_resume:
  case console_verb::channel_flush:
  case console_verb::channel_release_brake:
  case console_verb::actors:
  case console_verb::tiers:
  case console_verb::incidents:
  case console_verb::snapshot: return true;
  default: return false;
  }
}

std::string console_query::run(const console_request& asked) {
  auto text = answer(asked);
  if (text) return std::move(*text);
  return fmt::format("error: {}\n", adapters::printable(text.error().what));
}

result<std::string> console_query::answer(const console_request& asked) {
  const auto names = context_.names();
  switch (asked.verb) {
  case console_verb::sku_history: return history(asked);
  case console_verb::sku_release: return release(asked);
  case console_verb::explain: return explain(asked);
  case console_verb::lookup: return lookup(asked);
  case console_verb::channel_rules: return rules(asked);
  case console_verb::channel_diff: return difference(asked);
  case console_verb::channel_activate: return order(asked, channel_order::activate, "activated");
  case console_verb::channel_pause: return order(asked, channel_order::pause, "paused");
  case console_verb::channel_resume: return order(asked, channel_order::resume, "resumed");
  case console_verb::channel_flush: return order(asked, channel_order::flush, "flushing");
  case console_verb::channel_release_brake:
    return order(asked, channel_order::release_brake, "brake released");
  case console_verb::incidents: return incidents_view(context_.incidents(), names);
  case console_verb::top: {
    auto hottest = context_.top(asked.rows);
    if (!hottest) return hottest.error();
    return top_view(*hottest, names);
  }
  case console_verb::actors:
  case console_verb::channel_list:
  case console_verb::tiers: {
    auto channels = context_.channels();
    if (!channels) return channels.error();
    if (asked.verb == console_verb::actors) return actors_view(context_.statistics(), *channels);
    return asked.verb == console_verb::tiers ? tiers_view(*channels) : channels_view(*channels);
  }
  case console_verb::snapshot: {
    auto written = context_.snapshot();
    if (!written) return written.error();
    return fmt::format("{} snapshots written\n", with_commas(static_cast<std::uint64_t>(*written)));
  }
  default: return make_error(error_code::refused, "this command is not a question");
  }
}

result<std::string> console_query::release(const console_request& asked) {
  const auto sku = sku_of(context_, asked.name);
  if (!sku) return sku.error();
  if (auto done = context_.release_sku(*sku); !done) return done.error();
  return fmt::format("{}: released\n", adapters::printable(asked.name));
}

result<std::string> console_query::history(const console_request& asked) {
  const auto sku = sku_of(context_, asked.name);
  if (!sku) return sku.error();
  if (reader_ == nullptr) {
    auto opened = context_.open_reader();
    if (!opened) return opened.error();
    reader_ = std::move(*opened);
  }
  auto facts = reader_->history(*sku, 0, asked.rows);
  if (!facts) {
    reader_.reset();
    return facts.error();
  }
  return history_view(*facts, context_.names());
}

result<std::string> console_query::explain(const console_request& asked) {
  const auto sku = sku_of(context_, asked.name);
  if (!sku) return sku.error();
  auto accounts = context_.explain(*sku);
  if (!accounts) return accounts.error();
  return explain_view(*accounts, context_.names());
}

result<std::string> console_query::rules(const console_request& asked) {
  const auto account = account_of(context_, asked.name);
  if (!account) return account.error();
  return rules_view(context_.rules_of(*account));
}

result<std::string> console_query::lookup(const console_request& asked) {
  const auto found = context_.look_up(asked.name);
  if (!found) return found.error();
  return lookup_view(*found, context_.names());
}

result<std::string> console_query::difference(const console_request& asked) {
  const auto account = account_of(context_, asked.name);
  if (!account) return account.error();
  auto rows = context_.channel_diff(*account, asked.rows);
  if (!rows) return rows.error();
  return difference_view(*rows, context_.names());
}

result<std::string> console_query::order(const console_request& asked, channel_order what,
                                         std::string_view done) {
  const auto account = account_of(context_, asked.name);
  if (!account) return account.error();
  if (auto given = context_.order_channel(*account, what); !given) return given.error();
  return fmt::format("{}: {}\n", adapters::printable(asked.name), done);
}

} // namespace lockstep::actors
