// One connection of http_server: reads a request, hands it over, writes the answer, again. Every phase has a
// deadline, checked by the thread's tick, so a request costs no timer. Used by http_server.cpp only.
#pragma once

#include "adapters/http_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <atomic>

namespace lockstep::adapters {

// co_await gives the error first, and throws nothing.
inline constexpr boost::asio::as_tuple_t<boost::asio::use_awaitable_t<io_executor>> as_result{};

class http_session;

// What the connections of one I/O thread share. Touched on that thread only, but for the atomics.
struct http_lane {
  std::size_t index = 0;
  boost::unordered_flat_set<http_session*> sessions;
  std::string date; // of the Date header, renewed by the tick
  bool draining = false;
  std::atomic<std::chrono::steady_clock::duration::rep> last_turn{
      std::chrono::steady_clock::now().time_since_epoch().count()};
  std::atomic<std::uint64_t> malformed{0};
  std::atomic<std::uint64_t> timeouts{0};
};

class http_session {
 public:
  using socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, io_executor>;

  http_session(socket connection, http_handler& handler, const http_server_options& options, http_lane& lane);
  ~http_session();
  http_session(const http_session&) = delete;
  http_session& operator=(const http_session&) = delete;

  // Serves until either side closes.
  [[nodiscard]] io_task<void> run();

  // From the thread's tick.
  void tick(std::chrono::steady_clock::time_point now);
  // Ends the connection now when it is idle, after the present answer otherwise.
  void drain();
  void close();

 private:
  using clock = std::chrono::steady_clock;
  using request_parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  enum class reading : std::uint8_t { done, closed, timed_out, malformed, header_too_big, body_too_big };

  // Why a request is refused by the server itself; status 0: it is not.
  struct fault {
    unsigned status = 0;
    std::string_view detail;
  };

  [[nodiscard]] io_task<bool> serve_one(bool last);
  [[nodiscard]] io_task<bool> first_byte();
  [[nodiscard]] io_task<reading> read_head();
  [[nodiscard]] io_task<reading> read_body();
  [[nodiscard]] io_task<bool> read_more(std::size_t bytes);
  [[nodiscard]] io_task<bool> write(std::string_view bytes);
  [[nodiscard]] io_task<bool> answer(const http_answer& content, bool keep_open);
  [[nodiscard]] io_task<bool> refuse(fault why);
  [[nodiscard]] io_task<http_answer> handled();
  [[nodiscard]] io_task<void> linger();

  [[nodiscard]] reading outcome_of(const boost::system::error_code& failure) const;
  [[nodiscard]] static fault fault_of(reading outcome);
  [[nodiscard]] fault judge_head() const;
  [[nodiscard]] bool body_follows() const;
  void describe_request();
  void begin_phase(std::chrono::milliseconds allowed);

  void end_phase() { deadline_ = clock::time_point::max(); }

  void format_answer(const http_answer& content, bool keep_open);

  socket socket_;
  http_handler& handler_;
  const http_server_options& options_;
  http_lane& lane_;
  boost::beast::flat_buffer buffer_;
  std::optional<request_parser> parser_;
  received_request request_;
  std::vector<std::pair<std::string_view, std::string_view>> headers_;
  bool head_only_ = false;
  bool idle_ = false;
  bool overdue_ = false;
  std::string spare_body_; // kept for its capacity
  std::string out_;
  clock::time_point deadline_ = clock::time_point::max();
};

} // namespace lockstep::adapters
