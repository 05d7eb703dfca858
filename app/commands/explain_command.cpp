#include "app/commands/commands.hpp"

#include "app/daemon.hpp"
#include "app/import/engine_access.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>

namespace lockstep::app {

namespace {

namespace json = boost::json;

struct explain_flags {
  engine_access_flags engine;
  std::string sku;
  std::string account;
};

std::string text_of(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  if (value == nullptr) return "-";
  if (const auto* text = value->if_string()) return {text->data(), text->size()};
  return json::serialize(*value);
}

const json::array& list_of(const json::object& from, std::string_view name) {
  static const json::array none;
  const auto* value = from.if_contains(name);
  return value != nullptr && value->is_array() ? value->get_array() : none;
}

std::string stock_text(const json::object& told) {
  auto text = fmt::format("{}: version {}\n", text_of(told, "sku"), text_of(told, "version"));
  for (const auto& each : list_of(told, "locations"))
    text += fmt::format("  {:<20} {:>9} on hand, {} reserved\n", text_of(each.as_object(), "location"),
                        text_of(each.as_object(), "on_hand"), text_of(each.as_object(), "reserved"));
  text += fmt::format("  {:<20} {:>9} of {} on hand less {} reserved less {} safety\n", "available",
                      text_of(told, "available"), text_of(told, "on_hand"), text_of(told, "reserved"),
                      text_of(told, "safety"));
  if (const auto* moved = told.if_contains("moved"); moved != nullptr && moved->is_object())
    text += fmt::format("  moved by version {} at {}: {}\n", text_of(moved->get_object(), "version"),
                        text_of(moved->get_object(), "at"), text_of(moved->get_object(), "what"));
  return text;
}

std::string listing_text(const std::string& account, const json::object& listing) {
  auto text = fmt::format("{}, item {}\n", account, text_of(listing, "item"));
  for (const auto& each : list_of(listing, "steps")) {
    const auto& step = each.as_object();
    const auto by = step.contains("by") ? fmt::format("  by the rule of the {}", text_of(step, "by")) : "";
    text += fmt::format("  {:<20} {:>9}{}\n", text_of(step, "step"), text_of(step, "units"), by);
  }
  if (listing.contains("held_back")) text += fmt::format("  {:<20} {:>9}\n", "held back", text_of(listing, "held_back"));
  text += fmt::format("  {:<20} {:>9}\n", "wanted", text_of(listing, "wanted"));
  if (const auto* shown = listing.if_contains("acknowledged"); shown != nullptr && shown->is_object())
    text += fmt::format("  {:<20} {:>9}  publication {} of version {} at {}\n", "acknowledged",
                        text_of(shown->get_object(), "units"), text_of(shown->get_object(), "publication"),
                        text_of(shown->get_object(), "version"), text_of(shown->get_object(), "at"));
  text += fmt::format("  {:<20} {:>9}  the number there by now, as far as known\n", "expected",
                      text_of(listing, "expected"));
  return text + fmt::format("  {}, tier {}: {}\n", text_of(listing, "state"), text_of(listing, "tier"),
                            listing.contains("why") ? text_of(listing, "why") : "it shows what is wanted");
}

std::string explanation_text(const json::object& told) {
  auto text = stock_text(told);
  bool listed = false;
  for (const auto& account : list_of(told, "accounts"))
    for (const auto& listing : list_of(account.as_object(), "listings")) {
      text += listing_text(text_of(account.as_object(), "account"), listing.as_object());
      listed = true;
    }
  return listed ? text : text + "no channel that runs here lists it\n";
}

exit_code run_explain(const explain_flags& flags) {
  auto opened = engine_access::open(flags.engine);
  if (const auto* failed = std::get_if<engine_access::failure>(&opened))
    return fail(failed->code, failed->what);
  auto& engine = std::get<engine_access>(opened);
  const auto query = flags.account.empty() ? "" : "?account=" + path_segment(flags.account);
  const auto told = engine.api().ask({.method = "GET",
                                      .target = fmt::format("/v1/skus/{}/explain{}", path_segment(flags.sku), query),
                                      .content_type = {},
                                      .body = {}});
  engine.close();
  if (!told) return fail(exit_code_of(told.error().code), told.error().what);
  if (!told->ok()) return fail(exit_code::failure, told->reason());
  boost::system::error_code wrong;
  const auto parsed = json::parse(told->body, wrong);
  if (wrong || !parsed.is_object()) return fail(exit_code::failure, "the engine's answer is no explanation");
  const auto text = explanation_text(parsed.get_object());
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size()
             ? exit_code::ok
             : fail(exit_code::failure, "standard output cannot be written");
}

} // namespace

void add_explain_command(CLI::App& program, exit_code& ended) {
  auto flags = std::make_shared<explain_flags>();
  auto& command = new_command(program, "explain", "Tell how the number that a channel shows of a SKU comes about.",
                              "  lockstep explain MUG-BLUE eu --url http://127.0.0.1:8080 --token-file token\n");
  command.add_option("sku", flags->sku, "The SKU's code")->required();
  command.add_option("channel", flags->account, "The account's name; all of them without it");
  add_engine_access_flags(command, flags->engine);
  command.callback([flags, &ended] { ended = run_explain(*flags); });
}

} // namespace lockstep::app
