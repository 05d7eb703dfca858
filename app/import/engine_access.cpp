#include "app/import/engine_access.hpp"

#include "adapters/log.hpp"
#include "app/daemon.hpp"
#include "app/setting_checks.hpp"
#include "app/token.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

namespace lockstep::app {

namespace {

constexpr auto caller = "import";
constexpr std::chrono::minutes close_deadline{2}; // a million snapshots, on a busy machine

// The same store and sizes; nobody but us may speak to it, and no channel hears of it before the engine runs.
configuration own_configuration(configuration chosen, const std::string& token) {
  chosen.channels.clear();
  chosen.console.token = {};
  chosen.http = {.address = "127.0.0.1", .port = 0, .threads = 1};
  chosen.monitor = {.address = "127.0.0.1", .port = 0};
  chosen.tokens = {{caller, {"read", "write", "admin"}, sha256_hex(token)}};
  return chosen;
}

// The engine cannot go on. Everything it acknowledged is durable, so nothing is left to save.
void end_with_engine(int code, const std::string& why) {
  adapters::log::write(adapters::log::level::critical, "engine-fatal", why);
  std::_Exit(code);
}

} // namespace

void add_engine_access_flags(CLI::App& command, engine_access_flags& into) {
  add_configuration_flags(command, into.configuration);
  auto* url =
      command.add_option("--url", into.url, "Address of a running engine, such as http://127.0.0.1:8080");
  auto* token =
      command.add_option("--token-file", into.token_file, "File with a token for it")->type_name("FILE");
  url->needs(token)->excludes("--config")->excludes("--set");
  token->needs(url);
}

std::variant<engine_access, engine_access::failure> engine_access::open(const engine_access_flags& flags) {
  return flags.url.empty() ? open_own(flags) : open_running(flags);
}

std::variant<engine_access, engine_access::failure>
engine_access::open_running(const engine_access_flags& flags) {
  if (const auto wrong = check_base_url(flags.url); !wrong.empty())
    return failure{exit_code::usage, fmt::format("--url {}", wrong)};
  auto token = read_typed_secret(flags.token_file);
  if (!token) return failure{exit_code::no_permission, fmt::format("--token-file: {}", token.error().what)};
  return engine_access{nullptr, std::make_unique<api_client>(flags.url, std::move(*token))};
}

std::variant<engine_access, engine_access::failure>
engine_access::open_own(const engine_access_flags& flags) {
  auto loaded = load_configuration(sources_of(flags.configuration));
  if (!loaded.problems.empty()) {
    print_problems(loaded.problems);
    return failure{exit_code_of(loaded.problems), ""};
  }
  const auto token = make_token();
  const auto chosen = own_configuration(std::move(loaded.content), token);
  auto started = service::start(chosen, {end_with_engine, [] {}});
  if (!started) {
    const auto hint = started.error().code == engine::error_code::unavailable
                          ? "; is the engine running? Then use --url and --token-file"
                          : "";
    return failure{exit_code_of(started.error().code), fmt::format("{}{}", started.error().what, hint)};
  }
  const auto url = fmt::format("http://127.0.0.1:{}", (*started)->http_port());
  return engine_access{std::move(*started), std::make_unique<api_client>(url, secret{token})};
}

void engine_access::close() {
  api_.reset(); // its open connections would keep the server waiting
  if (own_ != nullptr && !own_->stop(close_deadline))
    adapters::log::write(adapters::log::level::warning, "drain-overdue", "the engine did not end in time");
  own_.reset();
}

} // namespace lockstep::app
