#include "app/console_connection.hpp"

#include "engine/limits.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lockstep::app {

using engine::error_code;
using engine::make_error;
using engine::result;

namespace {

int timeout_ms() {
  using std::chrono::milliseconds;
  return static_cast<int>(std::chrono::duration_cast<milliseconds>(limits::channel_connect_timeout).count());
}

// The number of the error that kept it from connecting, 0 when it is connected.
int connect_in_time(int socket, const addrinfo& to) {
  const int flags = fcntl(socket, F_GETFL);
  (void)fcntl(socket, F_SETFL, flags | O_NONBLOCK);
  if (connect(socket, to.ai_addr, to.ai_addrlen) != 0) {
    if (errno != EINPROGRESS) return errno;
    pollfd waiting{socket, POLLOUT, 0};
    if (poll(&waiting, 1, timeout_ms()) <= 0) return ETIMEDOUT;
    int failed = 0;
    socklen_t length = sizeof(failed);
    (void)getsockopt(socket, SOL_SOCKET, SO_ERROR, &failed, &length);
    if (failed != 0) return failed;
  }
  (void)fcntl(socket, F_SETFL, flags);
  return 0;
}

} // namespace

result<console_connection> console_connection::open(const std::string& address, std::uint16_t port) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int failed = getaddrinfo(address.c_str(), std::to_string(port).c_str(), &wanted, &found);
      failed != 0)
    return make_error(error_code::unavailable, fmt::format("{}: {}", address, gai_strerror(failed)));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses{found, freeaddrinfo};

  int failed = 0;
  for (const auto* to = addresses.get(); to != nullptr; to = to->ai_next) {
    const int socket = ::socket(to->ai_family, to->ai_socktype | SOCK_CLOEXEC, to->ai_protocol);
    if (socket < 0) continue;
    failed = connect_in_time(socket, *to);
    if (failed == 0) return console_connection{socket};
    close(socket);
  }
  return make_error(error_code::unavailable,
                    fmt::format("no console at {} port {}: {}", address, port, std::strerror(failed)));
}

console_connection::~console_connection() {
  if (socket_ >= 0) close(socket_);
}

console_connection::console_connection(console_connection&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)) {}

bool console_connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::optional<std::string> console_connection::receive() {
  std::array<char, 16 * 1024> buffer;
  for (;;) {
    const auto got = recv(socket_, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return std::nullopt;
    return std::string{buffer.data(), static_cast<std::size_t>(got)};
  }
}

console_connection::ready console_connection::wait(int other) const {
  for (;;) {
    std::array<pollfd, 2> both{pollfd{socket_, POLLIN, 0}, pollfd{other, POLLIN, 0}};
    if (poll(both.data(), both.size(), -1) < 0) continue; // a signal
    if (both[0].revents != 0) return ready::console;
    if (both[1].revents != 0) return ready::other;
  }
}

} // namespace lockstep::app
