#include "app/commands/commands.hpp"

#include "adapters/printable.hpp"
#include "app/daemon.hpp"
#include "app/import/engine_access.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <memory>
#include <string>

namespace lockstep::app {

namespace {

namespace json = boost::json;

struct lookup_flags {
  engine_access_flags engine;
  std::string value;
  std::string scheme;
  bool json = false;
};

std::string member_text(const json::object& of, std::string_view name) {
  const auto* found = of.if_contains(name);
  return found != nullptr && found->is_string() ? adapters::printable(std::string_view{found->as_string()})
                                                : std::string{};
}

json::array member_list(const json::object& of, std::string_view name) {
  const auto* found = of.if_contains(name);
  return found != nullptr && found->is_array() ? found->as_array() : json::array{};
}

void print_match(const lookup_flags& flags, const json::object& match) {
  if (flags.json) {
    fmt::print("{}\n", json::serialize(match));
    return;
  }
  std::string by;
  for (const auto& each : member_list(match, "by"))
    if (each.is_object())
      by += fmt::format("{}{} {}", by.empty() ? "" : ", ", member_text(each.as_object(), "scheme"),
                        member_text(each.as_object(), "value"));
  fmt::print("{}  {}  ({})\n", member_text(match, "sku"), member_text(match, "title"), by);
}

engine::result<json::array> find_matches(api_client& api, const lookup_flags& flags) {
  auto target = fmt::format("/v1/lookup?value={}", path_segment(flags.value));
  if (!flags.scheme.empty()) target += fmt::format("&scheme={}", path_segment(flags.scheme));
  const auto told = api.ask({.method = "GET", .target = std::move(target), .content_type = {}, .body = {}});
  if (!told) return told.error();
  if (!told->ok()) return engine::make_error(engine::error_code::refused, told->reason());
  boost::system::error_code wrong;
  const auto body = json::parse(told->body, wrong);
  if (wrong || !body.is_object())
    return engine::make_error(engine::error_code::refused, "the engine's answer is no list");
  return member_list(body.get_object(), "matches");
}

exit_code run_lookup(const lookup_flags& flags) {
  auto opened = engine_access::open(flags.engine);
  if (const auto* failed = std::get_if<engine_access::failure>(&opened))
    return fail(failed->code, failed->what);
  auto& engine = std::get<engine_access>(opened);
  const auto found = find_matches(engine.api(), flags);
  engine.close();
  if (!found) return fail(exit_code_of(found.error().code), found.error().what);
  for (const auto& match : *found)
    if (match.is_object()) print_match(flags, match.as_object());
  return found->empty() ? fail(exit_code::failure, fmt::format("no SKU bears '{}'", flags.value)) : exit_code::ok;
}

} // namespace

void add_lookup_command(CLI::App& program, exit_code& ended) {
  auto flags = std::make_shared<lookup_flags>();
  auto& command =
      new_command(program, "lookup", "Which SKU a UPC, EAN, ASIN or an id of a channel means.",
                  "  lockstep lookup 036000291452 --url http://127.0.0.1:8080 --token-file token\n"
                  "  lockstep lookup 39072856 --scheme shopify_variant:eu --config lockstep.toml\n");
  command.add_option("value", flags->value, "The code, as it is written")->required();
  command.add_option("--scheme", flags->scheme, "Only under this scheme (default: every one)");
  add_engine_access_flags(command, flags->engine);
  command.add_flag("--json", flags->json, "Print a JSON object a line");
  command.callback([flags, &ended] { ended = run_lookup(*flags); });
}

} // namespace lockstep::app
