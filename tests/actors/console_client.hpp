// A client of the console as a test needs it: a plain socket with a bound on every wait.
#pragma once

#include "actors/console_command.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace lockstep::tests {

class console_client {
 public:
  // `receive_bytes`: size of the kernel's receive buffer, for a reader that is meant to be slow; 0: as usual.
  explicit console_client(std::uint16_t port, int receive_bytes = 0);

  ~console_client() { close(); }

  console_client(console_client&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), unread_(std::move(other.unread_)) {}

  console_client(const console_client&) = delete;
  console_client& operator=(const console_client&) = delete;

  void send(std::string_view text);
  // Sends the text again and again without reading; true when the server has closed, false when it never
  // does.
  bool send_until_refused(std::string_view text);
  // Everything up to and with `mark`; fails the test when it does not come in time.
  std::string read_until(std::string_view mark);
  // Everything until the server closes; fails the test when it does not.
  std::string read_to_end();
  // Whether `text` is among what has come so far; waits for nothing.
  bool has_heard(std::string_view text);
  // Sends the line; the answer without the prompt.
  std::string ask(std::string_view line);
  void log_in(std::string_view token);
  void close();

 private:
  bool read_some(); // false: the server has closed
  [[nodiscard]] bool readable(int wait_ms) const;

  int socket_ = -1;
  std::string unread_;
};

} // namespace lockstep::tests
