// The engine a command works on: one that runs, over HTTP, or one of the command's own for as long as it
// takes. A store has one writer: while an engine runs, its lock keeps a second one out, and the command says
// so.
#pragma once

#include "app/commands/configuration_flags.hpp"
#include "app/exit_code.hpp"
#include "app/import/api_client.hpp"
#include "app/service.hpp"

#include <memory>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace lockstep::app {

struct engine_access_flags {
  std::string url;
  std::string token_file;
  configuration_flags configuration;
};

void add_engine_access_flags(CLI::App& command, engine_access_flags& into);

class engine_access {
 public:
  struct failure {
    exit_code code;
    std::string what; // empty: everything was told already
  };

  // With --url the engine that runs there; else an engine on the configured store, without channels and
  // console, with an API that only this process has a token for.
  [[nodiscard]] static std::variant<engine_access, failure> open(const engine_access_flags& flags);

  [[nodiscard]] api_client& api() { return *api_; }

  // Makes everything durable and lets the store go. Not needed for an engine that runs elsewhere.
  void close();

 private:
  engine_access(std::unique_ptr<service> own, std::unique_ptr<api_client> api)
      : own_(std::move(own)), api_(std::move(api)) {}

  [[nodiscard]] static std::variant<engine_access, failure> open_running(const engine_access_flags& flags);
  [[nodiscard]] static std::variant<engine_access, failure> open_own(const engine_access_flags& flags);

  std::unique_ptr<service> own_; // null: it runs elsewhere
  std::unique_ptr<api_client> api_;
};

} // namespace lockstep::app
