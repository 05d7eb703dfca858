// A TCP connection of one thread that waits for the console and for the keyboard at once.
#pragma once

#include "engine/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep::app {

class console_connection {
 public:
  // unavailable: no such address, or nobody listens within limits::channel_connect_timeout.
  [[nodiscard]] static engine::result<console_connection> open(const std::string& address,
                                                               std::uint16_t port);
  ~console_connection();
  console_connection(console_connection&& other) noexcept;
  console_connection& operator=(console_connection&&) = delete;

  // False when the connection is gone.
  [[nodiscard]] bool send(std::string_view bytes);
  // Blocks for the next bytes; nothing at the end of the connection.
  [[nodiscard]] std::optional<std::string> receive();

  // Blocks until the console or another descriptor has something to read; the console first.
  enum class ready { console, other };
  [[nodiscard]] ready wait(int other) const;

 private:
  explicit console_connection(int socket) : socket_(socket) {}

  int socket_;
};

} // namespace lockstep::app
