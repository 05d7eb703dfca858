#include "app/commands/commands.hpp"

#include "adapters/printable.hpp"
#include "app/daemon.hpp"
#include "app/import/engine_access.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace lockstep::app {

namespace {

namespace json = boost::json;
using engine::error_code;
using engine::make_error;
using engine::result;

struct identify_flags {
  engine_access_flags engine;
  std::string sku;
  bool all = false;
  bool no_wait = false;
  std::vector<std::string> confirm;
  std::vector<std::string> reject;
  bool json = false;
};

result<json::object> ask_object(api_client& api, std::string method, std::string target, std::string body = {}) {
  api_request request{.method = std::move(method), .target = std::move(target), .content_type = {}, .body = {}};
  if (!body.empty()) request.content_type = "application/json";
  request.body = std::move(body);
  const auto told = api.ask(request);
  if (!told) return told.error();
  if (!told->ok()) return make_error(error_code::refused, told->reason());
  boost::system::error_code wrong;
  auto read = json::parse(told->body, wrong);
  if (wrong || !read.is_object()) return make_error(error_code::refused, "the engine's answer is no object");
  return std::move(read.get_object());
}

std::string text_in(const json::object& of, std::string_view name) {
  const auto* found = of.if_contains(name);
  return found != nullptr && found->is_string() ? adapters::printable(std::string_view{found->as_string()})
                                                : std::string{};
}

std::int64_t number_in(const json::object& of, std::string_view name) {
  const auto* found = of.if_contains(name);
  return found != nullptr && found->is_int64() ? found->as_int64() : 0;
}

void print_proposal(const identify_flags& flags, const json::object& item) {
  if (flags.json) {
    fmt::print("{}\n", json::serialize(item));
    return;
  }
  fmt::print("{}  {} {} {}  ({})\n", text_in(item, "id"), text_in(item, "sku"), text_in(item, "scheme"),
             text_in(item, "value"), text_in(item, "title"));
}

result<void> print_open(api_client& api, const identify_flags& flags) {
  std::string target = "/v1/proposals?limit=500";
  if (!flags.sku.empty()) target += "&sku=" + path_segment(flags.sku);
  while (!target.empty()) {
    auto page = ask_object(api, "GET", target);
    if (!page) return page.error();
    if (const auto* list = page->if_contains("proposals"); list != nullptr && list->is_array())
      for (const auto& each : list->as_array())
        if (each.is_object()) print_proposal(flags, each.as_object());
    const auto* next = page->if_contains("next");
    target = next != nullptr && next->is_string() ? std::string{next->as_string()} : std::string{};
  }
  return {};
}

result<void> decide(api_client& api, const identify_flags& flags) {
  for (const auto& [ids, verb] : {std::pair{&flags.confirm, "confirm"}, std::pair{&flags.reject, "reject"}})
    for (const auto& id : *ids) {
      auto done = ask_object(api, "POST", fmt::format("/v1/proposals/{}/{}", path_segment(id), verb));
      if (!done) return make_error(done.error().code, fmt::format("{}: {}", id, done.error().what));
      fmt::print("{}ed  {} {} {}\n", verb, text_in(*done, "sku"), text_in(*done, "scheme"), text_in(*done, "value"));
    }
  return {};
}

// Until nothing waits; a service that stays in trouble is not waited for, nor the next day. limit: the day's
// allowance is used up.
result<void> wait_for_service(api_client& api) {
  constexpr std::chrono::milliseconds between_looks{200};
  constexpr int troubled_looks_max = 75; // 15 s: longer than its open circuit waits at first
  std::int64_t told = -1;
  for (int troubled = 0;;) {
    const auto now = ask_object(api, "GET", "/v1/identify");
    if (!now) return now.error();
    const auto waiting = number_in(*now, "waiting");
    const auto* all = now->if_contains("all");
    if (waiting == 0 && (all == nullptr || !all->is_bool() || !all->as_bool())) return {};
    if (const auto back = text_in(*now, "allowance_back_at"); !back.empty())
      return make_error(error_code::limit,
                        fmt::format("the look-up service's allowance is used up until {}: {} SKUs wait, and the "
                                    "running engine goes on with them then", back, waiting));
    const auto trouble = text_in(*now, "trouble");
    troubled = trouble.empty() ? 0 : troubled + 1;
    if (troubled > troubled_looks_max)
      return make_error(error_code::unavailable, fmt::format("the look-up service does not answer: {}", trouble));
    if (waiting != told && waiting > 0) fmt::print(stderr, "{} SKUs wait for the look-up service\n", told = waiting);
    std::this_thread::sleep_for(between_looks);
  }
}

result<void> identify(api_client& api, const identify_flags& flags) {
  if (!flags.confirm.empty() || !flags.reject.empty()) return decide(api, flags);
  if (flags.all || !flags.sku.empty()) {
    const auto wanted = flags.all ? json::object{{"all", true}} : json::object{{"sku", flags.sku}};
    if (auto asked = ask_object(api, "POST", "/v1/identify", json::serialize(wanted)); !asked) return asked.error();
    if (flags.no_wait) return {};
    auto done = wait_for_service(api);
    if (!done && done.error().code == error_code::limit)
      if (auto listed = print_open(api, flags); !listed) return listed; // what is known by now
    if (!done) return done;
  }
  return print_open(api, flags);
}

exit_code run_identify(const identify_flags& flags) {
  auto opened = engine_access::open(flags.engine);
  if (const auto* failed = std::get_if<engine_access::failure>(&opened))
    return fail(failed->code, failed->what);
  auto& engine = std::get<engine_access>(opened);
  const auto done = identify(engine.api(), flags);
  engine.close();
  if (done) return exit_code::ok;
  const bool later = done.error().code == error_code::limit;
  return fail(later ? exit_code::temporary : exit_code_of(done.error().code), done.error().what);
}

} // namespace

void add_identify_command(CLI::App& program, exit_code& ended) {
  auto flags = std::make_shared<identify_flags>();
  auto& command =
      new_command(program, "identify", "Ask the look-up service for other codes of products; list and decide what it proposed.",
                  "  lockstep identify MUG-BLUE --url http://127.0.0.1:8080 --token-file token\n"
                  "  lockstep identify --url http://127.0.0.1:8080 --token-file token   (what is still to be decided)\n"
                  "  lockstep identify --confirm MSBhc2luIEIwMDAxMjM0NTY --url http://127.0.0.1:8080 --token-file token\n");
  auto* sku = command.add_option("sku", flags->sku, "Ask about this SKU");
  auto* all = command.add_flag("--all", flags->all, "Ask about every SKU that bears a UPC, EAN or GTIN, or an ASIN, and not both");
  command.add_flag("--no-wait", flags->no_wait, "Only ask; the running engine goes on with it");
  auto* confirm = command.add_option("--confirm", flags->confirm, "Proposals whose codes become their SKUs'");
  auto* reject = command.add_option("--reject", flags->reject, "Proposals that are wrong, and not made again");
  all->excludes(sku);
  for (auto* decision : {confirm, reject})
    decision->type_name("ID")->excludes(sku)->excludes(all);
  add_engine_access_flags(command, flags->engine);
  command.add_flag("--json", flags->json, "Print a JSON object a line");
  command.callback([flags, &ended] { ended = run_identify(*flags); });
}

} // namespace lockstep::app
