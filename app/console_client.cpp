#include "app/console_client.hpp"

#include "adapters/printable.hpp"
#include "app/console_connection.hpp"
#include "app/line_editor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include <cstdio>
#include <iostream>
#include <optional>

#include <unistd.h>

namespace lockstep::app {

namespace {

constexpr std::string_view console_prompt = "lockstep> ";
// A line this long is none of the console's: it is shown as it comes.
constexpr std::size_t partial_bytes_max = 64 * 1024;

std::string shown(std::string_view text) {
  return adapters::printable(text, adapters::lines::multiple);
}

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

enum class waited { prompt, closed };

// One visit: whoever reads the commands, the conversation is the same.
class visit {
 public:
  explicit visit(console_connection& connection) : connection_(connection) {}

  [[nodiscard]] bool sign_in(const secret& token);
  [[nodiscard]] exit_code from_terminal();
  [[nodiscard]] exit_code from_pipe();

 private:
  // Shows what comes until the console waits for a command. With `typing`, lines typed meanwhile go to the
  // console: they end a `tail`.
  [[nodiscard]] waited show_answer(bool typing);
  [[nodiscard]] waited ask(const std::string& line, bool typing);

  console_connection& connection_;
  console_output output_;
};

// The greeting and what the console says of the token stay unseen, unless it is refused.
bool visit::sign_in(const secret& token) {
  if (!connection_.send(fmt::format("{}\n", token.reveal()))) return false;
  std::string said;
  while (!output_.at_prompt()) {
    const auto bytes = connection_.receive();
    if (!bytes) return false;
    said += output_.feed(*bytes);
    if (said.find("wrong token") != std::string::npos) return false;
  }
  return true;
}

waited visit::show_answer(bool typing) {
  while (!output_.at_prompt()) {
    if (typing && connection_.wait(STDIN_FILENO) == console_connection::ready::other) {
      std::string line;
      if (!std::getline(std::cin, line)) return waited::closed;
      if (!connection_.send(line + '\n')) return waited::closed;
      continue;
    }
    const auto bytes = connection_.receive();
    if (!bytes) {
      print(output_.rest());
      return waited::closed;
    }
    print(output_.feed(*bytes));
  }
  return waited::prompt;
}

waited visit::ask(const std::string& line, bool typing) {
  output_ = {};
  if (!connection_.send(line + '\n')) return waited::closed;
  return show_answer(typing);
}

exit_code visit::from_terminal() {
  line_editor editor{std::string{console_prompt}};
  while (const auto line = editor.read())
    if (ask(*line, true) == waited::closed) return exit_code::ok;
  print("\n");
  return exit_code::ok;
}

exit_code visit::from_pipe() {
  for (std::string line; std::getline(std::cin, line);) {
    if (ask(line, false) == waited::prompt) continue;
    // The console hangs up after quit and shutdown; anything else did not get its answer.
    return line == "quit" || line == "shutdown" ? exit_code::ok : exit_code::unavailable;
  }
  return exit_code::ok;
}

} // namespace

std::string console_output::feed(std::string_view bytes) {
  partial_ += bytes;
  const auto end = partial_.rfind('\n');
  if (end == std::string::npos && partial_.size() < partial_bytes_max) return {};
  const auto whole = end == std::string::npos ? partial_.size() : end + 1;
  auto text = std::string_view{partial_}.substr(0, whole);
  // Prompts that more text has followed already end no answer.
  std::string lines;
  while (!text.empty()) {
    while (text.starts_with(console_prompt))
      text.remove_prefix(console_prompt.size());
    const auto line = std::min(text.find('\n'), text.size() - 1) + 1;
    lines += shown(text.substr(0, line));
    text.remove_prefix(line);
  }
  partial_.erase(0, whole);
  return lines;
}

bool console_output::at_prompt() const {
  return partial_ == console_prompt;
}

std::string console_output::rest() {
  auto text = at_prompt() ? std::string{} : shown(partial_);
  partial_.clear();
  return text;
}

exit_code run_console(const console_client_options& options) {
  auto connection = console_connection::open(options.address, options.port);
  if (!connection) {
    fmt::print(stderr, "lockstep: {}\n", connection.error().what);
    return exit_code::unavailable;
  }
  visit here{*connection};
  if (!here.sign_in(options.token)) {
    fmt::print(stderr, "lockstep: the console did not take the token\n");
    return exit_code::no_permission;
  }
  return isatty(STDIN_FILENO) == 1 ? here.from_terminal() : here.from_pipe();
}

} // namespace lockstep::app
