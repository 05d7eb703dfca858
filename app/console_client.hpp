// `lockstep console`: a person's end of the admin console, with line editing and history on a terminal, plain
// lines from a pipe.
#pragma once

#include "app/exit_code.hpp"
#include "app/secret.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace lockstep::app {

struct console_client_options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 7070;
  secret token;
};

// Runs until the visitor or the console ends it. unavailable: nobody listens there, or the connection broke;
// no_permission: the token was refused.
[[nodiscard]] exit_code run_console(const console_client_options& options);

// Takes the console's bytes as they come and gives what may be shown: whole lines, harmless to the terminal,
// without the prompt that ends every answer.
class console_output {
 public:
  // What can be shown now.
  [[nodiscard]] std::string feed(std::string_view bytes);
  // The prompt came last: the console waits for a command.
  [[nodiscard]] bool at_prompt() const;
  // What was held back, when nothing more will come.
  [[nodiscard]] std::string rest();

 private:
  std::string partial_; // since the last line feed
};

} // namespace lockstep::app
