#include "tests/actors/console_client.hpp"

#include "tests/catch.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace lockstep::tests {

namespace {

// Far longer than anything takes, so that only a hanging server reaches it.
constexpr int wait_ms_max = 20'000;

void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error{what};
}

} // namespace

console_client::console_client(std::uint16_t port, int receive_bytes)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  require(socket_ >= 0, "no socket");
  if (receive_bytes > 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  require(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
          "not connected");
}

void console_client::send(std::string_view text) {
  while (!text.empty()) {
    const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
    require(sent > 0, "the server does not take what is sent");
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool console_client::send_until_refused(std::string_view text) {
  for (int times = 0; times < 10'000; ++times) {
    pollfd ready{.fd = socket_, .events = POLLOUT, .revents = 0};
    if (::poll(&ready, 1, wait_ms_max) != 1) return false;
    if (::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) < 0) return true;
  }
  return false;
}

bool console_client::readable(int wait_ms) const {
  pollfd ready{.fd = socket_, .events = POLLIN, .revents = 0};
  return ::poll(&ready, 1, wait_ms) == 1;
}

bool console_client::has_heard(std::string_view text) {
  while (readable(0) && read_some()) {
  }
  return unread_.find(text) != std::string::npos;
}

bool console_client::read_some() {
  require(readable(wait_ms_max), "nothing came from the server in time");
  std::array<char, 65'536> bytes{};
  const auto received = ::recv(socket_, bytes.data(), bytes.size(), 0);
  if (received <= 0) return false;
  unread_.append(bytes.data(), static_cast<std::size_t>(received));
  return true;
}

std::string console_client::read_until(std::string_view mark) {
  auto searched = std::size_t{0};
  auto found = unread_.find(mark);
  while (found == std::string::npos) {
    searched = unread_.size() < mark.size() ? 0 : unread_.size() - mark.size();
    require(read_some(), "the server closed before it said what was waited for");
    found = unread_.find(mark, searched);
  }
  auto text = unread_.substr(0, found + mark.size());
  unread_.erase(0, found + mark.size());
  return text;
}

std::string console_client::read_to_end() {
  while (read_some()) {
  }
  return std::exchange(unread_, {});
}

std::string console_client::ask(std::string_view line) {
  send(std::string{line} + "\n");
  auto answer = read_until(actors::console_prompt);
  answer.resize(answer.size() - actors::console_prompt.size());
  return answer;
}

void console_client::log_in(std::string_view token) {
  read_until("Token:\n");
  REQUIRE(ask(token) == "Welcome; help lists the commands.\n");
}

void console_client::close() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

} // namespace lockstep::tests
