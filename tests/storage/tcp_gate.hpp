// Stands between a client and a server on this machine and does to their bytes what networks do. One thread
// of its own; the rest may be called from any thread.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace lockstep::storage::samples {

class tcp_gate {
 public:
  enum class direction { to_server, to_client };

  explicit tcp_gate(int server_port);
  ~tcp_gate();
  tcp_gate(const tcp_gate&) = delete;
  tcp_gate& operator=(const tcp_gate&) = delete;

  [[nodiscard]] int port() const { return port_; }

  // Everything passes again, for connections to come and those that still stand.
  void pass();
  // Connections stand, and not a byte moves.
  void stall();
  // Every connection is reset, and each new one at once.
  void refuse();
  // Each piece of bytes waits this long before it goes on.
  void delay(std::chrono::milliseconds each);
  // So many bytes a second pass, of all connections together; the network holds no more than a few of them.
  void limit(std::int64_t bytes_per_second);
  // So many more bytes pass in this direction, then the connection is reset on both sides; later ones pass.
  void reset_after(direction of, std::int64_t bytes);
  // The same, but both sides keep their connection and hear nothing more of each other.
  void drop_after(direction of, std::int64_t bytes);

  // Whether the last reset_after() or drop_after() has come about.
  [[nodiscard]] bool struck() const { return struck_; }

  // Bytes that passed since the last call of either of them, or of pass().
  [[nodiscard]] std::int64_t passed(direction of) const { return passed_[index(of)]; }

 private:
  struct link;
  enum class mode { pass, stall, refuse };
  static constexpr auto no_limit = std::numeric_limits<std::int64_t>::max();

  static std::size_t index(direction of) { return of == direction::to_server ? 0 : 1; }

  void set(mode now, direction of, std::int64_t bytes, bool reset);
  void run();
  void accept_one();
  void serve(link& of, std::array<short, 2> events);
  void forward(link& of, direction way);
  void strike(link& of);

  const int server_port_;
  int listener_ = -1;
  int wake_ = -1;
  int port_ = 0;
  std::mutex guard_; // for the settings below
  mode mode_ = mode::pass;
  std::array<std::int64_t, 2> left_{no_limit, no_limit};
  bool reset_ = true;
  std::chrono::milliseconds delay_{0};
  std::int64_t bytes_per_second_ = no_limit;
  std::array<std::atomic<std::int64_t>, 2> passed_{};
  std::atomic<bool> struck_ = false;
  std::atomic<bool> ended_ = false;
  std::vector<std::unique_ptr<link>> links_; // the thread's own
  std::thread thread_;
};

} // namespace lockstep::storage::samples
