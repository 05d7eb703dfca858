#include "tests/storage/tcp_gate.hpp"

#include "tests/catch.hpp"

#include <algorithm>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lockstep::storage::samples {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

// The peer hears of it as a reset, not as an orderly end.
void reset(int socket) {
  const linger at_once{1, 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(socket);
}

// As a slow network: loopback would take megabytes at once.
void hold_little(int socket) {
  const int bytes = 32 * 1024;
  setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

// Loopback takes whole pieces as long as the other side reads; both of ours do.
bool send_all(int socket, const char* bytes, std::size_t size) {
  while (size > 0) {
    const auto sent = send(socket, bytes, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

} // namespace

// client and server; -1 once closed.
struct tcp_gate::link {
  std::array<int, 2> sockets{-1, -1};
  bool silent = false; // struck by drop_after()

  ~link() {
    for (const int each : sockets)
      if (each >= 0) reset(each);
  }
};

tcp_gate::tcp_gate(int server_port) : server_port_(server_port) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  REQUIRE(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(listen(listener_, 16) == 0);
  REQUIRE(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread{[this] { run(); }};
}

tcp_gate::~tcp_gate() {
  ended_ = true;
  eventfd_write(wake_, 1);
  thread_.join();
  close(listener_);
  close(wake_);
}

void tcp_gate::pass() {
  delay(std::chrono::milliseconds{0});
  limit(no_limit);
  set(mode::pass, direction::to_server, no_limit, true);
}

void tcp_gate::stall() {
  set(mode::stall, direction::to_server, no_limit, true);
}

void tcp_gate::refuse() {
  set(mode::refuse, direction::to_server, no_limit, true);
}

void tcp_gate::delay(std::chrono::milliseconds each) {
  const std::lock_guard lock{guard_};
  delay_ = each;
}

void tcp_gate::limit(std::int64_t bytes_per_second) {
  const std::lock_guard lock{guard_};
  bytes_per_second_ = bytes_per_second;
}

void tcp_gate::reset_after(direction of, std::int64_t bytes) {
  set(mode::pass, of, bytes, true);
}

void tcp_gate::drop_after(direction of, std::int64_t bytes) {
  set(mode::pass, of, bytes, false);
}

void tcp_gate::set(mode now, direction of, std::int64_t bytes, bool reset_it) {
  {
    const std::lock_guard lock{guard_};
    mode_ = now;
    left_ = {no_limit, no_limit};
    left_[index(of)] = bytes;
    reset_ = reset_it;
    passed_[0] = 0;
    passed_[1] = 0;
    struck_ = false;
  }
  eventfd_write(wake_, 1);
}

void tcp_gate::run() {
  while (!ended_) {
    mode now{};
    {
      const std::lock_guard lock{guard_};
      now = mode_;
    }
    if (now == mode::refuse) links_.clear();
    std::erase_if(links_, [](const auto& each) { return each->sockets[0] < 0; });
    const short reading = now == mode::stall ? 0 : POLLIN;
    std::vector<pollfd> watched{{wake_, POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const auto& each : links_)
      for (const int socket : each->sockets)
        watched.push_back({each->silent ? -1 : socket, reading, 0});
    poll(watched.data(), watched.size(), -1);
    eventfd_t ignored = 0;
    eventfd_read(wake_, &ignored);
    {
      const std::lock_guard lock{guard_};
      if (mode_ != now) continue;
    }
    const auto standing = links_.size();
    if (watched[1].revents != 0) accept_one();
    for (std::size_t i = 0; i < standing; ++i)
      if (now == mode::pass) serve(*links_[i], {watched[2 + 2 * i].revents, watched[3 + 2 * i].revents});
  }
  links_.clear();
}

void tcp_gate::accept_one() {
  const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  {
    const std::lock_guard lock{guard_};
    if (mode_ == mode::refuse) return reset(client);
  }
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(server_port_);
  if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(server);
    return reset(client);
  }
  const int at_once = 1;
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
  setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
  links_.push_back(std::make_unique<link>());
  links_.back()->sockets = {client, server};
}

void tcp_gate::serve(link& of, std::array<short, 2> events) {
  if (events[0] != 0) forward(of, direction::to_server);
  if (events[1] != 0 && of.sockets[0] >= 0 && !of.silent) forward(of, direction::to_client);
}

void tcp_gate::forward(link& of, direction way) {
  std::array<char, 64 * 1024> bytes{};
  const auto from = index(way);
  std::int64_t rate = 0;
  {
    const std::lock_guard lock{guard_};
    rate = bytes_per_second_;
  }
  if (rate != no_limit) hold_little(of.sockets[from]);
  const auto piece = std::clamp<std::int64_t>(rate / 50, 1, bytes.size());
  const auto got = recv(of.sockets[from], bytes.data(), static_cast<std::size_t>(piece), 0);
  std::int64_t allowed = 0;
  std::chrono::microseconds wait{0};
  {
    const std::lock_guard lock{guard_};
    allowed = std::min<std::int64_t>(got, left_[from]);
    wait = delay_;
    if (got > 0 && left_[from] != no_limit) left_[from] -= allowed;
  }
  if (got > 0 && rate != no_limit) wait += std::chrono::microseconds{got * 1'000'000 / rate};
  std::this_thread::sleep_for(wait);
  passed_[from] += std::max<std::int64_t>(allowed, 0);
  const bool sent =
      got > 0 && send_all(of.sockets[1 - from], bytes.data(), static_cast<std::size_t>(allowed));
  if (got > 0 && allowed < got) return strike(of);
  if (sent) return;
  for (auto& each : of.sockets) {
    // An orderly end stays one.
    got == 0 ? close(each) : (reset(each), 0);
    each = -1;
  }
}

// Once: connections that come later pass.
void tcp_gate::strike(link& of) {
  const std::lock_guard lock{guard_};
  left_ = {no_limit, no_limit};
  struck_ = true;
  if (!reset_) {
    of.silent = true;
    return;
  }
  for (auto& each : of.sockets)
    reset(std::exchange(each, -1));
}

} // namespace lockstep::storage::samples
