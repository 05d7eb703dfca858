// A server that is too old to hold a store, played by a few bytes of its protocol.
#include "tests/storage/samples.hpp"

#include "storage/migrate_store.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lockstep::storage {
namespace {

using namespace std::string_literals;

std::string message(char kind, const std::string& body) {
  const auto size = htonl(static_cast<std::uint32_t>(body.size() + 4));
  return kind + std::string{reinterpret_cast<const char*>(&size), sizeof size} + body;
}

// Lets one client in, answers its one question (is this a standby?), and is gone.
class old_server {
 public:
  old_server() {
    sockaddr_in address{
        .sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    socklen_t size = sizeof address;
    auto* where = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(bind(listener_, where, size) == 0);
    REQUIRE(listen(listener_, 1) == 0);
    REQUIRE(getsockname(listener_, where, &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this] { serve(); }};
  }

  ~old_server() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }

  old_server(const old_server&) = delete;
  old_server& operator=(const old_server&) = delete;

  [[nodiscard]] std::string url() const {
    return fmt::format("postgresql://somebody@127.0.0.1:{}/shop?sslmode=disable&gssencmode=disable", port_);
  }

 private:
  void serve() const {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const auto ready = message('Z', "I");
    answer(client, message('R', "\0\0\0\0"s) + message('S', "server_version\00013.14\0"s) + ready);
    answer(client, message('T', "\0\1answer\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0"s) +
                       message('D', "\0\1\0\0\0\1f"s) + message('C', "SELECT 1\0"s) + ready);
    answer(client, "");
    close(client);
  }

  static void answer(int client, std::string_view bytes) {
    char heard[1024];
    if (recv(client, heard, sizeof heard, 0) > 0)
      std::ignore = send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

  const int listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int port_ = 0;
  std::thread thread_;
};

} // namespace

TEST_CASE("a server older than PostgreSQL 14 is refused for good, and said to be that") {
  const old_server old;
  const auto steps = read_schema(old.url());
  REQUIRE_FALSE(steps);
  CHECK(steps.error().code == engine::error_code::refused);
  CHECK(steps.error().what.find("the server is older than PostgreSQL 14") != std::string::npos);
}

} // namespace lockstep::storage
