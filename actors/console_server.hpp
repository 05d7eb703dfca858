// The console's connections, hosted by a broker: who is logged in, what each is waiting for, and how much
// each has not read yet. Every function runs on the network thread.
#pragma once

#include "actors/console_command.hpp"
#include "actors/console_context.hpp"
#include "actors/console_sink.hpp"
#include "actors/console_view.hpp"
#include "actors/console_worker.hpp"
#include "actors/line_buffer.hpp"

#include <caf/io/broker.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::actors {

// Worker to broker.
struct console_reply {
  std::uint32_t session = 0;
  std::uint32_t request = 0;
  std::string text;
};

// Broker to itself, later.
struct console_deadline {
  std::uint32_t session = 0;
  std::uint32_t request = 0;
};

class console_server {
 public:
  console_server(caf::io::broker* self, std::shared_ptr<const console_context> context,
                 std::shared_ptr<console_sink> sink, std::uint16_t sink_number, console_worker& worker);

  void accept(caf::io::connection_handle connection);
  void receive(caf::io::connection_handle connection, const std::vector<char>& bytes);
  // `unread` bytes given to the connection are still here.
  void transferred(caf::io::connection_handle connection, std::size_t unread);
  void closed(caf::io::connection_handle connection);

  void answered(const std::vector<answer>& answers);
  void replied(const console_reply& reply);
  void happened(const facts_committed& commit);
  void expired(const console_deadline& deadline);

  // Cuts every connection: CAF itself would wait for each client to close.
  void stop();

 private:
  // login     the next line is the token
  // ready     the next line is a command
  // confirm   the next line must be the word shutdown
  // waiting   a command is on its way; lines wait in the buffer
  // tailing   facts are shown; the next line ends it
  // closing   the last words are on their way; nothing is taken any more
  enum class stage : std::uint8_t { login, ready, confirm, waiting, tailing, closing };

  struct session {
    std::uint32_t number = 0;
    caf::io::connection_handle connection;
    stage at = stage::login;
    line_buffer input{limits::console_line_bytes_max};
    std::uint32_t request = 0;
    std::size_t wrong_tokens = 0;
    std::size_t unread = 0;                                   // bytes written and not yet with the kernel
    std::uint64_t shown = 0, dropped = 0, dropped_unsaid = 0; // facts of the present tail
  };

  [[nodiscard]] session* find(caf::io::connection_handle connection);
  [[nodiscard]] session* find_waiting(std::uint32_t number, std::uint32_t request);

  void read_lines(session& of);
  void take_line(session& of, const std::string& line);
  void take_token(session& of, const std::string& line);
  void take_command(session& of, const std::string& line);
  void take_confirmation(session& of, const std::string& line);
  void run(session& of, const console_request& asked);
  void ask_sku(session& of, const std::string& code);
  void wait_for_answer(session& of);

  void start_tail(session& of);
  void end_tail(session& of);
  void show_fact(session& of, std::string_view line);
  void say_dropped(session& of);
  void listen_if_tailed();

  void say(session& of, std::string_view text);
  void finish(session& of, std::string_view text); // the answer and the prompt; ready for the next line
  void close(session& of, std::string_view last_words);
  session& open_session(caf::io::connection_handle connection);
  void refuse(caf::io::connection_handle connection);
  void forget(std::uint32_t number);
  static void cut(const session& of);
  void set_deadline(const session& of, std::chrono::milliseconds after);

  caf::io::broker* self_;
  std::shared_ptr<const console_context> context_;
  std::shared_ptr<console_sink> sink_;
  std::uint16_t sink_number_;
  console_worker& worker_; // outlives the broker's last turn
  console_names names_;
  std::map<std::uint32_t, session> sessions_;
  std::uint32_t sessions_ever_ = 0;
  bool listening_ = false;
};

} // namespace lockstep::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::console_reply)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(lockstep::actors::console_deadline)
