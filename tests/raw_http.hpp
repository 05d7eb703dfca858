// A client that says exactly the bytes a test gives it, over a real socket, and reads what comes back.
// Blocking; every read is bounded, so a server that says nothing fails a test instead of holding it.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace lockstep::tests {

struct raw_answer {
  int status = 0;                             // 0: the connection ended before a whole answer
  std::map<std::string, std::string> headers; // names in lower case
  std::string body;

  [[nodiscard]] std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string{} : found->second;
  }
};

class raw_http {
 public:
  explicit raw_http(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    timeval patience{};
    patience.tv_sec = 20;
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
      ::close(socket_);
      throw std::runtime_error{"cannot connect"};
    }
  }

  ~raw_http() { close(); }

  raw_http(const raw_http&) = delete;
  raw_http& operator=(const raw_http&) = delete;

  raw_http(raw_http&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), read_(std::move(other.read_)) {}

  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }

  // False when the other side has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // Reads one answer. `bodyless`: of a HEAD request, or an interim one.
  raw_answer read(bool bodyless = false) {
    raw_answer answer;
    std::size_t end = 0;
    while ((end = read_.find("\r\n\r\n")) == std::string::npos) {
      if (!read_more()) return answer;
    }
    const auto head = read_.substr(0, end + 2);
    read_.erase(0, end + 4);
    parse_head(head, answer);
    const auto length = answer.header("content-length");
    const std::size_t size = bodyless || length.empty() ? 0 : std::stoul(length);
    while (read_.size() < size) {
      if (!read_more()) return raw_answer{};
    }
    answer.body = read_.substr(0, size);
    read_.erase(0, size);
    return answer;
  }

  raw_answer ask(std::string_view bytes) {
    send(bytes);
    return read();
  }

  // True when there is something to read, or the end, within the time.
  bool readable(std::chrono::milliseconds within) {
    pollfd socket{socket_, POLLIN, 0};
    return !read_.empty() || ::poll(&socket, 1, static_cast<int>(within.count())) > 0;
  }

  // True when the other side closes (or resets) within the bound, without another byte.
  bool ends() { return read_.empty() && !read_more(); }

 private:
  bool read_more() {
    char bytes[16 * 1024];
    const auto count = ::recv(socket_, bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    read_.append(bytes, static_cast<std::size_t>(count));
    return true;
  }

  static void parse_head(std::string_view head, raw_answer& answer) {
    answer.status = std::stoi(std::string{head.substr(9, 3)});
    head.remove_prefix(head.find("\r\n") + 2);
    while (!head.empty()) {
      const auto line = head.substr(0, head.find("\r\n"));
      head.remove_prefix(line.size() + 2);
      const auto colon = line.find(':');
      std::string name{line.substr(0, colon)};
      std::ranges::transform(name, name.begin(),
                             [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      auto value = line.substr(colon + 1);
      value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
      answer.headers[name] = std::string{value};
    }
  }

  int socket_;
  std::string read_;
};

// A whole request with its Content-Length.
inline std::string request_text(std::string_view method, std::string_view target, std::string_view body = "",
                                std::string_view headers = "") {
  std::string text{method};
  text.append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n").append(headers);
  if (!body.empty()) text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  return text.append("\r\n").append(body);
}

} // namespace lockstep::tests
