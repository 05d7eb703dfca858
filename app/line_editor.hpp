// Lines typed on a terminal, with editing and a history that lasts as long as the program (libedit).
#pragma once

#include <memory>
#include <optional>
#include <string>

namespace lockstep::app {

class line_editor {
 public:
  explicit line_editor(std::string prompt);
  ~line_editor();
  line_editor(const line_editor&) = delete;
  line_editor& operator=(const line_editor&) = delete;

  // The next line without its line feed; nothing at the end of input.
  [[nodiscard]] std::optional<std::string> read();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace lockstep::app
